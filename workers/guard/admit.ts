import type { AgentGovernance } from '../../shared/governance.ts';
import type { Meters } from '../../shared/meters.ts';
import type { Origins } from '../../shared/origins.ts';
import type { Usage } from '../../shared/usage.ts';
import type { Decide, PolicyDecision } from '../../shared/policy.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Denial } from './denial.ts';
import type { Rates } from './rates.ts';
import type { AutonomyGrant } from '../../shared/rpc.ts';
import { approval } from './steps/approval.ts';
import { budgets, limits, shared } from './steps/limits.ts';
import { autonomy } from './steps/autonomy.ts';
import { foresee, policy, type Ruling } from './steps/policy.ts';
import type { Standing } from './proposal-store.ts';
import { reference } from './steps/reference.ts';
import { replay } from './steps/replay.ts';
import { stopped, type Halts } from './steps/stopped.ts';

/** Everything the column looks at besides the call: the leased snapshot, the guard's state and the time. */
export interface Column extends Halts {
  governance: AgentGovernance;
  /** The call that used the same idempotency key before, if any. Never set when an approved call runs again. */
  earlier: CallRow | undefined;
  digest: string;
  /** Where this guard runs: `sandbox` or `production`. */
  environment: string;
  /** The highest mode the agent may use now. */
  autonomy: AutonomyGrant;
  /** Whether it was just let execute in production, and is on the leash. */
  launchWeek: boolean;
  /** Where its arguments come from, and what its agent has read. */
  origins: Origins;
  /** See `steps/policy.ts`. */
  decide?: Decide;
  /** What the tool looked up for the policy. */
  facts: Record<string, string | number | boolean>;
  rates: Rates;
  inFlight: number;
  /** Its budgets and blast radius, and what this call comes to. */
  meters: Meters;
  usage: Usage;
  /** Until when what the call takes of shared limits may be used (Unix ms); 0: it was not taken; Infinity: nothing is shared. */
  usableUntil: number;
  /** How the proposal stands that the call executes. */
  standing?: Standing;
  /** Who approved exactly this call. */
  approvers: readonly string[];
  now: number;
}

export type Admission =
  | { kind: 'denied'; denial: Denial }
  | { kind: 'replayed'; earlier: CallRow }
  | { kind: 'proposed'; would: PolicyDecision; ruling: Ruling }
  | { kind: 'waits'; ruling: Ruling }
  | { kind: 'admitted'; ruling: Ruling };

/**
 * Steps 3 to 7 of the column, in order; step 1 is the gateway's, step 2 is `steps/contract.ts`. Synchronous and pure:
 * whoever gets `admitted` records the intent before anything else can happen.
 */
export function admit(call: AskedCall, at: Column): Admission {
  // What the agent is granted and which workflow it acts in were read before the last await, and may have changed since: the
  // call is asked again, rather than let past a stop of the workflow that the agent is in now.
  if (call.policyVersion !== at.governance.version) return denied({ kind: 'no-lease' });

  const open = stopped(call, at, at.now);
  if (!open.ok) return denied(open.denial);

  const replayed = replay(at.earlier, at.digest);
  if (!replayed.ok) return denied(replayed.denial);
  if (replayed.value) return { kind: 'replayed', earlier: replayed.value };

  const executable = reference(call, at.standing, at.now);
  if (!executable.ok) return denied(executable.denial);

  const free = autonomy(call, at.autonomy);
  if (!free.ok) return denied(free.denial);

  const ruled = policy(call, at.facts, at);
  if (!ruled.ok) return denied(ruled.denial);
  const room = limits(call.action.name, at.rates, at.inFlight, at.now);
  if (!room.ok) return denied(room.denial);
  const budgeted = budgets(at.usage, at.meters, at.now);
  if (!budgeted.ok) return denied(budgeted.denial);

  // A call that waits for people takes nothing until it runs.
  const waits = call.mode !== 'propose' && approval(ruled.value, at.approvers) === 'wait';
  if (waits) return { kind: 'waits', ruling: ruled.value };
  const held = shared(at.usableUntil, at.now);
  if (!held.ok) return denied(held.denial);

  if (call.mode === 'propose')
    return { kind: 'proposed', would: foresee(call, at.facts, at), ruling: ruled.value };
  return { kind: 'admitted', ruling: ruled.value };
}

function denied(denial: Denial): Admission {
  return { kind: 'denied', denial };
}
