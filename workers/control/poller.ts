const INTERVAL_MS = 1_000;
/** Without a question for so long, what is known is too old to grant on without asking first. */
const STALE_MS = 3 * INTERVAL_MS;
/** A loop ends after an hour of turns and is begun anew by the next need: nothing here runs for ever by mistake. */
const MAX_TURNS = 3_600;

/**
 * Asks one outside source each second while it is needed, one question at a time. It never slows down: a source that fails
 * is asked as often as one that answers, or a stop would be seen late just when things go wrong.
 */
export class Poller {
  readonly #ask: () => Promise<void>;
  readonly #needed: () => boolean;
  #running = false;
  #asking: Promise<void> | null = null;
  #again: Promise<void> | null = null;
  #begun = 0;

  /** `ask` never throws; `needed` is looked at once a turn. */
  constructor(ask: () => Promise<void>, needed: () => boolean) {
    this.#ask = ask;
    this.#needed = needed;
  }

  /** Sees to it that the source is asked. Returns the first answer to wait for when it was not asked of late, else null. */
  need(now: number): Promise<void> | null {
    const stale = Math.abs(now - this.#begun) >= STALE_MS;
    if (!this.#running) void this.#loop();
    return stale ? this.#asking : null;
  }

  /** An answer to a question that is asked from now on; one that is under way may have missed what is hinted at. */
  hint(): Promise<void> {
    if (!this.#asking) return this.#once();
    this.#again ??= this.#asking.then(() => {
      this.#again = null;
      return this.#once();
    });
    return this.#again;
  }

  async #loop(): Promise<void> {
    this.#running = true;
    try {
      for (let turn = 0; turn < MAX_TURNS; turn += 1) {
        const begun = Date.now();
        await this.#once();
        // Bounded below, so that a clock that steps cannot make it spin.
        await scheduler.wait(Math.min(INTERVAL_MS, Math.max(50, begun + INTERVAL_MS - Date.now())));
        if (!this.#needed()) return;
      }
    } finally {
      this.#running = false;
    }
  }

  #once(): Promise<void> {
    if (this.#asking) return this.#asking;
    this.#begun = Date.now();
    this.#asking = this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }
}
