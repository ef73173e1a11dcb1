import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { SourceView, StopsView } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Facts, Live, Table, When, type Tone } from '../parts/common.tsx';
import { Text } from '../parts/safe-text.tsx';
import { show, showRefused } from './show.tsx';

/** What happens now: whether anything is stopped, whether a stop would work, and what goes through. */
export const now = new Hono<Console>();

const head = { title: 'Now', here: 'now', live: true } as const;

now.get('/', async (c) => {
  const stops = await reach(async () => c.env.CONTROL.stops(c.var.visitor.token));
  return stops.ok ? show(c, head, <Now stops={stops.value} />) : showRefused(c, head, stops.problem);
});

const Now: FC<{ stops: StopsView }> = ({ stops }) => (
  <>
    <h1>Now</h1>
    <Live id="now-gate">
      <section class="card" aria-label="The gate">
        <Facts
          of={[
            [
              'Stops',
              stops.stops.length === 0 ? (
                <Badge tone="good">nothing is stopped</Badge>
              ) : (
                <Badge tone="bad">stopped</Badge>
              ),
            ],
            ['Could we halt?', <Probe probe={stops.lastProbe} />],
            ['Guards', `${stops.activeGuards} with a live lease`],
            [
              'Policies',
              stops.governanceVersion === null ? (
                'none applied, so no calls'
              ) : (
                <code>{stops.governanceVersion}</code>
              ),
            ],
          ]}
        />
      </section>
      <h2>Stops in force</h2>
      <Table
        caption="Stops in force"
        head={['Target', 'By', 'Since', 'Who', 'Reason']}
        rows={stops.stops.map(({ target, source, since, by, reason }) => [
          <code>{target}</code>,
          source,
          <When at={since} />,
          <Text of={by} />,
          <Text of={reason} />,
        ])}
        empty="None."
      />
      <h2>Where stops may come from</h2>
      <Table
        caption="Sources of stops"
        head={['Source', 'State', 'Last heard', '']}
        rows={stops.sources.map((source) => [
          source.name,
          <Badge tone={sourceTone(source)}>{source.state}</Badge>,
          source.lastHeard === null ? 'never' : <When at={source.lastHeard} />,
          <Text of={source.detail} />,
        ])}
        empty="People only."
      />
    </Live>
  </>
);

const Probe: FC<{ probe: StopsView['lastProbe'] }> = ({ probe }) => {
  if (!probe) return <span class="muted">never tried</span>;
  return (
    <>
      {probe.canHalt ? <Badge tone="good">yes</Badge> : <Badge tone="bad">not at once</Badge>}{' '}
      <When at={probe.at} />
      {probe.reasons.map((reason) => (
        <p>
          <Text of={reason} />
        </p>
      ))}
    </>
  );
};

function sourceTone({ state }: SourceView): Tone {
  if (state === 'silent') return 'bad';
  return state === 'fresh' ? 'good' : 'plain';
}
