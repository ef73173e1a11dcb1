import { holderStep, liveLease, newHolder, type Holder } from '../../flags/holder.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import { termsOf, type TriageTerms } from '../../shared/handoffs.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type { AutonomyGrant, LeaseGrant, Leasing } from '../../shared/rpc.ts';
import { LiveTokens } from './live-tokens.ts';
import type { Halts } from './steps/stopped.ts';

/** Control is not waited for longer: callers get their 503, and an answer this late has little of its lease left. */
const ASK_MS = 2_000;

/** What a grant says: what is stopped, and under which policies. */
interface Snapshot extends Halts {
  governance: AgentGovernance | null;
  autonomy: AutonomyGrant;
}

/** A live lease and what it says. */
export interface Leased extends Snapshot {
  epoch: number;
  expiry: number;
}

/** Keeps one incarnation's lease: wiring of the pure holder in `flags/holder.ts` to control. */
export class LeaseKeeper {
  readonly tokens: LiveTokens;
  readonly #agent: string;
  readonly #leasing: Leasing;
  readonly #holder: Holder<Snapshot>;
  /** The newest policy set that a grant brought, so that control need not send it again. */
  #governance: AgentGovernance | null = null;
  #executeSince: string | null = null;
  /** The candidate set of the newest grant; it decides nothing. */
  #shadow: AgentGovernance | null = null;
  #asking: Promise<void> = Promise.resolve();

  constructor(agent: string, incarnation: string, leasing: Leasing) {
    this.#agent = agent;
    this.#leasing = leasing;
    this.#holder = newHolder(incarnation);
    this.tokens = new LiveTokens(this.#holder);
  }

  /** The candidate set that is asked beside the one in force; null: there is none. */
  get shadow(): AgentGovernance | null {
    return this.#shadow;
  }

  /** The agent's workflow by the newest policy set that this incarnation was sent; null: none was. */
  get workflow(): string | null {
    return this.#governance?.manifest?.workflow ?? null;
  }

  /** Whom to tell of an incident, by that set. */
  get incidentContact(): string | null {
    return this.#governance?.manifest?.contacts.incident ?? null;
  }

  /** Who is asked about cases of the agent, by that set; null: none was sent. */
  get triageTerms(): TriageTerms | null {
    const manifest = this.#governance?.manifest;
    return manifest ? termsOf(manifest) : null;
  }

  /** When the agent was first raised to execute, by the newest grant (RFC 3339); null: never, as far as is known. */
  get executeSince(): string | null {
    return this.#executeSince;
  }

  /** The live lease, from memory; null when there is none. The look that every admission takes, with no await after it. */
  now(now: number): Leased | null {
    const lease = liveLease(this.#holder, now);
    return lease && { epoch: lease.epoch, expiry: lease.expiry, ...lease.snapshot };
  }

  /**
   * Sees to a live lease: asks control when there is none, and ahead of time, without waiting, when half of it is used.
   * Null when there is nothing to wait for. Control that does not answer leaves the guard without a lease.
   */
  ready(now: number): Promise<void> | null {
    this.#need(now);
    if (liveLease(this.#holder, now)) return null;
    // The ask under way may have left before a push and bring a refused epoch; then one more is due.
    return this.#asking.then(async () => {
      if (this.now(Date.now())) return;
      this.#need(Date.now());
      await this.#asking;
    });
  }

  #need(now: number): void {
    for (const effect of holderStep(this.#holder, { kind: 'need' }, now)) {
      if (effect.kind === 'ask') this.#asking = this.#ask(effect.askedAt);
    }
  }

  async #ask(askedAt: number): Promise<void> {
    const asked = this.#leasing.ask(
      this.#agent,
      this.#holder.incarnation,
      this.#governance?.version ?? null,
      this.#shadow?.version ?? null,
    );
    const grant = await within(ASK_MS, asked).catch(() => null);
    const snapshot = grant && this.#snapshot(askedAt, released(grant));
    if (!grant || !snapshot) {
      holderStep(this.#holder, { kind: 'refused', askedAt }, Date.now());
      return;
    }
    const { epoch, duration } = grant;
    holderStep(this.#holder, { kind: 'granted', askedAt, epoch, duration, snapshot }, Date.now());
  }

  /** All of a grant or nothing: an answer that was overtaken brings neither its lease nor its older policies. */
  #snapshot(askedAt: number, granted: LeaseGrant): Snapshot | null {
    const { stops, closed, goesOnFor, autonomy, governance: sent, governanceVersion } = granted;
    const governance = sent ?? this.#governance;
    if ((governance?.version ?? null) !== governanceVersion) return null;
    this.#governance = governance;
    // A shadow that does not fit is none: it never costs the lease.
    const shadow = granted.shadow ?? this.#shadow;
    this.#shadow = shadow && shadow.version === granted.shadowVersion ? shadow : null;
    this.#executeSince = autonomy.executeSince;
    // Counted from the asking, as the lease is.
    const until = {
      read: askedAt + goesOnFor.read,
      propose: askedAt + goesOnFor.propose,
      execute: askedAt + goesOnFor.execute,
    };
    return { stops, closed, until, autonomy, governance };
  }
}
