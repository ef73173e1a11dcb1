/** Finest steps that a window is kept in: more would cost memory, fewer would give room back later. */
const STEPS = 3_600;

/**
 * An exact sum over a sliding window: for amounts taken only when `room` says 0, no window of that length ever holds more
 * than the maximum. Amounts taken in the same step (1/3600 of the window) are kept as one that leaves at the step's end, so
 * memory is bounded and room comes back at most a step late, never early. `per` null: the window never ends.
 */
export class Tally {
  readonly #per: number | null;
  readonly #step: number;
  /** Step -> amount, oldest first. */
  readonly #steps = new Map<number, number>();
  #last = -Infinity;
  #sum = 0;

  /** `per`: length of the window in ms. */
  constructor(per: number | null) {
    this.#per = per;
    this.#step = Math.max(1, Math.floor((per ?? 0) / STEPS));
  }

  /** What the window that ends at `now` (Unix ms) holds. */
  used(now: number): number {
    this.#forget(now);
    return this.#sum;
  }

  /** Records an amount used at `at` (Unix ms); one that is older than others, too. */
  add(amount: number, at: number): void {
    if (amount === 0) return;
    const step = this.#of(at);
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + amount);
    this.#sum += amount;
    if (step < this.#last) this.#sort();
    else this.#last = step;
  }

  /** Takes back what was recorded with the same time; what has left the window by itself stays gone. */
  remove(amount: number, at: number): void {
    const step = this.#of(at);
    const held = this.#steps.get(step) ?? 0;
    const taken = Math.min(held, amount);
    if (held - taken > 0) this.#steps.set(step, held - taken);
    else this.#steps.delete(step);
    this.#sum -= taken;
  }

  /** In how many ms there is room for `amount` under `max`: 0 is now; null: never by waiting. */
  room(amount: number, max: number, now: number): number | null {
    this.#forget(now);
    let over = this.#sum + amount - max;
    if (over <= 0) return 0;
    if (amount > max || this.#per === null) return null;
    for (const [step, held] of this.#steps) {
      over -= held;
      if (over <= 0) return this.#leaves(step, this.#per) - now;
    }
    return null;
  }

  /** In how many ms nothing is left in the window; null: never by waiting. */
  empty(now: number): number | null {
    this.#forget(now);
    if (this.#sum === 0) return 0;
    return this.#per === null ? null : this.#leaves(this.#last, this.#per) - now;
  }

  /** Rounded up, so that nothing leaves early. */
  #of(at: number): number {
    return this.#per === null ? 0 : Math.ceil(at / this.#step);
  }

  #leaves(step: number, per: number): number {
    return step * this.#step + per;
  }

  #forget(now: number): void {
    if (this.#per === null) return;
    for (const [step, amount] of this.#steps) {
      if (this.#leaves(step, this.#per) > now) return;
      this.#steps.delete(step);
      this.#sum -= amount;
    }
  }

  /** Only after a word that came late, which is rare. */
  #sort(): void {
    const sorted = [...this.#steps].sort(([a], [b]) => a - b);
    this.#steps.clear();
    for (const [step, amount] of sorted) this.#steps.set(step, amount);
  }
}
