/** Calls under way from which on it pays: a call that is alone would only wait. */
const BUSY = 2;

/**
 * Lets calls that are ready at the same moment write in the same turn of their object. What is written in one turn is
 * committed as one transaction, with one wait for the disk, and that is what a busy guard spends most on. A call waits only
 * until the events that are here already have been taken. It decides after the wait, never before it.
 */
export class Gathering {
  readonly #underWay: () => number;
  #next: Promise<void> | undefined;

  constructor(underWay: () => number) {
    this.#underWay = underWay;
  }

  /** The turn to write in; null: this one. */
  turn(): Promise<void> | null {
    if (this.#underWay() < BUSY) return null;
    this.#next ??= scheduler.wait(0).then(() => {
      this.#next = undefined;
    });
    return this.#next;
  }
}
