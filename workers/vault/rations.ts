/** Characters and asks a minute for one agent: some hundred prompts, and less than a fifth of a core. */
const CHARACTERS = 4_000_000;
const ASKS = 300;
const WINDOW_MS = 60_000;

/**
 * Bounds how much text an agent has read outside its calls. Kept in memory: an object that was away begins anew, which costs nothing, since
 * it is away only while nobody asks.
 */
export class Rations {
  #since = 0;
  #characters = 0;
  #asks = 0;

  /** Takes it and returns null, or takes nothing and returns the whole seconds until it may be asked again. `now`: Unix ms. */
  take(characters: number, now: number): number | null {
    if (now - this.#since >= WINDOW_MS || now < this.#since)
      [this.#since, this.#characters, this.#asks] = [now, 0, 0];
    if (this.#asks >= ASKS || this.#characters + characters > CHARACTERS)
      return Math.max(1, Math.ceil((this.#since + WINDOW_MS - now) / 1000));
    this.#asks += 1;
    this.#characters += characters;
    return null;
  }
}
