import type { FC } from 'hono/jsx';
import type { Handoff } from '../../../shared/handoffs.ts';
import { verdicts, type Review } from '../../../shared/reviews.ts';
import { Badge, Facts, Form, Table, When } from './common.tsx';
import { Text } from './safe-text.tsx';

/** Whether somebody should have resolved it by now. Pure. */
export function isOverdue({ state, respondBy }: Handoff, now: number): boolean {
  return state !== 'resolved' && now >= Date.parse(respondBy);
}

/** How a case stands, in a word. */
export const CaseBadge: FC<{ of: Handoff; now: number }> = ({ of, now }) => {
  if (of.state === 'resolved') return <Badge tone="good">resolved</Badge>;
  if (isOverdue(of, now)) return <Badge tone="bad">overdue</Badge>;
  return of.state === 'taken' ? <Badge tone="calm">taken</Badge> : <Badge tone="warn">open</Badge>;
};

/** Cases, one a row, each a link to its own page. */
export const Cases: FC<{ of: readonly Handoff[]; now: number }> = ({ of, now }) => (
  <Table
    caption="Cases"
    head={['What', 'Kind', 'Agent and what it is about', 'Who has it', 'Respond by', 'State']}
    rows={of.map((one) => [
      <a href={`/console/triage/cases/${one.id}`} data-item="">
        <Text of={one.summary} max={90} />
      </a>,
      <>
        {one.kind}
        {one.urgent ? ', urgent' : ''}
        {one.times > 1 ? ` (${one.times} times)` : ''}
      </>,
      <>
        <Text of={one.agent} /> · {one.about.tool} <Text of={one.about.record} max={40} />
      </>,
      one.owner === null ? <span class="muted">nobody yet</span> : <Text of={one.owner} />,
      one.state === 'resolved' ? <span class="muted">over</span> : <When at={one.respondBy} />,
      <CaseBadge of={one} now={now} />,
    ])}
    empty="No case of this kind."
  />
);

/** All that is known of one case. */
export const CaseFacts: FC<{ of: Handoff }> = ({ of }) => (
  <Facts
    of={[
      ['Agent', <Text of={`${of.agent} (${of.workflow})`} />],
      ['About', <Text of={`${of.about.tool} ${of.about.record}`} />],
      of.reportedBy === null ? null : ['Reported by', <Text of={of.reportedBy} />],
      ['Filed', <When at={of.at} />],
      of.tried.length === 0 ? null : ['Tried', <Words of={of.tried} />],
      of.options.length === 0 ? null : ['Could be done', <Words of={of.options} />],
      of.calls.length === 0 ? null : ['Calls', <Calls of={of.calls} />],
      [
        'Asked',
        <Text of={[of.group, ...of.escalation.slice(0, of.escalated), ...of.addressees].join(', ')} />,
      ],
      ['Who has it', of.owner === null ? 'nobody yet' : <Text of={of.owner} />],
      of.state === 'resolved' ? null : ['Respond by', <When at={of.respondBy} />],
      of.resolution === null ? null : ['Resolution', <Text of={of.resolution} />],
    ]}
  />
);

const Words: FC<{ of: readonly string[] }> = ({ of }) => (
  <ul class="values">
    {of.map((one) => (
      <li>
        <Text of={one} />
      </li>
    ))}
  </ul>
);

const Calls: FC<{ of: readonly string[] }> = ({ of }) => (
  <ul class="values">
    {of.map((call) => (
      <li>
        <a href={`/console/calls/${call}`}>
          <code>{call}</code>
        </a>
      </li>
    ))}
  </ul>
);

/** What the visitor may do with a case: take it, give it back, or resolve it in words that the agent is told. */
export const CaseActs: FC<{ of: Handoff; mine: boolean; csrf: string; now: number }> = ({
  of,
  mine,
  csrf,
  now,
}) => {
  if (of.state === 'resolved') return <p class="muted">It is over.</p>;
  if (!mine && of.owner !== null && !isOverdue(of, now))
    return <p class="muted">Somebody has it. It can be taken over once it is overdue.</p>;
  return mine ? (
    <Resolve id={of.id} csrf={csrf} />
  ) : (
    <Act id={of.id} csrf={csrf} does="take" name="Take it" />
  );
};

const Act: FC<{ id: string; csrf: string; does: 'take' | 'release'; name: string }> = ({
  id,
  csrf,
  does,
  name,
}) => (
  <Form action={`/console/triage/cases/${id}`} csrf={csrf}>
    <input type="hidden" name="do" value={does} />
    <button class={does === 'take' ? 'primary' : 'quiet'}>{name}</button>
  </Form>
);

const Resolve: FC<{ id: string; csrf: string }> = ({ id, csrf }) => (
  <>
    <Form action={`/console/triage/cases/${id}`} csrf={csrf}>
      <input type="hidden" name="do" value="resolve" />
      <label>
        What came of it (the agent is told; personal data is masked)
        <textarea name="note" rows={3} maxlength={1000} required></textarea>
      </label>
      <button class="primary">Resolve</button>
    </Form>
    <Act id={id} csrf={csrf} does="release" name="Release it" />
  </>
);

/** Reviews, one a row, each open one a link to where its verdict is given. */
export const Reviews: FC<{ of: readonly Review[] }> = ({ of }) => (
  <Table
    caption="Reviews"
    head={['Call', 'Why', 'Risk', 'Agent', 'Approved by', 'Verdict, or until when']}
    rows={of.map((one) => [
      <a href={`/console/triage/reviews/${one.call}`} data-item="">
        <code>{one.action}</code>
      </a>,
      one.cause,
      String(one.risk),
      <Text of={one.agent} />,
      one.approvers.length === 0 ? (
        <span class="muted">nobody was needed</span>
      ) : (
        <Text of={one.approvers.join(', ')} />
      ),
      one.verdict === null ? <When at={one.respondBy} /> : <VerdictBadge of={one.verdict} />,
    ])}
    empty="No call of this kind."
  />
);

const VerdictBadge: FC<{ of: NonNullable<Review['verdict']> }> = ({ of }) => (
  <Badge tone={of === 'fine' ? 'good' : 'bad'}>{of}</Badge>
);

/** All that is known of one review. */
export const ReviewFacts: FC<{ of: Review }> = ({ of }) => (
  <Facts
    of={[
      [
        'Call',
        <a href={`/console/calls/${of.call}`}>
          <code>{of.call}</code>
        </a>,
      ],
      ['Action', <code>{of.action}</code>],
      ['Agent', <Text of={`${of.agent} (${of.workflow})`} />],
      [
        'Why',
        of.cause === 'sampled' ? 'a sample of what needed nobody' : 'among the riskiest that people approved',
      ],
      ['Risk', `${of.risk} of 100`],
      [
        'Approved by',
        of.approvers.length === 0 ? 'nobody was needed' : <Text of={of.approvers.join(', ')} />,
      ],
      ['Ran', <When at={of.at} />],
      of.verdict === null
        ? ['Respond by', <When at={of.respondBy} />]
        : ['Verdict', <VerdictBadge of={of.verdict} />],
      of.by === null ? null : ['By', <Text of={of.by} />],
      of.note === null || of.note === '' ? null : ['Note', <Text of={of.note} />],
    ]}
  />
);

/** A reviewer's verdict. */
export const Judge: FC<{ call: string; csrf: string }> = ({ call, csrf }) => (
  <Form action={`/console/triage/reviews/${call}`} csrf={csrf}>
    <fieldset>
      <legend>Was it right?</legend>
      {verdicts.map((one) => (
        <label class="choice">
          <input type="radio" name="verdict" value={one} required />
          {one}
        </label>
      ))}
    </fieldset>
    <label>
      What is wrong with it (needed unless it is fine)
      <textarea name="note" rows={3} maxlength={1000}></textarea>
    </label>
    <button class="primary">Record</button>
  </Form>
);
