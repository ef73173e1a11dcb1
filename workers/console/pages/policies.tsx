import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { Policy } from '../../../shared/governance.ts';
import type { EvidenceView } from '../../../shared/policy-evidence.ts';
import type { Result, SetPage, SetRecord, ShadowView, StopsView, StoredSet } from '../../../shared/rpc.ts';
import { setDiff, type SetDiff } from '../../../shared/set-diff.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Facts, Table, When } from '../parts/common.tsx';
import { Lines, Source } from '../parts/diff.tsx';
import { AgentName, SetVersion, Short } from '../parts/ids.tsx';
import { Text } from '../parts/safe-text.tsx';
import { Missing } from '../parts/search.tsx';
import { Evidence, Standing } from './evidence.tsx';
import { show, showRefused } from './show.tsx';

/** Policy sets: what is in force, who put it there and why, and how two of them differ. */
export const policies = new Hono<Console>();

const head = { title: 'Policies', here: 'policies' } as const;

policies.get('/policies', async (c) => {
  const { token } = c.var.visitor;
  const after = c.req.query('after');
  const [page, set, shadow, evidence, stops] = await Promise.all([
    reach(async () => c.env.CONTROL.governance(token, { limit: 50, ...(after !== undefined && { after }) })),
    reach(async () => c.env.CONTROL.policySet(token, 'in-force')),
    reach(async () => c.env.CONTROL.shadow(token)),
    reach(async () => c.env.CONTROL.evidence(token, 'in-force')),
    reach(async () => c.env.CONTROL.stops(token)),
  ]);
  if (!page.ok) return showRefused(c, head, page.problem);
  const body = (
    <>
      <h1>Policies</h1>
      <Waits stops={stops} />
      <Shadow shadow={shadow} />
      <Versions page={page.value} />
      {set.ok ? (
        <>
          <h2>In force now</h2>
          <Policies of={set.value.set.policies} />
        </>
      ) : (
        <Missing what="In force now" problem={set.problem} />
      )}
      <Evidence of={evidence} />
    </>
  );
  return show(c, head, body);
});

policies.get('/policies/:version', async (c) => {
  const { token } = c.var.visitor;
  const other = c.req.query('from');
  const [set, evidence, from] = await Promise.all([
    reach(async () => c.env.CONTROL.policySet(token, c.req.param('version'))),
    reach(async () => c.env.CONTROL.evidence(token, c.req.param('version'))),
    other === undefined ? null : reach(async () => c.env.CONTROL.policySet(token, other)),
  ]);
  if (!set.ok) {
    // One that waits or is in shadow was never in force, and is what a second person looks at before it is.
    const known = set.problem.code === 'not-found' && evidence.ok;
    return known ? show(c, head, <NotYet of={evidence.value} />) : showRefused(c, head, set.problem);
  }
  const body = (
    <>
      <div class="row">
        <h1>Policy set</h1>
        <Short of={set.value.version} />
      </div>
      <Record set={set.value} />
      {from === null ? null : from.ok ? (
        <Difference diff={setDiff(from.value.set, set.value.set)} />
      ) : (
        <Missing what="What it changed" problem={from.problem} />
      )}
      <Evidence of={evidence} />
      <h2>Agents</h2>
      <p>
        {Object.keys(set.value.set.manifests).map((name, n) => (
          <>
            {n > 0 ? ', ' : ''}
            <AgentName of={name} />
          </>
        ))}
      </p>
      <h2>Policies</h2>
      <Policies of={set.value.set.policies} />
    </>
  );
  return show(c, head, body);
});

/** A set that was never in force. */
const NotYet: FC<{ of: EvidenceView }> = ({ of }) => (
  <>
    <div class="row">
      <h1>Policy set</h1>
      <Short of={of.version} />
    </div>
    <Standing of={of.standing} />
    <Evidence of={{ ok: true, value: of }} />
  </>
);

/** The set that a second person decides on. */
const Waits: FC<{ stops: Result<StopsView> }> = ({ stops }) => {
  if (!stops.ok) return <Missing what="Waiting" problem={stops.problem} />;
  const found = stops.value.governanceWaiting;
  if (!found) return null;
  return (
    <div class="notice warn">
      <span>
        <SetVersion of={found.version} /> waits for a second person until <When at={found.until} />;{' '}
        <Text of={found.by} max={80} /> applied it: <Text of={found.reason} />
      </span>
      <Listed title="It allows more" lines={found.widens} />
    </div>
  );
};

const Shadow: FC<{ shadow: Result<{ shadow: ShadowView | null }> }> = ({ shadow }) => {
  if (!shadow.ok) return <Missing what="In shadow" problem={shadow.problem} />;
  const found = shadow.value.shadow;
  if (!found) return null;
  return (
    <p class="notice warn">
      <span>
        <SetVersion of={found.version} /> is asked beside it and decides nothing, until{' '}
        <When at={found.until} />; <Text of={found.by} max={80} /> put it there.
      </span>
      <a href="/console/journal?kind=policy.shadow">What it would have decided otherwise</a>
    </p>
  );
};

const Versions: FC<{ page: SetPage }> = ({ page: { sets, next, rechecks } }) => (
  <>
    <h2>Versions</h2>
    <Table
      caption="Policy sets, newest first"
      head={['No.', 'Set', 'In force from', 'By', 'Approved by', 'Why', '']}
      rows={sets.map((set, n) => [
        set.inForce ? (
          <>
            {set.n} <Badge tone="good">in force</Badge>
          </>
        ) : (
          String(set.n)
        ),
        <SetVersion of={set.version} />,
        <When at={set.at} />,
        <>
          <Text of={set.by} max={80} />
          {set.origin === 'rolled-back' ? ' (rolled back)' : ''}
        </>,
        set.approvedBy === null ? 'nobody needed' : <Text of={set.approvedBy} max={80} />,
        <Text of={reasonOf(set)} />,
        sets[n + 1] === undefined ? (
          ''
        ) : (
          <a href={`/console/policies/${set.version}?from=${sets[n + 1]?.version ?? ''}`}>What it changed</a>
        ),
      ])}
      empty="No set was ever in force, so there are no calls. A first one: toolgate policy apply"
    />
    {next === null ? null : (
      <p>
        <a class="button" href={`/console/policies?after=${encodeURIComponent(next)}`}>
          Older
        </a>
      </p>
    )}
    <p class="muted">
      Of the decisions that real Cedar was asked again: {rechecks.agreed} agreed, {rechecks.differed}{' '}
      differed, {rechecks.unanswered} could not be asked, {rechecks.unsent} were not sent.
    </p>
  </>
);

function reasonOf({ reason, approvalReason }: SetRecord): string {
  return [reason, approvalReason].filter((text) => text !== null && text !== '').join(' / ');
}

const Record: FC<{ set: StoredSet }> = ({ set }) => (
  <section class="card" aria-label="How it came to be">
    <Facts
      of={[
        ['No.', String(set.n)],
        ['State', set.inForce ? <Badge tone="good">in force</Badge> : 'was in force'],
        ['In force from', <When at={set.at} />],
        ['By', <Text of={set.by} />],
        ['Approved by', set.approvedBy === null ? 'nobody needed' : <Text of={set.approvedBy} />],
        ['Why', <Text of={reasonOf(set)} />],
        set.widens.length === 0
          ? null
          : [
              'Widens',
              <ul>
                {set.widens.map((line) => (
                  <li>
                    <Text of={line} />
                  </li>
                ))}
              </ul>,
            ],
      ]}
    />
  </section>
);

const Difference: FC<{ diff: SetDiff }> = ({ diff }) => {
  const { added, removed, changed, agents, contracts, widens } = diff;
  const none = [added, removed, changed, contracts, ...Object.values(agents)].every(
    (list) => list.length === 0,
  );
  return (
    <section aria-labelledby="difference">
      <h2 id="difference">
        What it changed, from <SetVersion of={diff.from} />
      </h2>
      {none ? <p class="muted">Both say the same.</p> : null}
      <Listed title="It allows more" lines={widens} />
      {added.map(({ id, text }) => (
        <>
          <h3>
            New: <Text of={id} max={100} />
          </h3>
          <Lines of={text.split('\n').map((line) => `+ ${line}`)} label={`New policy ${id}`} />
        </>
      ))}
      {removed.map(({ id, text }) => (
        <>
          <h3>
            Gone: <Text of={id} max={100} />
          </h3>
          <Lines of={text.split('\n').map((line) => `- ${line}`)} label={`Policy ${id} that is gone`} />
        </>
      ))}
      {changed.map(({ id, lines }) => (
        <>
          <h3>
            Changed: <Text of={id} max={100} />
          </h3>
          <Lines of={lines} label={`Policy ${id} as it changed`} />
        </>
      ))}
      <Listed title="Agents that are new" lines={agents.added} />
      <Listed title="Agents that were taken away" lines={agents.removed} />
      <Listed title="Agents whose manifest changed" lines={agents.changed} />
      <Listed title="Actions whose contract it pins otherwise" lines={contracts} />
    </section>
  );
};

const Listed: FC<{ title: string; lines: readonly string[] }> = ({ title, lines }) =>
  lines.length === 0 ? null : (
    <>
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li>
            <Text of={line} />
          </li>
        ))}
      </ul>
    </>
  );

const Policies: FC<{ of: readonly Policy[] }> = ({ of }) => (
  <>
    {of.map(({ id, reason, text, json }) => (
      <details class="card" id={`policy-${id}`}>
        <summary>
          <code>
            <Text of={id} max={100} />
          </code>
          : <Text of={reason} />
        </summary>
        <Source of={text ?? JSON.stringify(json, null, 2)} label={`Policy ${id} in Cedar`} />
      </details>
    ))}
  </>
);
