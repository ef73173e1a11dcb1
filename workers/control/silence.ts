/** What changed about a source's silence. */
export type SilenceNews =
  | { kind: 'source.silent'; detail: string; lastHeard: number | null }
  | { kind: 'source.heard'; silentFor: number };

/** Watches one source for silence, so that it is told once when it lasts and once when it ends. Pure but for its memory. */
export class Silence {
  readonly #after: number;
  #since: number | null = null;
  #told = false;
  /** Why the last question had no good answer; null: it had one. */
  detail: string | null = null;

  /** `after`: for how long (ms) silence is not yet news. */
  constructor(after: number) {
    this.#after = after;
  }

  /** What the last question came to, at `now`; `lastHeard`: when the source was last heard, this time included. */
  note(detail: string | null, lastHeard: number | null, now: number): SilenceNews | null {
    this.detail = detail;
    if (detail === null) return this.#heard(now);
    this.#since ??= lastHeard ?? now;
    if (this.#told || now - this.#since < this.#after) return null;
    this.#told = true;
    return { kind: 'source.silent', detail, lastHeard };
  }

  #heard(now: number): SilenceNews | null {
    const news = this.#told
      ? ({ kind: 'source.heard', silentFor: now - (this.#since ?? now) } as const)
      : null;
    this.#since = null;
    this.#told = false;
    return news;
  }
}
