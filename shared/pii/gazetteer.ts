import lists from './data/lists.json' with { type: 'json' };
import { folded } from './fold.ts';

/** What lists say of a word; bits, because a word may be all of it (`Grace`, `Paris`). */
const FIRST = 1;
const LAST = 2;
const PLACE = 4;
const WORD = 8;

/** What is known of a word. All false: it is in no list, as most family names are. */
export interface Known {
  first: boolean;
  last: boolean;
  place: boolean;
  /** A common English word. */
  word: boolean;
}

let table: Map<string, number> | undefined;

/** Built at the first question: some 20 ms and 8 MB that a Worker without texts does not spend. */
function built(): Map<string, number> {
  const made = new Map<string, number>();
  const add = (words: string, bit: number): void => {
    for (const word of words.split(' ')) made.set(word, (made.get(word) ?? 0) | bit);
  };
  add(lists.first, FIRST);
  add(lists.last, LAST);
  add(lists.place, PLACE);
  add(lists.word, WORD);
  return made;
}

/** What the lists say of a word, however it is spelled: without marks, in any case. Of `Anna-Lena`, what they say of its parts. */
export function known(word: string): Known {
  table ??= built();
  const whole = table.get(folded(word));
  if (whole !== undefined || !word.includes('-')) return told(whole ?? 0);
  return told(word.split('-').reduce((all, part) => all | (table?.get(folded(part)) ?? 0), 0));
}

function told(bits: number): Known {
  return {
    first: (bits & FIRST) > 0,
    last: (bits & LAST) > 0,
    place: (bits & PLACE) > 0,
    word: (bits & WORD) > 0,
  };
}
