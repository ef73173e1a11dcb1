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

/** In a text without any capital, every word may be a name. */
const anyWord =
  /(?<![\p{L}\p{M}\p{N}_@/\\.])\p{L}[\p{L}\p{M}]*(?:-\p{L}[\p{L}\p{M}]+)?(?![\p{L}\p{M}\p{N}_@])/gu;

/**
 * Names of persons: words in capitals that lists of names know, or that stand where names stand. As well as can be without a model: what is in
 * no list, at no such place, passes.
 */
export function findNames(text: string): Finding[] {
  const small = !/\p{Lu}/u.test(text) && /\p{Ll}/u.test(text);
  const found: Finding[] = [];
  for (const run of runsOf(text, small ? anyWord : capital))
    found.push(...(small ? smallIn(text, run) : namesIn(text, run)));
  return small ? found : listed(text, found);
}

function* runsOf(text: string, pattern: RegExp): Generator<Word[]> {
  let run: Word[] = [];
  for (const match of text.matchAll(pattern)) {
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
    while (to < run.length && to - from < NAME_MAX && mayFollow(run[to])) to += 1;
    const name = trimmed(run.slice(from, to));
    const score = name.length === 0 ? 0 : scoreOf(text, name, run[from + name.length], titled);
    const [first, last] = [name[0], name.at(-1)];
    if (score > 0 && first && last) yield finding('name', { start: first.start, end: last.end }, score);
    // What follows a word that ends no name is none either: `Miller Ltd`.
    from += Math.max(1, name.length);
  }
}

function mayBegin(word: Word): boolean {
  return (
    !isOther(word) && !say.titles.has(word.text.toLowerCase()) && !(word.word && !word.first && !word.last)
  );
}

function mayFollow(word: Word | undefined): boolean {
  if (!word) return false;
  return word.initial || (!isOther(word) && (word.last || word.first || !word.word));
}

/** What is no name, though lists of names may hold it. */
function isOther({ text }: Word): boolean {
  const lower = text.toLowerCase();
  return say.never.has(lower) || say.organisations.has(lower) || say.streets.has(lower);
}

/** A name ends with no initial. */
function trimmed(words: readonly Word[]): readonly Word[] {
  const last = words.findLastIndex(({ initial }) => !initial);
  return words.slice(0, last + 1);
}

function scoreOf(text: string, name: readonly Word[], next: Word | undefined, titled: boolean): number {
  const [first, last] = [name[0], name.at(-1)];
  if (!first || !last) return 0;
  const before = text.slice(Math.max(0, first.start - 40), first.start);
  const after = text.slice(last.end, last.end + 40);
  const following = next?.text.toLowerCase() ?? '';
  if (!titled && (say.organisations.has(following) || say.streets.has(following))) return 0;
  if (say.notAfter.test(after) || say.notBefore.test(before)) return 0;
  if (titled || say.introduces.test(before)) return 0.8;
  if (name.length > 1) return several(text, name, before, after);
  return one(first, before, after);
}

/** Two words or more: one of them in a list of names is enough, where the others may be. */
function several(text: string, name: readonly Word[], before: string, after: string): number {
  const [first, last] = [name[0], name.at(-1)];
  const listedOnes = name.filter((word) => word.first || word.last);
  const sure = listedOnes.filter((word) => !word.word).length;
  const unknown = name.filter((word) => !word.first && !word.last && !word.initial);
  if (sure === 0 && name.some((word) => word.place && !word.first && !word.last)) return 0;
  if (name.every((word) => word.text === word.text.toUpperCase()) && (sure < 2 || unknown.length > 0))
    return 0;
  if (say.within.test(before) && name.some((word) => word.place)) return 0;
  if (sure > 0) return first?.first ? 0.75 : 0.7;
  if (listedOnes.length > 0 && first?.first && (last?.last || unknown.length > 0)) return 0.6;
  // Nobody knows the words; what stands between and around them speaks for a person.
  const middle = text.slice(first?.start, last?.end);
  if (name.slice(1, -1).some(({ initial }) => initial) || / (?:van|von|ten|ter|bin|ibn) /u.test(middle))
    return 0.6;
  if (say.does.test(after) || say.towards.test(before)) return 0.6;
  return standsAlone(text, first?.start ?? 0, last?.end ?? 0) ? 0.5 : 0;
}

/** A line of its own over others with numbers: whose address or signature it is. */
function standsAlone(text: string, start: number, end: number): boolean {
  const line =
    /(?:^|\n)[>?\s]{0,8}$/u.test(text.slice(Math.max(0, start - 9), start)) &&
    /^[ \t]*\r?\n/.test(text.slice(end, end + 8));
  return line && /\d/.test(text.slice(end, end + 120));
}

function one(word: Word, before: string, after: string): number {
  if (word.text.length < 2 || word.text === word.text.toUpperCase() || isOther(word)) return 0;
  const does = say.does.test(after);
  const towards = say.towards.test(before);
  const told = does || towards;
  if (word.place && say.located.test(before)) return 0;
  if (say.within.test(before) && !does) return 0;
  if (word.first && !word.word) return word.place && !told ? 0 : 0.7;
  if (word.last && !word.word && !word.place) return say.located.test(before) && !does ? 0 : 0.55;
  if (word.first || word.last) return told && (!word.begins || !word.word || does) ? 0.5 : 0;
  if (word.word || word.place) return 0;
  return told ? 0.5 : 0;
}

/**
 * Names one after another, `Ravil, Anna and Ben`: a word of no list among names is a name. What ends as an organisation (`Davis, Reynolds
 * and Williamson Orchestra`) is one from its beginning.
 */
function listed(text: string, found: readonly Finding[]): Finding[] {
  const firms = found.flatMap((one) => {
    const match = one.score > 0.72 ? null : firm.exec(text.slice(one.end, one.end + 60));
    return match ? [{ from: one.start, to: one.end + match[0].length }] : [];
  });
  const kept = firms.length === 0 ? found : outside(found, firms);
  const more: Finding[] = [];
  for (const { start, end } of kept) {
    more.push(...beside(text, start, neighbourBefore, -1), ...beside(text, end, neighbourAfter, 1));
  }
  return [...kept, ...more];
}

/** The findings that lie in none of the parts; both in order of their start. */
function outside(
  found: readonly Finding[],
  parts: readonly { from: number; to: number }[],
): readonly Finding[] {
  let at = 0;
  let until = -1;
  return found.filter(({ start }) => {
    for (let part = parts[at]; part && part.from <= start; part = parts[(at += 1)])
      until = Math.max(until, part.to);
    return start >= until;
  });
}

const firm = new RegExp(
  `^(?:, \\p{Lu}[\\p{L}'-]{1,20}){0,4},? (?:and|&|und|y|et) \\p{Lu}[\\p{L}'-]{1,20} (?:Orchestra|Inc|LLC|Ltd|GmbH|Group|is an? |is the )`,
  'u',
);
const neighbourBefore = /(?<![\p{L}.] )(?<![\p{L}\p{N}])(\p{Lu}[\p{Ll}\p{M}]{2,20})(?:, | and )$/u;
const neighbourAfter = /^(?:, (?:and )?| and )(\p{Lu}[\p{Ll}\p{M}]{2,20})(?=[,.;\n]| and |$)/u;

/** The words next to a name in a list, up to five. */
function* beside(text: string, from: number, pattern: RegExp, step: 1 | -1): Generator<Finding> {
  let at = from;
  for (let n = 0; n < 5; n += 1) {
    const near = step < 0 ? text.slice(Math.max(0, at - 40), at) : text.slice(at, at + 40);
    const match = pattern.exec(near);
    const word = match?.[1];
    if (!match || word === undefined) return;
    const facts = known(word);
    if (
      (facts.place && !facts.first) ||
      (facts.word && !facts.first && !facts.last) ||
      say.never.has(word.toLowerCase())
    )
      return;
    const start = (step < 0 ? at - near.length : at) + match.index + match[0].indexOf(word);
    yield finding('name', { start, end: start + word.length }, 0.52);
    at = step < 0 ? start : start + word.length;
  }
}

/** In a text without capitals: a first and a family name side by side, or a name where it is said to be one. */
function* smallIn(text: string, run: readonly Word[]): Generator<Finding> {
  for (let at = 0; at < run.length; at += 1) {
    const word = run[at];
    if (!word || isOther(word) || say.particles.has(word.text)) continue;
    const before = text.slice(Math.max(0, word.start - 40), word.start);
    const length = smallLength(run, at);
    const last = run[at + length - 1] ?? word;
    const after = text.slice(last.end, last.end + 40);
    const alone =
      word.first &&
      !word.word &&
      !word.place &&
      (say.does.test(after) || say.towards.test(before) || say.among.test(before));
    const said = say.introduces.test(before) && !word.word;
    if (length < 2 && !alone && !said) continue;
    yield finding('name', { start: word.start, end: last.end }, length > 1 ? 0.6 : 0.5);
    at += length - 1;
  }
}

/** How many words from here on are one name: with an initial, and a family name or a word of no list. */
function smallLength(run: readonly Word[], at: number): number {
  const isName = (word: Word | undefined): boolean =>
    word !== undefined && (word.first || word.last) && !word.word && !isOther(word);
  const initial = run[at + 1]?.initial ? 1 : 0;
  const next = run[at + 1 + initial];
  if (!next || next.word || next.initial || isOther(next)) return 1;
  const pair =
    (isName(run[at]) && isName(next)) ||
    (run[at]?.first && !run[at]?.word) ||
    (initial > 0 && !run[at]?.word);
  return pair && next.text.length > 2 ? 2 + initial : 1;
}
