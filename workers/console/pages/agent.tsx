import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { manifestDiff } from '../../../shared/manifest-diff.ts';
import { seconds, statements, topics, type Topic } from '../../../shared/manifest-words.ts';
import type { Manifest } from '../../../shared/manifest.ts';
import type { MeterView } from '../../../shared/meters.ts';
import { amountIn } from '../../../shared/money.ts';
import type {
  AgentLimits,
  AutonomyView,
  ManifestVersion,
  Readiness,
  ReadinessCheck,
  Result,
} from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Facts, Table, When, type Tone } from '../parts/common.tsx';
import { Changes } from '../parts/diff.tsx';
import { SetVersion } from '../parts/ids.tsx';
import { Text } from '../parts/safe-text.tsx';
import { Missing } from '../parts/search.tsx';
import { Autonomy, Burnt, Evidence } from './agents.tsx';
import { show, showRefused } from './show.tsx';

/** One agent: what it may do in words, what of it is used, what it may use now, and how its manifest came to be. */
export const agent = new Hono<Console>();

agent.get('/agents/:agent', async (c) => {
  const name = c.req.param('agent');
  const { token } = c.var.visitor;
  const head = { title: `Agent ${name}`, here: 'agents' } as const;
  const [versions, limits, autonomy, readiness] = await Promise.all([
    reach(async () => c.env.CONTROL.manifests(token, name)),
    reach(async () => c.env.OPERATORS.limits(token, name)),
    reach(async () => c.env.AUTONOMY.list(token)),
    reach(async () => c.env.AUTONOMY.readiness(token, name)),
  ]);
  // Without a manifest there is no such agent; whatever else does not answer is told in its place.
  if (!versions.ok) return showRefused(c, head, versions.problem);
  const [newest] = versions.value;
  const compared = comparedOf(versions.value, c.req.query('from'), c.req.query('to'));
  const body = (
    <>
      <h1>
        Agent <Text of={name} max={80} />
      </h1>
      <p>
        <a href={`/console/calls?agent=${encodeURIComponent(name)}`}>Its calls</a>,{' '}
        <a href={`/console/journal?agent=${encodeURIComponent(name)}`}>its entries in the journal</a>
      </p>
      <Standing views={autonomy} agent={name} />
      <Used limits={limits} />
      <Ready readiness={readiness} />
      {newest?.manifest ? (
        <Words manifest={newest.manifest} />
      ) : (
        <p class="notice warn">It was taken away.</p>
      )}
      <History agent={name} versions={versions.value} />
      {compared === null ? null : <Compared {...compared} />}
    </>
  );
  return show(c, head, body);
});

const Standing: FC<{ views: Result<AutonomyView[]>; agent: string }> = ({ views, agent: name }) => {
  if (!views.ok) return <Missing what="What it may use now" problem={views.problem} />;
  const view = views.value.find((one) => one.agent === name);
  if (!view) return null;
  return (
    <section class="card" aria-labelledby="standing">
      <h2 id="standing">What it may use now</h2>
      <Facts
        of={[
          ['Highest mode', <Autonomy view={view} />],
          ['Because', view.why],
          ['Since', view.since === null ? 'the start' : <When at={view.since} />],
          ['Record', <Evidence of={view.evidence} />],
          ['Error budget', <Burnt of={view.burn} />],
          view.waiting === null
            ? null
            : ['Waits', `a raise to ${view.waiting.to} that ${view.waiting.by} asked for`],
        ]}
      />
    </section>
  );
};

const Used: FC<{ limits: Result<AgentLimits> }> = ({ limits }) => {
  if (!limits.ok) return <Missing what="Limits and budgets" problem={limits.problem} />;
  const { limits: rates, budgets, radius, shared = [] } = limits.value;
  const own = [...budgets, ...radius].map((meter) => ['this agent', ...cellsOf(meter)]);
  const pools = shared.flatMap(({ of, limits: meters }) =>
    meters === null
      ? [[of, 'does not answer, so calls that need it are denied', '', '', '']]
      : meters.map((meter) => [of, ...cellsOf(meter)]),
  );
  const calls = rates.map(({ action, max, per, remaining }) => [
    'this agent',
    action === '*' ? 'all calls' : `calls of ${action}`,
    `in ${seconds(per)}`,
    String(max - remaining),
    String(max),
  ]);
  return (
    <>
      <h2>Limits and budgets</h2>
      <Table
        caption="Limits and budgets, and what of them is used"
        head={['Of', 'What', 'Window', 'Used', 'At most']}
        rows={[...calls, ...own, ...pools]}
        empty="It has no limits."
      />
    </>
  );
};

/** What one limit is about, its window, what is used and how much there is. Pure. */
export function cellsOf({ measure, currency, kind, action, each, per, max, used }: MeterView): string[] {
  const what = `${kind === 'radius' ? 'different ' : ''}${measure}${action === '*' ? '' : ` of ${action}`}`;
  const said = (count: number): string =>
    currency === null ? String(count) : `${amountIn(currency, count)} ${currency}`;
  return [
    each === null ? what : `${what}, the fullest ${each}`,
    per === null ? 'ever' : `in ${seconds(per)}`,
    said(used),
    said(max),
  ];
}

const checkTones: Readonly<Record<ReadinessCheck['status'], Tone>> = {
  pass: 'good',
  fail: 'bad',
  waits: 'warn',
};

const Ready: FC<{ readiness: Result<Readiness> }> = ({ readiness }) => {
  if (!readiness.ok) return <Missing what="Readiness" problem={readiness.problem} />;
  const { ready, checks, changed, environment } = readiness.value;
  return (
    <>
      <h2>Readiness to execute in {environment}</h2>
      <p>
        {ready ? <Badge tone="good">ready</Badge> : <Badge tone="warn">not ready</Badge>}{' '}
        {changed.map((line) => (
          <Text of={line} />
        ))}
      </p>
      <details class="card">
        <summary>
          {checks.filter(({ status }) => status === 'pass').length} of {checks.length} checks pass
        </summary>
        <Table
          caption="Checks before an agent may execute"
          head={['Check', '', 'Found', 'Next']}
          rows={checks.map(({ what, status, evidence, next }) => [
            <Text of={what} />,
            <Badge tone={checkTones[status]}>{status}</Badge>,
            evidence === null ? '' : <Text of={evidence} />,
            next === null ? '' : <Text of={next} />,
          ])}
          empty="There are no checks."
        />
      </details>
    </>
  );
};

const Words: FC<{ manifest: Manifest }> = ({ manifest }) => {
  const all = statements(manifest);
  return (
    <>
      <h2>Its manifest, version {manifest.version}, in words</h2>
      <div>
        {(Object.keys(topics) as Topic[]).map((topic) => (
          <section class="card" aria-label={topics[topic]}>
            <h3>{topics[topic]}</h3>
            <dl class="values said">
              {all
                .filter((one) => one.topic === topic && !(topic === 'may' && one.value === 'every field'))
                .map(({ label, value }) => (
                  <>
                    <dt>
                      <Text of={label} max={120} />
                    </dt>
                    <dd>
                      <Text of={value} />
                    </dd>
                  </>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="muted">What is not listed is denied.</p>
    </>
  );
};

const History: FC<{ agent: string; versions: readonly ManifestVersion[] }> = ({ agent: name, versions }) => (
  <>
    <h2>History</h2>
    <Table
      caption="Versions of its manifest"
      head={['Version', 'In force from', 'By', 'Approved by', 'Why', 'Set', '']}
      rows={versions.map(({ number, record }, n) => [
        number === null ? 'taken away' : String(number),
        <When at={record.at} />,
        <Text of={record.by} max={80} />,
        record.approvedBy === null ? 'nobody needed' : <Text of={record.approvedBy} max={80} />,
        <Text of={record.reason} />,
        <SetVersion of={record.version} />,
        n + 1 < versions.length ? (
          <a
            href={`/console/agents/${encodeURIComponent(name)}?from=${versions[n + 1]?.record.n ?? 0}&to=${record.n}#compared`}
          >
            What it changed
          </a>
        ) : (
          'the first'
        ),
      ])}
      empty="No manifest of this agent was ever in force."
    />
  </>
);

/** Two versions, by the numbers of the sets that they came with; null: not asked for, or not both are there. Pure. */
export function comparedOf(
  versions: readonly ManifestVersion[],
  from: string | undefined,
  to: string | undefined,
): { from: ManifestVersion; to: ManifestVersion } | null {
  const of = (n: string | undefined): ManifestVersion | undefined =>
    versions.find(({ record }) => String(record.n) === n);
  const [was, is] = [of(from), of(to)];
  return was && is ? { from: was, to: is } : null;
}

const Compared: FC<{ from: ManifestVersion; to: ManifestVersion }> = ({ from, to }) => {
  const set = (version: ManifestVersion): Record<string, Manifest> =>
    version.manifest ? { it: version.manifest } : {};
  return (
    <section id="compared" aria-labelledby="compared-title">
      <h2 id="compared-title">
        From version {from.number ?? 'none'} to version {to.number ?? 'none'}
      </h2>
      <Changes of={manifestDiff(set(from), set(to))[0]} />
    </section>
  );
};
