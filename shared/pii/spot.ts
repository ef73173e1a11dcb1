import type { Finding, PiiClass } from './finding.ts';

/** A place of a text where something begins that may be somebody's. */
export interface Spot {
  /** What stands there, as it stands. */
  text: string;
  start: number;
  end: number;
  /** What stands around it: the words that say what a number is. Lower case, at most `REACH` units each side. */
  around: () => string;
  /** What stands before it. */
  before: () => string;
  /** Nothing else stands in the text: a field of a record, not a sentence. */
  alone: boolean;
}

/** How far from a number the word that says what it is may stand. */
const REACH = 48;

/** Each match of a global pattern in part of a text. The pattern is bounded, so this takes time in proportion to the part. */
export function* spots(text: string, pattern: RegExp, part: Part): Generator<Spot> {
  const slice = text.slice(part.from, part.to);
  // Not `matchAll`, which copies the pattern each time: parts are short and many.
  let from = 0;
  for (let match = found(pattern, slice, 0); match; match = found(pattern, slice, from)) {
    from = match.index + match[0].length;
    yield spotOf(text, part.from + match.index, part.from + from);
  }
}

/** The first match from a place on. No pattern matches nothing. */
function found(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** What stands from `start` to `end`, with a look around it. */
export function spotOf(text: string, start: number, end: number): Spot {
  return {
    text: text.slice(start, end),
    start,
    end,
    before: () => text.slice(Math.max(0, start - REACH), start).toLowerCase(),
    around: () =>
      text.slice(Math.max(0, start - REACH), start).toLowerCase() +
      '\n' +
      text.slice(end, end + REACH).toLowerCase(),
    alone: text.slice(0, start).trim() === '' && text.slice(end).trim() === '',
  };
}

export function finding(cls: PiiClass, spot: { start: number; end: number }, score: number): Finding {
  return { class: cls, start: spot.start, end: spot.end, score };
}

/** A part of a text, in UTF-16 units. */
export interface Part {
  from: number;
  to: number;
}

/** How much of the text around digits is looked at: letters of a code before its first digit, and what bounds it. */
const MARGIN = 24;

/**
 * The parts of a text where digits stand, with a margin around them. Sentences hold few, so what looks for numbers skips most of them.
 * Parts don't overlap, and lie apart by more than any number has between two of its digits.
 */
export function digitParts(text: string): Part[] {
  const parts: Part[] = [];
  let last: Part | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) continue;
    const end = index + MARGIN;
    if (last && index - MARGIN <= last.to) last.to = Math.min(text.length, end);
    else parts.push((last = { from: Math.max(0, index - MARGIN), to: Math.min(text.length, end) }));
  }
  return parts;
}
