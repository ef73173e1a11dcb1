/** From a selection to a plan. Only reads. */
import { planOf, type ActionFacts } from '../../../shared/rollback/plan.ts';
import type { Plan } from '../../../shared/rollback/step.ts';
import { catalogue } from '../../tools/catalogue.ts';
import { callsOf, examined, type Guards } from './gather.ts';
import type { Header } from './store.ts';

export type Planned = { ok: true; plan: Plan; agents: string[] } | { ok: false; why: string };

/** Looks everything up and plans. `agents`: whose guards are asked. */
export async function planned(
  guards: Guards,
  { selection, by, forced }: Pick<Header, 'selection' | 'by' | 'forced'>,
  agents: readonly string[],
): Promise<Planned> {
  const found = await callsOf(guards, agents, selection);
  if (!found.ok) return found;
  const { looks, inverses } = await examined(guards, by, found.calls);
  const plan = planOf({
    calls: found.calls,
    looks,
    inverses,
    forced: new Map(Object.entries(forced)),
    facts: factsOf,
    now: Date.now(),
  });
  return { ok: true, plan, agents: [...new Set(found.calls.map(({ agent }) => agent))].sort() };
}

/** Of an action that no contract names any more, nothing is known. */
export function factsOf(name: string): ActionFacts {
  const action = catalogue.get(name);
  return {
    creates: action?.about?.id.startsWith('output.') ?? false,
    groups: action?.groups ?? [],
  };
}
