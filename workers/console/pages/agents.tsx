import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { AutonomyView } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Table, When, type Tone } from '../parts/common.tsx';
import { AgentName } from '../parts/ids.tsx';
import { Text } from '../parts/safe-text.tsx';
import { show, showRefused } from './show.tsx';

/** All agents, and what each may use now. */
export const agentList = new Hono<Console>();

const head = { title: 'Agents', here: 'agents' } as const;

agentList.get('/agents', async (c) => {
  const found = await reach(async () => c.env.AUTONOMY.list(c.var.visitor.token));
  return found.ok ? show(c, head, <Agents views={found.value} />) : showRefused(c, head, found.problem);
});

const Agents: FC<{ views: readonly AutonomyView[] }> = ({ views }) => (
  <>
    <h1>Agents</h1>
    <Table
      caption="Agents"
      head={['Agent', 'Workflow', 'May now', 'Since', 'Record', 'Error budget', '']}
      rows={views.map((view) => [
        <AgentName of={view.agent} />,
        <Text of={view.workflow} max={60} />,
        <Autonomy view={view} />,
        view.since === null ? 'the start' : <When at={view.since} />,
        <Evidence of={view.evidence} />,
        <Burnt of={view.burn} />,
        view.waiting ? <Badge tone="warn">a raise waits for a second person</Badge> : '',
      ])}
      empty="No policy set is in force, so there are no agents: toolgate policy apply"
    />
  </>
);

const tones: Readonly<Record<AutonomyView['mode'], Tone>> = {
  read: 'plain',
  propose: 'calm',
  execute: 'good',
};

/** The highest mode an agent may use now, and whether only with a part of its limits. */
export const Autonomy: FC<{ view: AutonomyView }> = ({ view: { mode, leash } }) => (
  <>
    <Badge tone={tones[mode]}>{mode}</Badge>
    {leash === null ? null : <span class="small"> with {leash} % of its limits</span>}
  </>
);

/** What the audit log counts for and against an agent. */
export const Evidence: FC<{ of: AutonomyView['evidence'] }> = ({ of }) =>
  of === null ? (
    <span class="muted">the audit log does not answer</span>
  ) : (
    <>
      {of.proposals} proposals, {of.executes} executes ({of.failures} failed), {of.rejected} of {of.decided}{' '}
      rejected, {of.violations} denied by policy
    </>
  );

/** Which lines of the error budget are used up. */
export const Burnt: FC<{ of: AutonomyView['burn'] }> = ({ of }) => {
  const burnt = of.filter((burn) => burn.burnt);
  if (burnt.length === 0) return <Badge tone="good">within</Badge>;
  return (
    <>
      {burnt.map(({ of: what, found, allowed }) => (
        <Badge tone="bad">
          {what}: {found} {what === 'violations' ? '' : '% '}of {allowed} {what === 'violations' ? '' : '% '}
          allowed
        </Badge>
      ))}
    </>
  );
};
