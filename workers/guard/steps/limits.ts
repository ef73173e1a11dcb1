import type { Meters } from '../../../shared/meters.ts';
import type { Usage } from '../../../shared/usage.ts';
import type { Rates } from '../rates.ts';
import { deny, go, type Step } from './step.ts';

/** Calls of one agent that may be under way at once: a vendor that hangs must not pile up work without bound. */
export const IN_FLIGHT_MAX = 64;

/** Step 6: is there room? Reserved together with the intent, in the same synchronous transaction. */
export function limits(action: string, rates: Rates, inFlight: number, now: number): Step<null> {
  if (inFlight >= IN_FLIGHT_MAX) return deny({ kind: 'busy' });
  const full = rates.full(action, now);
  return full ? deny({ kind: 'limited', refusal: full }) : go(null);
}

/** Step 6, of what the call comes to: budgets and blast radius of the agent. */
export function budgets(usage: Usage, meters: Meters, now: number): Step<null> {
  const full = meters.check(usage, now);
  return full ? deny({ kind: 'limited', refusal: full }) : go(null);
}

/**
 * Step 6, of what agents share: what the call needs was taken from its pools, and there is time to use it. `usableUntil`: Unix ms;
 * 0: it was not taken; Infinity: nothing is shared.
 */
export function shared(usableUntil: number, now: number): Step<null> {
  return now < usableUntil ? go(null) : deny({ kind: 'pool-silent', pool: '' });
}
