import { findAddresses } from './addresses.ts';
import { findBirthdates } from './birthdates.ts';
import { settled, type Finding, type PiiClass } from './finding.ts';
import { isKnownNumber } from './known-number.ts';
import { findNames } from './names.ts';
import { digitParts } from './spot.ts';
import { blanked, findStructured } from './structured.ts';

export type { Finding, PiiClass } from './finding.ts';

export interface DetectOptions {
  /** Only these; all without it. */
  classes?: readonly PiiClass[];
  /** How sure at least, from 0 to 1. */
  least?: number;
}

/**
 * What of a text is somebody's data or a secret: spans in UTF-16 code units, sorted, none overlapping, the same for the same text. Takes
 * time in proportion to the text, whatever stands in it. It finds forms, words of lists and what is said around them, and no meaning:
 * what says the same otherwise passes.
 */
export function detect(text: string, options: DetectOptions = {}): Finding[] {
  const open = blanked(text);
  const parts = digitParts(open);
  const addresses = [...findAddresses(open, parts)];
  const ends = new Set(addresses.map(({ end }) => end));
  const all = [
    ...findStructured(open, isKnownNumber),
    ...findBirthdates(open, parts),
    ...addresses,
    ...findNames(open).filter(({ start }) => !isTown(open, start, ends)),
  ];
  const { classes, least = 0 } = options;
  return settled(all).filter(({ class: cls, score }) => score >= least && (classes?.includes(cls) ?? true));
}

/** What stands right after an address, behind a comma or on the next line, is where it lies and no name. */
function isTown(text: string, start: number, ends: ReadonlySet<number>): boolean {
  const between = /[,\s]{1,4}$/.exec(text.slice(Math.max(0, start - 4), start))?.[0].length ?? 0;
  return between > 1 && ends.has(start - between);
}
