import { covers } from '../../flags/targets.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { MeterView } from '../../shared/meters.ts';
import type { AgentView, AutonomyGrant, Stop } from '../../shared/rpc.ts';
import type { Halts } from './steps/stopped.ts';

/** What an agent may know about itself: its mission and rights, what is left of its limits, what is stopped or closed for it. */
export function agentView(
  governance: AgentGovernance & { manifest: Manifest },
  { stops, closed, autonomy }: Pick<Halts, 'stops' | 'closed'> & { autonomy: AutonomyGrant },
  limits: AgentView['limits'],
  meters: readonly MeterView[],
): AgentView {
  const { agent, workflow, mission, version, grants } = governance.manifest;
  const hit = ({ target }: Stop): boolean =>
    grants.some(({ action }) =>
      covers(target, { agent, workflow, tool: action.split('.')[0] ?? '', action }),
    );
  return {
    agent,
    workflow,
    mission,
    manifestVersion: version,
    policyVersion: governance.version,
    grants: grants.map(({ action, mode, fields, returns }) => ({
      action,
      mode,
      fields: fields ?? null,
      returns: returns ?? null,
    })),
    limits,
    budgets: meters.filter(({ kind }) => kind === 'budget'),
    radius: meters.filter(({ kind }) => kind === 'radius'),
    claims: governance.manifest.claims ?? { forbidden: [], doubtful: [] },
    retentionDays: governance.manifest.retentionDays,
    closed: [...closed],
    autonomy: { mode: autonomy.mode, why: autonomy.why, since: autonomy.since },
    stops: stops.filter(hit).map(({ target, since }) => ({ target, since })),
  };
}
