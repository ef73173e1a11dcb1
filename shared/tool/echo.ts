/**
 * What an agent sent comes back in the placeholders that it sent. Else a placeholder of the vendor's in their place would tell
 * whether what was typed equals what the vendor holds. Only in the field of the same name, for the same reason. Pure.
 */
import type { PersonalClass } from '../contract.ts';
import { fieldOf, type Opened } from './opened.ts';
import type { Leaf } from './leaves.ts';

/** Two characters of the private use area, in which no vendor writes: what stands between them is no text of anybody's. */
const [OPEN, CLOSE] = ['\uf8f0', '\uf8f1'];
/** Where the numbers of placeholders begin, in the same area. */
const FIRST = 0xe000;
const NUMBERS_MAX = 0x1000;

/** The placeholder or the sealed text that a whole value was sent as; undefined: it was not sent in this field. */
export function sentAs({ text, path, cls }: Leaf, opened: readonly Opened[]): string | undefined {
  return opened.find((one) => one.field === fieldOf(path) && same(one.text, text, cls))?.sealed;
}

/** Vendors write addresses in lower case and cut white space off. */
function same(one: string, other: string, cls: PersonalClass | undefined): boolean {
  if (one === other) return true;
  if (cls === undefined || cls === 'free-text') return false;
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/** A text with what was opened in the same field of it taken out before strangers' text is looked through, and put back after. */
export interface Withheld {
  text: string;
  back: (text: string) => string;
}

/** Takes what was opened out of a free text that comes back changed, such as cut off. */
export function withheld({ text, path }: Leaf, opened: readonly Opened[]): Withheld {
  const written = opened.filter((one) => one.field === fieldOf(path)).flatMap((one) => one.written);
  // A text that holds these characters already could put a placeholder where it likes.
  if (written.length === 0 || written.length > NUMBERS_MAX || /[\uf8f0\uf8f1]/.test(text))
    return { text, back: (same) => same };
  const marked = written.reduce((out, { value }, at) => out.replaceAll(wordOf(value), markOf(at)), text);
  return {
    text: marked,
    back: (sealed) =>
      written.reduce((out, { placeholder }, at) => out.replaceAll(markOf(at), placeholder), sealed),
  };
}

function markOf(at: number): string {
  return OPEN + String.fromCharCode(FIRST + at) + CLOSE;
}

/** A value where it stands by itself: a first name is part of many words. */
function wordOf(value: string): RegExp {
  const exact = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return value === '' ? /(?!)/g : new RegExp(`(?<![\\p{L}\\p{N}])${exact}(?![\\p{L}\\p{N}])`, 'gu');
}
