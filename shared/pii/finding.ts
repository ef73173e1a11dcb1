/** What a detector says that a span of text is. */
export const piiClasses = [
  'email',
  'phone',
  'card',
  'iban',
  'national-id',
  'ip',
  'address',
  'birthdate',
  'secret',
  'name',
] as const;
export type PiiClass = (typeof piiClasses)[number];

/** A span of a text, in UTF-16 code units, `end` exclusive, that is somebody's data or a secret. */
export interface Finding {
  class: PiiClass;
  start: number;
  end: number;
  /** How sure, from 0 to 1: above 0.9 a checksum or a vendor's own prefix says so. */
  score: number;
}

/**
 * Of spans that overlap, the surest, then the longest, then the first: so the answer does not depend on who looked first. Sorted by
 * start, none overlapping. Takes as long as sorting does.
 */
export function settled(findings: readonly Finding[]): Finding[] {
  const best = [...findings].sort(
    (a, b) => b.score - a.score || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  const taken = new Taken();
  return best.filter(({ start, end }) => taken.take(start, end)).sort((a, b) => a.start - b.start);
}

/** Spans in blocks of 64 units, so that asking whether one is free looks at its neighbours only. */
class Taken {
  readonly #blocks = new Map<number, [start: number, end: number][]>();

  /** Takes a span if no unit of it is taken. */
  take(start: number, end: number): boolean {
    const blocks: number[] = [];
    for (let block = start >> 6; block <= (end - 1) >> 6; block += 1) blocks.push(block);
    const free = blocks.every((block) =>
      (this.#blocks.get(block) ?? []).every(([from, to]) => end <= from || start >= to),
    );
    if (free) for (const block of blocks) this.#put(block, start, end);
    return free;
  }

  #put(block: number, start: number, end: number): void {
    const spans = this.#blocks.get(block);
    if (spans) spans.push([start, end]);
    else this.#blocks.set(block, [[start, end]]);
  }
}
