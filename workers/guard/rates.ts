import { rateHeaders, SlidingLog, type RateLimit, type RateVerdict } from '../../shared/limits.ts';
import { rateRule, type Refusal } from '../../shared/meters.ts';
import type { Manifest } from '../../shared/manifest.ts';

interface Kept {
  action: string;
  limit: RateLimit;
  log: SlidingLog;
}

/** The rate limits of one agent's manifest, each with its exact log. Rebuilt from the calls' rows after a restart. */
export class Rates {
  readonly #kept: Kept[];

  constructor(limits: Manifest['limits'], admitted: readonly { action: string; at: number }[]) {
    this.#kept = limits.map(({ action, max, per }) => {
      const times = admitted.filter((call) => matches(action, call.action)).map((call) => call.at);
      return { action, limit: { max, per }, log: new SlidingLog({ max, per }, times) };
    });
  }

  /** The first limit that has no room for one more, if any. */
  full(action: string, now: number): Refusal | undefined {
    for (const { action: limited, limit, log } of this.#of(action)) {
      const verdict = log.check(now);
      if (verdict.ok) continue;
      const rule = rateRule({ action: limited, ...limit });
      const never = limit.max === 0;
      return {
        of: 'agent',
        rule,
        asked: 1,
        left: 0,
        why: never ? 'too-much' : 'full',
        retryAfter: never ? null : verdict.retryAfterSeconds,
      };
    }
    return undefined;
  }

  /** Takes one from each limit that covers the action. */
  admit(action: string, now: number): void {
    for (const { log } of this.#of(action)) log.admit(now);
  }

  /** The headers of the tightest limit that covers the action. */
  headers(action: string, now: number): Record<string, string> {
    const verdicts = this.#of(action).map(({ limit, log }) => ({ limit, verdict: log.check(now) }));
    const tightest = verdicts.sort((a, b) => left(a.verdict) - left(b.verdict))[0];
    return tightest ? rateHeaders(tightest.limit, tightest.verdict) : {};
  }

  /** Every limit with what is left of it. */
  view(now: number): { action: string; max: number; per: number; remaining: number }[] {
    return this.#kept.map(({ action, limit, log }) => ({
      action,
      ...limit,
      remaining: left(log.check(now)),
    }));
  }

  #of(action: string): Kept[] {
    return this.#kept.filter((kept) => matches(kept.action, action));
  }
}

function matches(limited: string, action: string): boolean {
  return limited === '*' || limited === action;
}

function left(verdict: RateVerdict): number {
  return verdict.ok ? verdict.remaining : 0;
}
