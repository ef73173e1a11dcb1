/** How a description's words come into ours. Pure. */

/** More fields than this make a contract that nobody reads. */
export const FIELDS_MAX = 20;

/** One line of text, cut to what a contract says in one; undefined when there is none. */
export function lineOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const sentence = line.length > 160 ? `${line.slice(0, 157)}…` : line;
  return sentence === '' ? undefined : sentence;
}

/** What was left out, as one note; undefined when nothing was. */
export function leftOut(left: readonly string[], what: string): string | undefined {
  if (left.length === 0) return undefined;
  return `${what} ${left.slice(0, 12).join('; ')}${left.length > 12 ? ' …' : ''}`;
}
