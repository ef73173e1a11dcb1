import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { Pulse } from '../../../shared/pulse.ts';
import type { Result, SourceView, StopsView } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Facts, Form, Live, Refused, Table, When, type Tone } from '../parts/common.tsx';
import { Plot } from '../parts/plot.tsx';
import { Text } from '../parts/safe-text.tsx';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** What happens now: whether anything is stopped, whether a stop would work, and what goes through. */
export const now = new Hono<Console>();

const head = { title: 'Now', here: 'now', live: true } as const;

now.get('/', async (c) => {
  const { token, csrf } = c.var.visitor;
  const [stops, pulse] = await Promise.all([
    reach(async () => c.env.CONTROL.stops(token)),
    reach(async () => c.env.LEDGER.pulse(token)),
  ]);
  if (!stops.ok) return showRefused(c, head, stops.problem);
  return show(c, head, <Now stops={stops.value} pulse={pulse} csrf={csrf} />);
});

/** Tries whether a stop would work, by a round trip through control and every live guard; what was found is kept by control. */
now.post('/probe', async (c) => {
  const probe = await reach(async () => c.env.CONTROL.probe(c.var.visitor.token));
  return probe.ok ? seeOther('/console') : showRefused(c, head, probe.problem);
});

const Now: FC<{ stops: StopsView; pulse: Result<Pulse>; csrf: string }> = ({ stops, pulse, csrf }) => (
  <>
    <div class="row apart">
      <h1>Now</h1>
      <Form action="/console/probe" csrf={csrf}>
        <button>Could we halt? Try it</button>
      </Form>
    </div>
    <Live id="now-gate" class="card">
      <Facts
        of={[
          ['Stops', <InForce stops={stops} />],
          ['Could we halt?', <Probe probe={stops.lastProbe} />],
          ['Guards', `${stops.activeGuards} live`],
          ['Policies', <Version of={stops.governanceVersion} />],
        ]}
      />
    </Live>
    <Live id="now-pulse">
      {pulse.ok ? <Pulsing pulse={pulse.value} /> : <Refused problem={pulse.problem} />}
    </Live>
    <Live id="now-sources">
      <StopsTable stops={stops.stops} />
      <h2>Where stops may come from</h2>
      <Sources of={stops.sources} />
    </Live>
  </>
);

const InForce: FC<{ stops: StopsView }> = ({ stops: { stops } }) =>
  stops.length === 0 ? (
    <Badge tone="good">nothing is stopped</Badge>
  ) : (
    <Badge tone="bad">{stops.length} in force</Badge>
  );

const Version: FC<{ of: string | null }> = ({ of }) =>
  of === null ? (
    <Badge tone="warn">none applied, so no calls</Badge>
  ) : (
    <code title={of}>{of.slice(0, 15)}…</code>
  );

const Pulsing: FC<{ pulse: Pulse }> = ({ pulse: { minutes, lastMinute, hour } }) => {
  const kinds = [
    ['Calls', 'calls'],
    ['Allowed', 'allowed'],
    ['Denied', 'denied'],
    ['Put before people', 'waiting'],
    ['Failed or unclear', 'failed'],
  ] as const;
  return (
    <section class="card" aria-labelledby="pulse-title">
      <h2 id="pulse-title">The last hour</h2>
      <dl class="figures">
        {kinds.map(([name, kind]) => (
          <div class={kind}>
            <dt>{name}</dt>
            <dd>
              <strong>{hour[kind]}</strong> <span class="muted">{lastMinute[kind]} in the last minute</span>
            </dd>
          </div>
        ))}
      </dl>
      <Plot minutes={minutes} />
    </section>
  );
};

const StopsTable: FC<{ stops: StopsView['stops'] }> = ({ stops }) =>
  stops.length === 0 ? null : (
    <>
      <h2>Stops in force</h2>
      <Table
        caption="Stops in force"
        head={['Target', 'Source', 'Since', 'Who', 'Reason']}
        rows={stops.map(({ target, source, since, by, reason }) => [
          <code>{target}</code>,
          source,
          <When at={since} />,
          <Text of={by} />,
          <Text of={reason} />,
        ])}
        empty="None."
      />
    </>
  );

const Sources: FC<{ of: readonly SourceView[] }> = ({ of }) => (
  <Table
    caption="Sources of stops"
    head={['Source', 'State', 'Last heard', 'What it means']}
    rows={of.map((source) => [
      source.name,
      <Badge tone={sourceTone(source)}>{source.state.replace('-', ' ')}</Badge>,
      source.lastHeard === null ? 'never' : <When at={source.lastHeard} />,
      <Text of={source.detail} />,
    ])}
    empty="People only."
  />
);

const Probe: FC<{ probe: StopsView['lastProbe'] }> = ({ probe }) => {
  if (!probe) return <Badge tone="warn">never tried</Badge>;
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
  switch (state) {
    case 'silent':
      return 'bad';
    case 'fresh':
      return 'good';
    case 'not-configured':
      return 'plain';
  }
}
