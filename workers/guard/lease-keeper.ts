import { liveLease, newHolder, raiseFloor, take, type Holder } from '../../flags/holder.ts';
import { terms } from '../../flags/terms.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type { LeaseGrant, Leasing, Stop } from '../../shared/rpc.ts';

/** Control is not waited for longer: callers get their 503, and an answer this late has little of its lease left. */
const ASK_MS = 2_000;

/** A live lease and what it says: what is stopped, and under which policies. */
export interface Leased {
  epoch: number;
  expiry: number;
  stops: readonly Stop[];
  governance: AgentGovernance | null;
}

/** Keeps one incarnation's lease: wiring of the pure holder in `flags/holder.ts` to control. */
export class LeaseKeeper {
  readonly #agent: string;
  readonly #incarnation: string;
  readonly #leasing: Leasing;
  readonly #holder: Holder = newHolder();
  #stops: readonly Stop[] = [];
  #governance: AgentGovernance | null = null;
  #asking: Promise<void> | undefined;

  constructor(agent: string, incarnation: string, leasing: Leasing) {
    this.#agent = agent;
    this.#incarnation = incarnation;
    this.#leasing = leasing;
  }

  /** The live lease, from memory; null when there is none. The look that every admission takes, with no await after it. */
  now(now: number): Leased | null {
    const lease = liveLease(this.#holder, now);
    return lease && { ...lease, stops: this.#stops, governance: this.#governance };
  }

  /**
   * Sees to a live lease: asks control when there is none, and ahead of time, without waiting, when half of it is used.
   * Null when there is nothing to wait for. Control that does not answer leaves the guard without a lease.
   */
  ready(now: number): Promise<void> | null {
    const lease = liveLease(this.#holder, now);
    if (lease && lease.expiry - now > terms.lease / 2) return null;
    const asking = this.#askOnce();
    if (lease) return null;
    // The ask under way may have left before a push and bring a refused epoch; then one more is due.
    return asking.then(() => (this.now(Date.now()) ? undefined : this.#askOnce()));
  }

  #askOnce(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const askedAt = Date.now();
    const asked = this.#leasing.ask(this.#agent, this.#incarnation, this.#governance?.version ?? null);
    const grant = await within(ASK_MS, asked).catch(() => null);
    if (grant) this.#accept(askedAt, released(grant));
  }

  /** All of a grant or nothing: an answer that was overtaken brings neither its lease nor its older policies. */
  #accept(askedAt: number, grant: LeaseGrant): void {
    const governance = grant.governance ?? this.#governance;
    if ((governance?.version ?? null) !== grant.governanceVersion) return;
    if (!take(this.#holder, askedAt, grant)) return;
    this.#governance = governance;
    this.#stops = grant.stops;
  }

  /** A push from control: nothing is admitted under an older epoch from here on. */
  raise(epoch: number): void {
    raiseFloor(this.#holder, epoch);
  }
}
