/**
 * Cedar's `like`, from the JSON form of a pattern: `Wildcard` is any run of characters, also none; everything else stands
 * for itself. Literals are whole code points, so that matching by code units finds the same in well-formed text.
 */
export function likeness(pattern: readonly unknown[]): (text: string) => boolean {
  const parts = [''];
  for (const element of pattern) {
    if (element === 'Wildcard') parts.push('');
    else parts.push((parts.pop() ?? '') + literal(element));
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  // No wildcard at all: the text itself.
  if (last === undefined) return (text) => text === first;
  return (text) => text.startsWith(first) && between(text, first.length, rest, last);
}

/** Whether the middle parts follow one another from `at`, each as early as possible, and the last ends the text. */
function between(text: string, at: number, middle: readonly string[], last: string): boolean {
  let from = at;
  for (const part of middle) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

function literal(element: unknown): string {
  if (typeof element === 'object' && element !== null && 'Literal' in element) {
    if (typeof element.Literal === 'string') return element.Literal;
  }
  throw new TypeError('not in the subset: this pattern');
}
