/** How a register of persons or papers writes its numbers, and when a text that looks so is taken for one. */
export interface Register {
  /** Country and name, for people who read a finding. */
  name: string;
  /** Sticky and bounded. What may not follow is part of it; what may not stand before is looked at for all. */
  pattern: RegExp;
  /** Whether it holds, of the letters (upper case) and digits alone. */
  holds?: (compact: string) => boolean;
  sure: Sure;
  /** What says in words around it that it is one, in lower case. */
  words?: RegExp;
}

/**
 * - `always`: shape and check make an accident unlikely.
 * - `grouped`: so if it is written in its usual groups; bare digits only if words say so, or nothing else stands there.
 * - `formed`: so if it is written in its usual groups, or words say so.
 * - `said`: only if words say so, or nothing else stands there.
 * - `named`: only if words say so.
 */
export type Sure = 'always' | 'grouped' | 'formed' | 'said' | 'named';

/** Letters and digits of a number, in upper case. */
export function compactOf(text: string): string {
  return text.replace(/[^0-9a-z]/gi, '').toUpperCase();
}

/** No letter or digit follows, and no further group of digits. */
const close = '(?![\\p{L}\\p{N}_])(?![-/.]\\d)';

/** What a number that begins at a place looks like: nothing is looked for, so it takes no time where something else stands. */
export function shape(source: string): RegExp {
  return new RegExp(`(?:${source})${close}`, 'iuy');
}

/** Words, each whole or the beginning of one. */
export function words(...any: string[]): RegExp {
  return new RegExp(`(?<![a-z])(?:${any.join('|')})`, 'u');
}
