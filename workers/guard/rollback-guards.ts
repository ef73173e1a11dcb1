/** The guards that a rollback asks, each by a proof that this Worker checked the person. */
import type { Person } from '../../shared/people.ts';
import type { Step } from '../../shared/rollback/step.ts';
import type { Env } from './env.ts';
import { LaneClient } from './lane-client.ts';
import { within } from '../../shared/within.ts';
import type { Asked, Guards } from './rollback/gather.ts';
import type { LaneOfStep } from './rollback/step-runner.ts';

/** Longer than a guard waits for the outcome of an order. */
const ORDER_MS = 25_000;

/** For planning. */
export function guardsOf(env: Env): Guards {
  return {
    takeables: async (agent, query) => new LaneClient(env, agent).takeables(query),
    examine: async (agent, person, calls) => new LaneClient(env, agent).examine(person, calls),
  };
}

/** For one step, in the name of who runs the plan. */
export function laneOf(env: Env, { agent, call, fate }: Step, person: Person, reason: string): LaneOfStep {
  const guard = new LaneClient(env, agent);
  const kind: Asked['kind'] = fate.kind === 'cancel' ? 'cancel' : 'undo';
  const force = 'forced' in fate ? (fate.forced?.found ?? null) : null;
  return {
    state: async (lane) => {
      const known = await within(ORDER_MS, guard.state(lane));
      if (!known.ok) throw new Error('the guard refused our proof');
      return known.value;
    },
    examine: async () => {
      const found = await within(ORDER_MS, guard.examine(person, [{ call, kind }]));
      return found.ok ? (found.value[0] ?? null) : null;
    },
    order: async (_step, id) => {
      const order = { id, kind, of: call, reason, person, ...(force !== null && { force }) };
      return within(ORDER_MS, guard.order(order));
    },
  };
}
