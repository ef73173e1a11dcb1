/** How many refusals are recorded, so that who is refused on purpose fills no journal. */
const MOST = 20;
const WINDOW_MS = 60_000;

/** Bounds what is recorded of refusals to 20 a minute; what is left out is counted in the next record. */
export class Refusals {
  #since = 0;
  #recorded = 0;
  #leftOut = 0;

  /** How many were left out before this one; null: this one is left out, too. `now`: Unix ms. */
  next(now: number): number | null {
    if (now - this.#since >= WINDOW_MS) [this.#since, this.#recorded] = [now, 0];
    if (this.#recorded >= MOST) {
      this.#leftOut += 1;
      return null;
    }
    this.#recorded += 1;
    const before = this.#leftOut;
    this.#leftOut = 0;
    return before;
  }
}
