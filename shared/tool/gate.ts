import { mayStart, type Window } from '../../flags/start.ts';
import type { DispatchClaims } from '../dispatch-token.ts';
import type { Outcome } from '../outcome.ts';
import { SecretNotes } from '../secret-use.ts';

/** What of a call decides how its vendor requests go. */
export type About = Partial<Pick<DispatchClaims, 'tool' | 'action' | 'workflow' | 'lane' | 'trace'>>;

/**
 * The last look before each vendor request: may it still start? And the memory of what was sent, so that an outcome is
 * never called "failed" when something may have changed.
 */
export class Gate {
  readonly about: About;
  /** Which secrets its requests carried, by name. */
  readonly secrets = new SecretNotes();
  readonly #window: Window;
  readonly #now: () => number;
  /** What is looked up may start nothing that changes something, whatever its tool asks for. */
  readonly #reading: boolean;
  /** Unix ms until which answers are of use. */
  #until = Infinity;
  #closed = false;
  #calledOff = false;
  /** Requests that may have changed something and were not clearly refused. */
  #changes = 0;

  constructor(claims: Window & About, now: () => number = Date.now, reading = false) {
    const { intentAt, startBefore, ...about } = claims;
    this.about = about;
    this.#window = { intentAt, startBefore };
    this.#now = now;
    this.#reading = reading;
  }

  /**
   * The gate of a look-up or a preview: no request that changes something starts through it. `within`: milliseconds for all its
   * requests together, for those that somebody waits for.
   */
  static reading(claims: Window & About, within = Infinity): Gate {
    const gate = new Gate(claims, Date.now, true);
    gate.#until = Date.now() + within;
    return gate;
  }

  /** Milliseconds that are left for a request; Infinity when only its own time-out counts. */
  get left(): number {
    return Math.max(0, this.#until - this.#now());
  }

  /** Unix ms. For a request that is refused when it arrives too late, which no look before it is sent can tell. */
  get startBefore(): number {
    return this.#window.startBefore;
  }

  /**
   * Ask after the last `await` and right before the request is handed over. `changes`: whether the request may change
   * something at the vendor. False means: send nothing, answer `unstarted`.
   */
  mayStart(changes: boolean): boolean {
    if (changes && this.#reading) return false;
    if (this.#closed || this.left === 0 || !mayStart(this.#window, this.#now())) return false;
    if (changes) this.#changes += 1;
    return true;
  }

  /** Why a request was not let through. */
  unstarted(changes: boolean): Outcome {
    if (!changes || !this.#reading) return { kind: 'lapsed' };
    return { kind: 'failed', reason: 'refused', detail: 'a look-up starts nothing that changes something' };
  }

  /** The work is over, or called off: a request that nobody waits for must not start behind the guard's back. */
  close(): void {
    this.#closed = true;
  }

  /** A stop calls the work off: nothing more starts, and the request under way is aborted. */
  callOff(): void {
    this.#calledOff = true;
    this.close();
  }

  get calledOff(): boolean {
    return this.#calledOff;
  }

  /** The vendor answered clearly that it did not make the last change. */
  nothingChanged(): void {
    this.#changes -= 1;
  }

  /** The outcome in the light of what was sent: after a possible change there is no clean failure. */
  settled(outcome: Outcome): Outcome {
    if (this.#changes === 0) return this.#calledOff ? unanswered(outcome) : outcome;
    if (outcome.kind === 'lapsed')
      return { kind: 'indeterminate', detail: 'stopped half-way: an earlier request was sent' };
    if (outcome.kind === 'failed') return { kind: 'indeterminate', detail: outcome.detail };
    return outcome;
  }
}

/** A request that was aborted got no answer; that was our doing and not the vendor's. */
function unanswered(outcome: Outcome): Outcome {
  if (outcome.kind !== 'failed' || outcome.reason !== 'unavailable') return outcome;
  return { kind: 'failed', reason: 'cancelled', detail: outcome.detail };
}
