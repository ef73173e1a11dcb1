/** How a register of persons or papers writes its numbers, and when a text that looks so is taken for one. */
export interface Register {
  /** Country and name, for people who read a finding. */
  name: string;
  /** Global and bounded. What may not stand around it is part of it. */
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
 * - `said`: only if words say so, or nothing else stands there.
 * - `named`: only if words say so.
 */
export type Sure = 'always' | 'grouped' | 'said' | 'named';

/** Letters and digits of a number, in upper case. */
export function compactOf(text: string): string {
  return text.replace(/[^0-9a-z]/gi, '').toUpperCase();
}

/** No letter or digit stands right before. */
const open = '(?<![\\p{L}\\p{N}_])';
const close = '(?![\\p{L}\\p{N}_])';

/** A pattern that stands apart from other letters and digits, and is no part of a longer group of numbers. */
export function apart(source: string): RegExp {
  return new RegExp(`(?<!\\d[-./])${open}(?:${source})${close}(?![-/.]\\d)`, 'giu');
}

/** Words, each whole or the beginning of one. */
export function words(...any: string[]): RegExp {
  return new RegExp(`(?<![a-z])(?:${any.join('|')})`, 'u');
}
