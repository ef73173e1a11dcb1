import type { Outcome } from '../outcome.ts';

/** How long after its last moment to start a dispatch is remembered: the platform may repeat a message for 10 s. */
const KEEP_MS = 30_000;
/** UTF-16 units of outcomes that one isolate keeps. An isolate has 128 MB for everything. */
const KEPT_MAX = 16 * 1024 * 1024;

export interface Run {
  readonly until: number;
  ended: boolean;
  /** JSON, so that its size is known and nobody changes it. Undefined while it runs, and when it was too much to keep. */
  outcome: string | undefined;
}

/**
 * The dispatches that this isolate has begun, so that one that arrives again is answered as the first was and does
 * nothing. The guard's intent row is the single use; this is a second lock, and it ends with the isolate.
 */
export class Runs {
  readonly #runs = new Map<string, Run>();
  /** Those whose outcome is kept, oldest first. */
  readonly #kept = new Set<Run>();
  readonly #max: number;
  #size = 0;

  constructor(max = KEPT_MAX) {
    this.#max = max;
  }

  /** The run of a dispatch, if it was begun before. */
  get(dispatch: string, now: number): Run | undefined {
    // Insertion order is nearly expiry order, so looking at the oldest few keeps the map small at no cost.
    for (const [old, run] of this.#runs) {
      if (run.until > now) break;
      this.#forget(run);
      this.#runs.delete(old);
    }
    return this.#runs.get(dispatch);
  }

  /** `startBefore`: Unix ms. */
  begin(dispatch: string, startBefore: number): void {
    this.#runs.set(dispatch, { until: startBefore + KEEP_MS, ended: false, outcome: undefined });
  }

  end(dispatch: string, outcome: Outcome): void {
    const run = this.#runs.get(dispatch);
    if (!run) return; // It took so long that nobody asks any more.
    run.ended = true;
    run.outcome = JSON.stringify(outcome);
    this.#size += run.outcome.length;
    this.#kept.add(run);
    for (const old of this.#kept) {
      if (this.#size <= this.#max) return;
      this.#forget(old);
    }
  }

  #forget(run: Run): void {
    this.#size -= run.outcome?.length ?? 0;
    run.outcome = undefined;
    this.#kept.delete(run);
  }
}

/** How often a repeated dispatch looks whether the first one has ended. */
const LOOK_MS = 25;

/**
 * What a dispatch that arrives again is answered: the outcome of the first. It looks by its own clock and does not await
 * the first one's promise, which belongs to another invocation and never settles when the platform ends that one.
 */
export async function sameAgain(run: Run, mode: 'read' | 'execute'): Promise<Outcome> {
  while (!run.ended && Date.now() < run.until) await scheduler.wait(LOOK_MS);
  if (run.outcome !== undefined) return JSON.parse(run.outcome) as Outcome;
  const detail = run.ended
    ? 'the same dispatch has ended; how is not kept'
    : 'the same dispatch is under way';
  return mode === 'execute'
    ? { kind: 'indeterminate', detail }
    : { kind: 'failed', reason: 'unavailable', detail };
}
