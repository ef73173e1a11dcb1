/** The known word that was most likely meant, if one is near enough: a slip or two, or swapped letters. Pure. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // Of long names no more than three letters: most of an action’s name is its tool and object.
  const allowed = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  const ranked = [...known]
    .map((candidate) => ({ candidate, away: distance(word, candidate) }))
    .filter(({ away }) => away <= allowed)
    .sort((a, b) => a.away - b.away);
  return ranked[0]?.candidate;
}

/** The remedy for an unknown word: the one that was likely meant, else all that are known in its place. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? `use one of ${known.join(', ')}` : `did you mean "${near}"?`;
}

/** Levenshtein's distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
