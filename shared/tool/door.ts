import { asks, closed, told, type Breaker, type Pass, type Word } from './breaker.ts';

/**
 * A vendor's own limit is waited out here for at most so long (ms): then one request asks whether it still holds. A vendor that
 * says "in an hour" would otherwise be a stop that nobody can take back.
 */
const LIMIT_MAX_MS = 60_000;

/** Why nothing is sent, and for how many seconds more. */
export interface Shut {
  ok: false;
  why: 'silent' | 'limited';
  retryAfter: number;
}

/**
 * What one isolate of a tool remembers of how its vendor fares, so that requests which would fail are not sent at all. In
 * memory only: another isolate finds out for itself, and a new one starts open.
 */
export class Door {
  #breaker: Breaker = closed;
  /** Until when (Unix ms) a credential's limit holds, by its setting: most vendors count by credential. */
  readonly #limited = new Map<string, number>();

  /** How the breaker stands. */
  get breaker(): Breaker {
    return this.#breaker;
  }

  /** Asked right before a request is sent. Every pass is followed by `told`. */
  asks(setting: string, person: boolean, now: number): Pass | Shut {
    const wait = (this.#limited.get(setting) ?? 0) - now;
    // Longer than it was ever set: the clock was set back.
    if (!person && wait > 0 && wait <= LIMIT_MAX_MS)
      return { ok: false, why: 'limited', retryAfter: Math.ceil(wait / 1000) };
    const { breaker, verdict } = asks(this.#breaker, person, now);
    this.#breaker = breaker;
    return verdict.ok ? verdict : { ...verdict, why: 'silent' };
  }

  /** What came of a request. True: from now on nothing is sent for a while. */
  told(pass: Pass, word: Word, now: number): boolean {
    const before = this.#breaker;
    const after = told(before, pass, word, now);
    this.#breaker = after;
    return before.kind === 'closed' && after.kind === 'open';
  }

  /** The vendor said that a credential's limit holds for so many seconds. */
  limited(setting: string, seconds: number, now: number): void {
    this.#limited.set(setting, now + Math.min(seconds * 1000, LIMIT_MAX_MS));
  }
}
