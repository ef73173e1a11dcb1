/** One thing that happened in an exercise. */
export interface Event {
  /** RFC 3339. */
  at: string;
  /** Milliseconds after the first harmful call. */
  afterMs: number;
  step: Step;
  by: string;
  what: string;
  /** Ids that show it. */
  evidence: string[];
}

export type Step =
  | 'incident'
  | 'detected'
  | 'decided'
  | 'stopped'
  | 'contained'
  | 'notified'
  | 'acknowledged'
  | 'restored'
  | 'resumed'
  | 'reviewed';

/** What happened, in the order of time. */
export class Timeline {
  readonly #startedAt: number;
  readonly #say: (line: string) => void;
  readonly #events: Event[] = [];

  /** `startedAt`: Unix ms. `say` is told each event as it is added. */
  constructor(startedAt: number, say: (line: string) => void) {
    this.#startedAt = startedAt;
    this.#say = say;
  }

  /** `at`: Unix ms, for what is heard of later than it happened. */
  add(step: Step, by: string, what: string, evidence: readonly string[], at = Date.now()): void {
    const afterMs = at - this.#startedAt;
    this.#events.push({ at: new Date(at).toISOString(), afterMs, step, by, what, evidence: [...evidence] });
    this.#say(`${(afterMs / 1000).toFixed(1).padStart(6)} s  ${step}: ${what} (${by})`);
  }

  /** By time; what happened in the same millisecond stays in the order in which it was added. */
  get events(): Event[] {
    return this.#events.toSorted((a, b) => a.afterMs - b.afterMs);
  }
}
