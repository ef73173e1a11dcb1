import type { Child, FC } from 'hono/jsx';
import type {
  Approval,
  ApprovalSheet,
  ApprovalStatus,
  Derivation,
  DecisionRecord,
} from '../../../shared/rpc.ts';
import { amountIn } from '../../../shared/money.ts';
import { leavesOf, textOf } from '../edits.ts';
import { Badge, Facts, Table, When, type Tone } from './common.tsx';
import { plainOf } from './odd.ts';
import { reasonWords } from './reasons.tsx';
import { Text, Value } from './safe-text.tsx';

const tones: Readonly<Record<ApprovalStatus, Tone>> = {
  waiting: 'calm',
  approved: 'good',
  rejected: 'bad',
  expired: 'warn',
  used: 'good',
  void: 'plain',
};

export const ApprovalBadge: FC<{ status: ApprovalStatus }> = ({ status }) => (
  <Badge tone={tones[status]}>{status === 'used' ? 'approved and run' : status}</Badge>
);

/** What would happen, in one sentence: who, what, to whom. */
export const Sentence: FC<{ approval: Approval }> = ({ approval: { agent, user, effect } }) => (
  <>
    <strong>
      <Text of={agent} max={70} />
    </strong>
    {user === null ? null : (
      <>
        {' '}
        for <Text of={user} max={100} />
      </>
    )}
    {': '}
    <Text of={effect} max={300} />
  </>
);

/** The first things that it changes, or else sends, in one line: enough to tell like requests apart. */
export const Gist: FC<{ approval: Approval }> = ({ approval: { preview, input } }) => {
  const changed = preview?.changes.map(({ field, after }) => ({ name: field, value: after })) ?? [];
  const shown = (changed.length > 0 ? changed : leavesOf(input)).slice(0, 3);
  return (
    <span class="gist small">
      {shown.map(({ name, value }, index) => (
        <>
          {index > 0 ? ' · ' : ''}
          <span class="muted">{plainOf(name, 40)}</span> {plainOf(textOf(value), 60)}
        </>
      ))}
    </span>
  );
};

/** The four things that weigh most, side by side: whom it touches, what it costs, whether it can be undone, how sensitive it is. */
export const Stakes: FC<{ approval: Approval }> = ({ approval }) => (
  <ul class="stakes">
    <li>
      <span class="muted">Touches</span>
      <strong>{touched(approval)}</strong>
    </li>
    <li>
      <span class="muted">Costs</span>
      <strong>{costs(approval)}</strong>
    </li>
    <li class={approval.irreversible ? 'danger' : ''}>
      <span class="muted">Undo</span>
      {approval.irreversible ? (
        <strong>
          <span aria-hidden="true">✕ </span>IRREVERSIBLE
        </strong>
      ) : (
        <strong>
          <span aria-hidden="true">✓ </span>possible
        </strong>
      )}
      <span class="small">
        <Text of={approval.undo} max={160} />
      </span>
    </li>
    <li>
      <span class="muted">Data</span>
      <strong>{approval.sensitivity}</strong>
    </li>
  </ul>
);

/** Whom a call touches, and how many. Pure. */
export function touched({ usage }: Pick<Approval, 'usage'>): string {
  const counts: [number, string, string][] = [
    [usage.recipients, 'recipient', 'recipients'],
    [usage.records, 'record', 'records'],
    [usage.accounts.length, 'account', 'accounts'],
    [usage.campaigns.length, 'campaign', 'campaigns'],
  ];
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`);
  return parts.length === 0 ? 'nobody directly' : parts.join(', ');
}

/** What a call costs, in whole units of its currency as people write them. Pure. */
export function costs({ usage: { spend, currency } }: Pick<Approval, 'usage'>): string {
  if (spend === 0) return 'nothing';
  return currency === null ? `${spend} in minor units` : `${amountIn(currency, spend)} ${currency}`;
}

/** Before and after, as its tool just saw it, and what comes of it besides. */
export const Diff: FC<{ approval: Approval }> = ({ approval: { preview } }) => {
  if (!preview) return <p class="muted">Its tool cannot tell beforehand what this changes.</p>;
  return (
    <>
      {preview.before === null ? <p>Makes a new record.</p> : null}
      <Changes of={preview.changes.map(({ field, before, after }) => ({ name: field, before, after }))} />
      {preview.sideEffects.length === 0 ? null : (
        <>
          <h3>And besides</h3>
          <ul class="values">
            {preview.sideEffects.map((effect) => (
              <li>
                <Text of={effect} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
};

/** Changed values, one above the other, each with its sign. */
export const Changes: FC<{ of: readonly { name: string; before: unknown; after: unknown }[] }> = ({ of }) =>
  of.length === 0 ? (
    <p class="muted">Nothing would differ from what is there.</p>
  ) : (
    <dl class="diff">
      {of.map(({ name, before, after }) => (
        <div>
          <dt>
            <Text of={name} max={100} />
          </dt>
          <dd class="gone">
            <span aria-hidden="true">− </span>
            <span class="unseen">Before: </span>
            <Value of={before} />
          </dd>
          <dd class="added">
            <span aria-hidden="true">+ </span>
            <span class="unseen">After: </span>
            <Value of={after} />
          </dd>
        </div>
      ))}
    </dl>
  );

/**
 * Everything that would be sent, member by member: where it comes from, and for masked ones what `reveal` makes of them.
 */
export const Input: FC<{ approval: Approval; reveal: (pointer: string) => Child }> = ({
  approval,
  reveal,
}) => (
  <dl class="input">
    {leavesOf(approval.input).map(({ pointer, name, value, masked }) => (
      <div>
        <dt>
          <Text of={name} max={120} />
        </dt>
        <dd>
          <Value of={value} />
          <Origin of={approval.provenance.filter((one) => covers(one.pointer, pointer))} />
          {masked.map((at) => reveal(at))}
        </dd>
      </div>
    ))}
  </dl>
);

function covers(derived: string, pointer: string): boolean {
  return derived === pointer || pointer.startsWith(`${derived}/`) || derived.startsWith(`${pointer}/`);
}

/** What could do harm by a value: whom, where to, how much or which. */
function sinkWords(sink: Derivation['sink'], host: string | undefined): string {
  if (sink === undefined) return '';
  if (host === undefined) return `${sink}, `;
  return host === '' ? 'link to nowhere known, ' : `link to ${host}, `;
}

/** Where a value comes from; trusted ones need no word. */
const Origin: FC<{ of: readonly Derivation[] }> = ({ of }) => (
  <>
    {of
      .filter(({ level }) => level !== 'trusted')
      .map(({ level, from, sink, host }) => (
        <span class="origin">
          {' '}
          <Badge tone={level === 'untrusted' ? 'bad' : 'warn'}>
            {sinkWords(sink, host)}
            {level === 'untrusted' ? 'from untrusted text' : 'origin unknown'}
          </Badge>
          {from === null ? null : (
            <>
              {' '}
              <a href={`/console/calls/${encodeURIComponent(from)}`}>the call that read it</a>
            </>
          )}
        </span>
      ))}
  </>
);

/** Why the agent wants it, in its own words: claims, not facts. */
export const Because: FC<{ approval: Approval }> = ({ approval: { because, confidence } }) => {
  if (!because) return <p class="notice warn">The agent gave no reasons.</p>;
  return (
    <Facts
      of={[
        ['Goal', <Text of={because.goal} />],
        ['Explanation', <Text of={because.explanation} />],
        [
          'Sources',
          because.sources.length === 0 ? (
            <span class="muted">none</span>
          ) : (
            <ul class="values">
              {because.sources.map((source) => (
                <li>
                  <Text of={source} max={200} />
                </li>
              ))}
            </ul>
          ),
        ],
        [
          'Confidence',
          confidence === null ? <span class="muted">not told</span> : <Confidence of={confidence} />,
        ],
      ]}
    />
  );
};

const Confidence: FC<{ of: number }> = ({ of }) => (
  <>
    <meter min={0} max={100} low={60} high={80} optimum={100} value={of} aria-label="Confidence"></meter> {of}{' '}
    %
  </>
);

export const Policies: FC<{ of: Approval['policies'] }> = ({ of }) => (
  <ul class="plain">
    {of.map(({ id, reason }) => (
      <li>
        <Text of={reason} /> <code class="muted">{id}</code>
      </li>
    ))}
  </ul>
);

/** Who said what so far. */
export const Decisions: FC<{ of: readonly DecisionRecord[] }> = ({ of }) =>
  of.length === 0 ? null : (
    <ul class="plain">
      {of.map(({ by, onBehalfOf, decision, reason, note, at, preapproval }) => (
        <li>
          <Badge tone={decision === 'approve' ? 'good' : 'bad'}>
            {decision === 'approve' ? 'approved' : 'rejected'}
          </Badge>{' '}
          <Text of={by} />
          {onBehalfOf === null ? null : (
            <>
              {' '}
              for <Text of={onBehalfOf} />, who is away
            </>
          )}
          {preapproval === null ? null : ' by a pre-approval'}, <When at={at} />: {reasonWords(reason)}
          {note === '' ? null : (
            <>
              , “<Text of={note} />”
            </>
          )}
        </li>
      ))}
    </ul>
  );

export const Earlier: FC<{ of: ApprovalSheet['earlier'] }> = ({ of }) => (
  <Table
    caption="Earlier decisions on the same action of this agent"
    head={['Decided', 'As', 'Reason', 'By']}
    rows={of.slice(0, 8).map(({ approval, status, edited, reason, by, at }) => [
      <a href={`/console/approvals/${approval}`}>
        <When at={at} />
      </a>,
      <>
        <ApprovalBadge status={status} />
        {edited ? ' edited' : ''}
      </>,
      reason === null ? '' : reasonWords(reason),
      <Text of={by.join(', ')} />,
    ])}
    empty="None: this agent asks for this for the first time."
  />
);
