/**
 * Whether a vendor that has not answered lately is asked at all (Nygard, Release It!, "Circuit Breaker"). Pure: `now` is passed
 * in, Unix ms. What goes against a vendor is answers that tell nothing: 5xx, time-outs, broken connections.
 */

export type Breaker =
  /** Everything goes through. `dead`: answers in a row that told nothing. */
  | { kind: 'closed'; dead: number }
  /** Nothing of agents' goes through before `until`. */
  | { kind: 'open'; until: number }
  /** One request is trying. Whether it was given up is not known before `until`, and then another one tries. */
  | { kind: 'half-open'; until: number };

/** A request on its way; whoever has it tells what came of it. `probe`: the request that tries, by its `until`. */
export type Pass = { ok: true; probe: number | null };

/** What came of a request: the vendor answered; it did not, or not usefully; or nobody can tell, as it was our doing. */
export type Word = 'alive' | 'dead' | 'untold';

export const closed: Breaker = { kind: 'closed', dead: 0 };

/** So many in a row: two calls with their second tries, and one more. One bad minute of a vendor shows many more. */
export const OPENS_AFTER = 5;
/** For how long nothing is sent. As long as an agent waits anyway, and short enough that nobody has to reset it by hand. */
export const OPEN_MS = 10_000;
/** The longest that a request takes, and some more: a probe whose invocation was ended tells nothing. */
const PROBE_MS = 15_000;

/**
 * Whether a request may go. A person's may always: a vendor that is well again must not keep an undo waiting, and people do
 * not ask a thousand times.
 */
export function asks(
  breaker: Breaker,
  person: boolean,
  now: number,
): { breaker: Breaker; verdict: Pass | { ok: false; retryAfter: number } } {
  if (breaker.kind === 'closed') return { breaker, verdict: { ok: true, probe: null } };
  const left = breaker.until - now;
  // A time further off than it was ever set means that the clock was set back: then it is over.
  const waits = left > 0 && left <= (breaker.kind === 'open' ? OPEN_MS : PROBE_MS);
  if (waits && person) return { breaker, verdict: { ok: true, probe: null } };
  if (waits) return { breaker, verdict: { ok: false, retryAfter: waitOf(breaker, left) } };
  const until = now + PROBE_MS;
  return { breaker: { kind: 'half-open', until }, verdict: { ok: true, probe: until } };
}

/** Seconds. While a request is trying, its answer may come any moment. */
function waitOf({ kind }: Breaker, left: number): number {
  return kind === 'open' ? Math.ceil(left / 1000) : 1;
}

/** What is so once a request has told what came of it. */
export function told(breaker: Breaker, { probe }: Pass, word: Word, now: number): Breaker {
  switch (word) {
    case 'alive':
      return closed;
    case 'dead':
      return afterDeath(breaker, now);
    case 'untold':
      // Only the one that was trying makes room for another.
      return breaker.kind === 'half-open' && breaker.until === probe ? { kind: 'open', until: now } : breaker;
  }
}

function afterDeath(breaker: Breaker, now: number): Breaker {
  switch (breaker.kind) {
    case 'closed': {
      const dead = breaker.dead + 1;
      return dead < OPENS_AFTER ? { kind: 'closed', dead } : { kind: 'open', until: now + OPEN_MS };
    }
    case 'open':
      // Of a request that went before, or of a person's: the time is not put off by those.
      return breaker;
    case 'half-open':
      return { kind: 'open', until: now + OPEN_MS };
  }
}
