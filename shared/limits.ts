/** At most `max` admissions in ANY window of `per` seconds. */
export interface RateLimit {
  max: number;
  per: number;
}

export type RateVerdict =
  | { ok: true; remaining: number; resetSeconds: number }
  | { ok: false; retryAfterSeconds: number; resetSeconds: number };

/**
 * An exact sliding log: the times of the admissions that a window can still see, oldest first. Token buckets, fixed and
 * sliding counters and GCRA let up to twice the limit through at a window's edge; a log does not. Bounded by `max`.
 */
export class SlidingLog {
  readonly #limit: RateLimit;
  readonly #times: number[];
  #start = 0;

  /** `times`: Unix ms of earlier admissions in any order, when the log is rebuilt after a restart. */
  constructor(limit: RateLimit, times: Iterable<number> = []) {
    this.#limit = limit;
    this.#times = [...times].sort((a, b) => a - b).slice(-limit.max);
  }

  /** Whether one more may be admitted at `now` (Unix ms). Records nothing. */
  check(now: number): RateVerdict {
    this.#forget(now);
    const { max, per } = this.#limit;
    const used = this.#times.length - this.#start;
    const oldest = this.#times[this.#start];
    const resetSeconds = oldest === undefined ? 0 : seconds(oldest + per * 1000 - now);
    if (used < max) return { ok: true, remaining: max - used, resetSeconds };
    return { ok: false, retryAfterSeconds: max === 0 ? per : Math.max(1, resetSeconds), resetSeconds };
  }

  /** Records an admission. A clock that steps back never shortens a window: times only grow. */
  admit(now: number): void {
    const last = this.#times.at(-1) ?? 0;
    this.#times.push(Math.max(now, last));
  }

  /** Takes back the newest admission, when the transaction it belonged to failed. */
  undo(): void {
    this.#times.pop();
  }

  #forget(now: number): void {
    const horizon = now - this.#limit.per * 1000;
    while ((this.#times[this.#start] ?? Infinity) <= horizon) this.#start += 1;
    // Compact only now and then, so that each admission costs O(1) on average.
    if (this.#start > 64 && this.#start * 2 > this.#times.length) {
      this.#times.splice(0, this.#start);
      this.#start = 0;
    }
  }
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.ceil(milliseconds / 1000));
}

/** The `RateLimit-Policy` and `RateLimit` headers (IETF draft-ietf-httpapi-ratelimit-headers). */
export function rateHeaders(limit: RateLimit, verdict: RateVerdict): Record<string, string> {
  const remaining = verdict.ok ? verdict.remaining : 0;
  return {
    'ratelimit-policy': `"rate";q=${limit.max};w=${limit.per}`,
    ratelimit: `"rate";r=${remaining};t=${verdict.resetSeconds}`,
  };
}
