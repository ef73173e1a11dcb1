const INTERVAL_MS = 1_000;
/** Without a question for so long, what is known is too old to grant on without asking first. */
const STALE_MS = 3 * INTERVAL_MS;
/** Unleash tells of a change and shows it on two beats of a second each: a second and a bit after a hint it shows. */
const HINT_MS = 150;
const HINT_TURNS = 9;
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
  #hinted: Promise<void> | null = null;
  #turns = 0;
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

  /** Asks once now; an answer that is on its way is waited for instead. */
  now(): Promise<void> {
    return this.#once();
  }

  /**
   * Something was changed at the source. Asks now, and again a few times: the hint is sent before the source itself
   * answers with what was changed. A hint during that begins the turns anew, so there is never more than one row of them.
   */
  hint(): Promise<void> {
    this.#turns = HINT_TURNS;
    this.#hinted ??= this.#followHint().finally(() => {
      this.#hinted = null;
    });
    return this.#hinted;
  }

  async #followHint(): Promise<void> {
    while (this.#turns > 0) {
      this.#turns -= 1;
      // One that is under way may have been asked too early.
      await this.#asking;
      await this.#once();
      if (this.#turns > 0) await scheduler.wait(HINT_MS);
    }
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
