/** Reads that were journaled of late, so that one who looks at the same again and again does not fill the log. */
const AGAIN_MS = 60_000;
/** More than people ask in a minute; past that, reads are journaled once more each. */
const MAX_KEPT = 5_000;

/** Which reads are journaled: the first of each person and query, and one a minute while they go on. In memory: a restart journals anew. */
export class Reads {
  readonly #noted = new Map<string, number>();

  /** Whether this read is to be journaled now (Unix ms). `key` names the person, the credential and what was asked for. */
  due(key: string, now: number): boolean {
    const last = this.#noted.get(key);
    // A time in the future: the clock was set back.
    return last === undefined || last > now || now - last >= AGAIN_MS;
  }

  /** It was journaled. */
  noted(key: string, now: number): void {
    if (this.#noted.size >= MAX_KEPT) this.#noted.clear();
    this.#noted.set(key, now);
  }
}
