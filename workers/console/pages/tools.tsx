import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { ToolCounts } from '../../../shared/pulse.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Live, Table, When, type Tone } from '../parts/common.tsx';
import { CallId } from '../parts/ids.tsx';
import { Text } from '../parts/safe-text.tsx';
import { toolSheets, type DatedSecret, type ToolSheet, type ToolsView } from '../tool-sheets.ts';
import { Status } from './calls.tsx';
import { show, showRefused } from './show.tsx';

/** How each tool fares, and which Worker holds which secret: by name and age, never the value. */
export const tools = new Hono<Console>();

const head = { title: 'Tools', here: 'tools', live: true } as const;

tools.get('/tools', async (c) => {
  const view = await reach(async () => toolSheets(c.env, c.var.visitor.token));
  return view.ok ? show(c, head, <Tools view={view.value} />) : showRefused(c, head, view.problem);
});

const Tools: FC<{ view: ToolsView }> = ({ view: { tools: sheets, others } }) => (
  <>
    <h1>Tools</h1>
    <Live id="tools-health">
      <Table
        caption="How each tool fares"
        head={['Tool', 'Vendor', 'Last hour', 'Last day', 'Quota used']}
        rows={sheets.map((sheet) => [
          <a href={`#tool-${sheet.tool}`}>{sheet.tool}</a>,
          <VendorState sheet={sheet} />,
          <Counts of={sheet.record?.hour ?? null} />,
          <Counts of={sheet.record?.day ?? null} />,
          <Quota of={sheet.quota} />,
        ])}
        empty="No tool is bound."
      />
    </Live>
    {sheets.map((sheet) => (
      <ToolCard sheet={sheet} />
    ))}
    <h2>Secrets of the other Workers</h2>
    {others === null ? (
      <p class="muted">
        Nobody noted when secrets were set here. <code>SECRETS_SET_AT</code> of the console says it.
      </p>
    ) : (
      <Table
        caption="Secrets of the other Workers, by name"
        head={['Worker', 'Secret', 'Set']}
        rows={others.flatMap(({ worker, secrets }) =>
          secrets.map(({ name, setAt }) => [worker, <code>{name}</code>, <Age at={setAt} />]),
        )}
        empty="They hold none."
      />
    )}
  </>
);

const ToolCard: FC<{ sheet: ToolSheet }> = ({ sheet: { tool, record, secrets, vendor } }) => (
  <section class="card" id={`tool-${tool}`} aria-labelledby={`title-${tool}`}>
    <h2 id={`title-${tool}`}>{tool}</h2>
    <p>
      <a href={`/console/calls?tool=${tool}`}>Its calls</a>,{' '}
      <a href={`/console/calls?tool=${tool}&status=failed`}>those that failed</a>
    </p>
    <Table
      caption={`The last calls of ${tool} that ended`}
      head={['When', 'Call', 'Action', 'Outcome']}
      rows={(record?.last ?? []).map(({ call, at, action, outcome, reason }) => [
        <When at={at} />,
        <CallId of={call} />,
        <Text of={action} max={80} />,
        <Status of={outcome} reason={reason} />,
      ])}
      empty={record === null ? 'The audit log does not answer.' : 'No call of it has ended lately.'}
    />
    {vendor === null ? (
      <p class="muted">It has no vendor outside, or its Worker did not answer.</p>
    ) : (
      <Table
        caption={`Secrets of ${tool}, by name`}
        head={['Secret', 'State', 'Set', 'Last used']}
        rows={secrets.map((secret) => [
          <code>{secret.name}</code>,
          <SecretState of={secret} />,
          <Age at={secret.setAt} />,
          <LastUse of={secret} />,
        ])}
        empty="It holds none."
      />
    )}
  </section>
);

const secretTones: Readonly<Record<DatedSecret['state'], Tone>> = {
  set: 'good',
  empty: 'warn',
  absent: 'bad',
};

const SecretState: FC<{ of: DatedSecret }> = ({ of: { state, rotation } }) => (
  <>
    <Badge tone={secretTones[state]}>{state}</Badge>
    {rotation === 'next' ? <Badge tone="warn">next: tried first</Badge> : null}
    {rotation === 'replaced' ? <Badge tone="warn">being replaced</Badge> : null}
  </>
);

const LastUse: FC<{ of: DatedSecret }> = ({ of: { usedAt, refusedAt } }) => (
  <>
    {usedAt === null ? <span class="muted">not this month</span> : <When at={usedAt} />}
    {refusedAt === null ? null : (
      <>
        {' '}
        <Badge tone="bad">of no use</Badge> <When at={refusedAt} />
      </>
    )}
  </>
);

const VendorState: FC<{ sheet: ToolSheet }> = ({ sheet: { answers, vendor } }) => {
  if (!answers) return <Badge tone="bad">does not answer</Badge>;
  if (!vendor) return <span class="muted">none outside</span>;
  const { breaker } = vendor;
  return (
    <>
      <Badge tone={vendor.vendor === 'closed' ? 'bad' : 'good'}>{vendor.vendor}</Badge>
      {breaker.state === 'closed' || breaker.until === null ? null : (
        <>
          {' '}
          <Badge tone="bad">not asked: it was silent</Badge> <When at={breaker.until} />
        </>
      )}
    </>
  );
};

const Counts: FC<{ of: ToolCounts | null }> = ({ of }) => {
  if (of === null) return <span class="muted">not known</span>;
  const failures = Object.entries(of.failed);
  return (
    <>
      {of.calls} calls, {of.succeeded} succeeded, {of.denied} denied
      {failures.map(([reason, times]) => (
        <>
          {' '}
          <Badge tone="bad">
            {times} <Text of={reason} max={40} />
          </Badge>
        </>
      ))}
      {of.indeterminate === 0 ? null : (
        <>
          {' '}
          <Badge tone="warn">{of.indeterminate} indeterminate</Badge>
        </>
      )}
    </>
  );
};

const Quota: FC<{ of: ToolSheet['quota'] }> = ({ of }) => {
  if (of === null) return <span class="muted">not known</span>;
  if (of.length === 0) return <span class="muted">none set</span>;
  return (
    <>
      {of.map(({ used, max, per }) => (
        <span>
          {used} of {max} in {per ?? 0} s
        </span>
      ))}
    </>
  );
};

const Age: FC<{ at: string | null }> = ({ at }) =>
  at === null ? <span class="muted">nobody noted when</span> : <When at={at} />;
