import type { Rates } from '../rates.ts';
import { deny, go, type Step } from './step.ts';

/** Calls of one agent that may be under way at once: a vendor that hangs must not pile up work without bound. */
export const IN_FLIGHT_MAX = 64;

/** Step 6: is there room? Reserved together with the intent, in the same synchronous transaction. */
export function limits(action: string, rates: Rates, inFlight: number, now: number): Step<null> {
  if (inFlight >= IN_FLIGHT_MAX) return deny({ kind: 'busy' });
  const full = rates.full(action, now);
  return full ? deny({ kind: 'limited', ...full }) : go(null);
}
