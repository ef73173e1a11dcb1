import { SlidingLog } from '../../shared/limits.ts';

/** A sender that names so many unknown sites in a minute is guessing. */
const GUESSES = { max: 20, per: 60 };
const SENDERS_MAX = 10_000;

/**
 * Who asks for sites that do not exist. Each such question goes as far as control, which has more important things to
 * do, so guessers are held back here. Per isolate and in memory: a brake, not a limit.
 */
export class Strangers {
  readonly #logs = new Map<string, SlidingLog>();

  /** Seconds this sender has to wait, or 0. */
  waits(sender: string, now: number): number {
    const verdict = this.#logs.get(sender)?.check(now);
    return verdict && !verdict.ok ? verdict.retryAfterSeconds : 0;
  }

  guessed(sender: string, now: number): void {
    if (this.#logs.size >= SENDERS_MAX) this.#logs.clear();
    const log = this.#logs.get(sender) ?? new SlidingLog(GUESSES);
    this.#logs.set(sender, log);
    if (log.check(now).ok) log.admit(now);
  }
}
