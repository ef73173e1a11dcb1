import type { Report, Settlement } from '../rpc.ts';

/** How long an outcome waits to be reported along with others. Its guard normally has it by then, with the answer. */
const PAUSE_MS = 500;

/** Outcomes in one message: each holds an answer of at most 256 KiB, and a message may have 32 MiB. */
const BATCH = 25;

/** Tries of one outcome. After them, the guard's own recovery asks the tool's `find`. */
const TRIES = 3;

/** How long one invocation reports for all: the platform ends what an invocation leaves running after 30 s. */
const SWEEP_MS = 20_000;

/**
 * Tells guards how calls ended, also when the caller of `run` is gone. In batches, because nearly always the answer has
 * arrived long before: a message for each call would cost as much as the call.
 */
export class Reports {
  readonly #pending = new Map<string, Report & { tries: number }>();
  #sweptUntil = 0;

  /** Resolves when this outcome is somebody's business: at once, or when this invocation has reported what there was. */
  async tell(report: Report, settlement: Settlement): Promise<void> {
    this.#pending.set(report.token, { ...report, tries: 0 });
    if (Date.now() >= this.#sweptUntil) await this.#sweep(settlement);
  }

  async #sweep(settlement: Settlement): Promise<void> {
    const end = Date.now() + SWEEP_MS;
    this.#sweptUntil = end;
    while (this.#pending.size > 0 && Date.now() < end) {
      await scheduler.wait(PAUSE_MS);
      await this.#send(settlement);
    }
    this.#sweptUntil = 0;
  }

  async #send(settlement: Settlement): Promise<void> {
    const all = [...this.#pending.values()];
    for (let at = 0; at < all.length; at += BATCH) {
      const batch = all.slice(at, at + BATCH);
      const told = await settlement.settle(batch.map(({ token, outcome }) => ({ token, outcome }))).then(
        () => true,
        () => false, // The guard is away; it is told with the next batch.
      );
      for (const report of batch) this.#forget(report, told);
    }
  }

  #forget(report: Report & { tries: number }, told: boolean): void {
    report.tries += 1;
    if (!told && report.tries < TRIES) return;
    this.#pending.delete(report.token);
    if (!told) console.warn('an outcome could not be reported; the guard recovers it by itself');
  }
}
