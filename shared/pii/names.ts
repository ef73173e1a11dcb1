import type { Finding } from './finding.ts';
import { known, type Known } from './gazetteer.ts';
import { finding } from './spot.ts';
import * as say from './name-words.ts';

/** A word in capitals, or one that names are made of in scripts without capitals. */
interface Word extends Known {
  text: string;
  start: number;
  end: number;
  /** A single letter with its dot: `J.` */
  initial: boolean;
  /** Begins a sentence, so that its capital says nothing. */
  begins: boolean;
}

const capital =
  /(?<![\p{L}\p{M}\p{N}_@/\\])(?:\p{Lu}[\p{L}\p{M}]*(?:['’][\p{L}\p{M}]{2,}|['’]\p{Lu}[\p{L}\p{M}]+|-\p{L}[\p{L}\p{M}]+)*|\p{Lu}(?=\.))(?![\p{L}\p{M}\p{N}_@])/gu;
/** What stands between the words of one name: a space, an initial's dot, and particles. */
const between =
  /^(?:\.? (?:(?:van|von|der|den|de|del|della|di|da|do|dos|das|du|la|le|el|al|bin|ben|ibn|ter|ten|zu|zur|af|av|y|e|und) ){0,3}|\. ?)$/iu;
/** Longer runs of capitals are headings. */
const NAME_MAX = 6;

/**
 * Names of persons: words in capitals that lists of names know, or that stand where names stand. As well as can be without a model: what is in
 * no list, at no such place, passes.
 */
export function* findNames(text: string): Generator<Finding> {
  for (const run of runsOf(text)) yield* namesIn(text, run);
}

function* runsOf(text: string): Generator<Word[]> {
  let run: Word[] = [];
  for (const match of text.matchAll(capital)) {
    const word = wordOf(text, match.index, match[0]);
    const last = run.at(-1);
    const joined =
      last !== undefined && between.test(text.slice(last.end, Math.min(word.start, last.end + 16)));
    if (!joined || run.length >= NAME_MAX * 2) {
      if (run.length > 0) yield run;
      run = [];
    }
    run.push(word);
  }
  if (run.length > 0) yield run;
}

function wordOf(text: string, start: number, raw: string): Word {
  // A possessive is no part of the name.
  const bare = raw.replace(/['’]s$/u, '');
  return {
    text: bare,
    start,
    end: start + bare.length,
    initial: bare.length === 1,
    begins: /(?:^|[.!?:;\n"“”>)\]*•–—-])[ \t"'“”>(*]*$/u.test(text.slice(Math.max(0, start - 8), start)),
    ...known(bare),
  };
}

function* namesIn(text: string, run: readonly Word[]): Generator<Finding> {
  let from = 0;
  while (from < run.length) {
    // Titles and greetings stand before a name; what no name begins with is passed over.
    const word = run[from];
    if (word === undefined) return;
    const titled = from > 0 && say.titles.has(run[from - 1]?.text.toLowerCase() ?? '');
    if (!titled && !mayBegin(word)) {
      from += 1;
      continue;
    }
    let to = from + 1;
    while (to < run.length && to - from < NAME_MAX && mayFollow(run[to], run[to - 1])) to += 1;
    const name = trimmed(run.slice(from, to));
    const score = name.length === 0 ? 0 : scoreOf(text, name, run, from, titled);
    const [first, last] = [name[0], name.at(-1)];
    if (score > 0 && first && last) yield finding('name', { start: first.start, end: last.end }, score);
    from = score > 0 ? from + name.length : from + 1;
  }
}

function mayBegin(word: Word): boolean {
  const lower = word.text.toLowerCase();
  return !say.titles.has(lower) && !say.never.has(lower) && !(word.word && !word.first && !word.last);
}

function mayFollow(word: Word | undefined, before: Word | undefined): boolean {
  if (!word || !before) return false;
  const lower = word.text.toLowerCase();
  if (say.never.has(lower) || say.organisations.has(lower) || say.streets.has(lower)) return false;
  return word.initial || word.last || word.first || !word.word;
}

/** A name ends with no initial. */
function trimmed(words: readonly Word[]): readonly Word[] {
  const last = words.findLastIndex(({ initial }) => !initial);
  return words.slice(0, last + 1);
}

function scoreOf(
  text: string,
  name: readonly Word[],
  run: readonly Word[],
  from: number,
  titled: boolean,
): number {
  const [first, last] = [name[0], name.at(-1)];
  if (!first || !last) return 0;
  const before = text.slice(Math.max(0, first.start - 40), first.start);
  const after = text.slice(last.end, last.end + 40);
  const next = run[from + name.length];
  if (next && !titled) {
    const lower = next.text.toLowerCase();
    if (say.organisations.has(lower) || say.streets.has(lower)) return 0;
  }
  if (say.notAfter.test(after) || say.notBefore.test(before)) return 0;
  if (titled || say.introduces.test(before)) return 0.8;
  return name.length > 1 ? several(name, before, after) : one(first, before, after);
}

/** Two words or more: one of them in a list of names is enough, where the others may be. */
function several(name: readonly Word[], before: string, after: string): number {
  const sure = name.filter((word) => (word.first || word.last) && !word.word).length;
  const unsure = name.filter((word) => (word.first || word.last) && word.word).length;
  const unknown = name.filter((word) => !word.first && !word.last && !word.initial);
  const places = name.filter((word) => word.place && !word.first && !word.last).length;
  const shouts = name.every(({ text }) => text === text.toUpperCase());
  if (places > 0 && sure === 0) return 0;
  if (shouts && (sure < 2 || unknown.length > 0)) return 0;
  if (sure > 0) return name[0]?.first ? 0.75 : 0.7;
  if (unsure > 1 && name[0]?.first && name.at(-1)?.last) return 0.6;
  if (unsure > 0 && name[0]?.first && unknown.length > 0) return 0.6;
  return say.acts.test(after) || say.precedes.test(before) ? 0.6 : 0;
}

function one(word: Word, before: string, after: string): number {
  if (word.text.length < 2 || word.text === word.text.toUpperCase()) return 0;
  const lower = word.text.toLowerCase();
  if (say.never.has(lower) || (word.place && say.located.test(before))) return 0;
  const acts = say.acts.test(after);
  const precedes = say.precedes.test(before);
  if (word.first && !word.word) return word.place && !acts && !precedes ? 0 : 0.7;
  if (word.last && !word.word && !word.place) return say.located.test(before) && !acts ? 0 : 0.55;
  if ((word.first || word.last) && word.word) return precedes || (acts && !word.begins) ? 0.5 : 0;
  if (word.word || word.place) return 0;
  return precedes || acts ? 0.5 : 0;
}
