import type { Closed } from '../../../flags/rollout.ts';
import { covers, type Coverage } from '../../../flags/targets.ts';
import type { Mode } from '../../../shared/contract.ts';
import type { Stop } from '../../../shared/rpc.ts';
import type { AskedCall } from '../call.ts';
import type { Denial } from '../denial.ts';
import { deny, go, type Step } from './step.ts';

/** What of a lease can stop a call. */
export interface Halts {
  stops: readonly Stop[];
  /** What flags close to this agent. */
  closed: readonly Closed[];
  /** Until when each mode goes on (Unix ms); sooner than the lease's end when the flags' source is silent. */
  until: Readonly<Record<Mode, number>>;
}

/** Step 3: is the call covered by a stop of the leased snapshot, closed by a flag, or is their source silent for too long? */
export function stopped(call: AskedCall, halts: Halts, now: number): Step<null> {
  const { action, workflow, caller, mode } = call;
  const coverage = { agent: caller.agent, workflow, tool: action.tool, action: action.name };
  const denial = halt(coverage, mode, halts, now);
  return denial ? deny(denial) : go(null);
}

/** What halts a call in a mode, if anything does. Most restrictive wins: any one of them is enough. */
export function halt(
  call: Coverage,
  mode: Mode,
  { stops, closed, until }: Halts,
  now: number,
): Denial | undefined {
  const stop = stops.find(({ target }) => covers(target, call));
  if (stop) return { kind: 'stopped', target: stop.target, since: stop.since };
  const shut = closed.find(({ action, modes }) => action === call.action && modes.includes(mode));
  if (shut) return { kind: 'switched-off', switch: shut.switch, why: shut.why };
  return now >= until[mode] ? { kind: 'source-silent', mode } : undefined;
}
