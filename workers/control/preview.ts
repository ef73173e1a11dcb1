import { covers, onlyAgent, type Target } from '../../flags/targets.ts';
import type { Governance } from '../../shared/governance.ts';
import type { InFlight, StopPreview } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { concerns } from './receipts.ts';
import type { Guards } from './fleet.ts';

/** A preview is asked for in a hurry: a guard that takes longer counts as not answering. */
const ASK_MS = 1_500;

/** What a stop of the target would hit now. Changes nothing. `live`: agents whose guards may hold a lease. */
export async function preview(
  target: Target,
  governance: Governance | null,
  live: readonly string[],
  guards: Guards,
): Promise<StopPreview> {
  const only = onlyAgent(target);
  const asked = live.filter((agent) => only === null || agent === only);
  const answers = await Promise.all(asked.map(async (agent) => underWay(agent, guards)));
  const calls = answers.flatMap((answer) => answer ?? []).filter((call) => concerns(target, call));
  const granted = grantedAgents(target, governance);
  const hit = target === 'all' || target.startsWith('agent:') ? asked : calls.map(({ agent }) => agent);
  return {
    target,
    warning: unknownName(target, governance),
    agents: [...new Set([...granted, ...hit])].sort().map((agent) => ({
      agent,
      workflow: governance?.manifests[agent]?.workflow ?? null,
      live: live.includes(agent),
    })),
    calls,
    unheard: asked.filter((_, index) => answers[index] === null),
  };
}

async function underWay(agent: string, guards: Guards): Promise<InFlight[] | null> {
  // A guard that does not answer is named; what it has under way is unknown, not nothing.
  return within(ASK_MS, guards.ended(agent, [])).catch(() => null);
}

/** Pure: agents that the policy set in force lets do something that the target covers. */
export function grantedAgents(target: Target, governance: Governance | null): string[] {
  return Object.values(governance?.manifests ?? {})
    .filter(({ agent, workflow, grants }) =>
      grants.some(({ action }) => covers(target, { agent, workflow, tool: toolOf(action), action })),
    )
    .map(({ agent }) => agent);
}

/** Pure: says that nothing of this name is known, and what is; null when it is known. A stop of it would hold all the same. */
export function unknownName(target: Target, governance: Governance | null): string | null {
  const [kind = '', name] = target.split(':');
  if (name === undefined) return null;
  if (!governance) return 'No policy set is applied, so no name can be checked.';
  const known = knownNames(governance)[kind] ?? [];
  if (known.includes(name)) return null;
  return `There is no such ${kind}; ${kind}s are ${near(kind, name, known).join(', ')}.`;
}

function knownNames({ manifests, contracts }: Governance): Record<string, string[]> {
  const agents = Object.values(manifests);
  const actions = Object.keys(contracts);
  const names = {
    agent: agents.map(({ agent }) => agent),
    workflow: agents.map(({ workflow }) => workflow),
    tool: actions.map(toolOf),
    action: actions,
  };
  return Object.fromEntries(Object.entries(names).map(([kind, all]) => [kind, [...new Set(all)].sort()]));
}

/** Of many actions those of the same tool, if there is one. */
function near(kind: string, name: string, known: string[]): string[] {
  const same = kind === 'action' ? known.filter((action) => toolOf(action) === toolOf(name)) : [];
  return same.length > 0 ? same : known;
}

function toolOf(action: string): string {
  return action.split('.')[0] ?? '';
}
