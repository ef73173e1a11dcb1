import { wordsOf } from './fold.ts';
import type { Path } from './measures.ts';

/** Something that must not be said, or not without a person's look. */
export interface Claim {
  id: string;
  /** Words in a row; `guarant*` is any word that begins so, `*` any one word. */
  phrases: readonly string[];
  reason: string;
  /** What may be said instead. */
  instead: string;
}

export interface Claims {
  forbidden: readonly Claim[];
  doubtful: readonly Claim[];
}

/** A claim that a text makes, where, and what its author may write instead. */
export interface FoundClaim {
  claim: string;
  /** `input.title`. */
  field: string;
  reason: string;
  instead: string;
}

export interface FoundClaims {
  forbidden: readonly FoundClaim[];
  doubtful: readonly FoundClaim[];
}

export const noClaims: FoundClaims = { forbidden: [], doubtful: [] };

/** Texts by the field that they stand in. */
export type Texts = readonly (readonly [field: string, text: string])[];

/**
 * The claims that texts make, each once a field. Looks at the words as a reader sees them: through markup, other scripts' letters,
 * soft hyphens, spacing. It finds phrases and no meaning: what says the same in other words passes. Pure.
 */
export function scanClaims(claims: Claims, texts: Texts): FoundClaims {
  if (claims.forbidden.length + claims.doubtful.length === 0) return noClaims;
  const read = texts.map(([field, text]) => ({ field, readings: readingsOf(text).map(wordsOf) }));
  const found = (list: readonly Claim[]): FoundClaim[] =>
    read.flatMap(({ field, readings }) => {
      const made = list.filter(({ phrases }) => phrases.some((phrase) => isSaid(phrase, readings)));
      return made.map(({ id, reason, instead }) => ({ claim: id, field, reason, instead }));
    });
  return { forbidden: found(claims.forbidden), doubtful: found(claims.doubtful) };
}

type Values = Readonly<Record<string, unknown>>;

/** The claims in the texts that a contract names, of a call's input and of what its tool looked up. Pure. */
export function claimsOf(
  says: readonly Path[] | undefined,
  claims: Claims,
  input: Values,
  facts: Values,
): FoundClaims {
  if (!says) return noClaims;
  const texts = says.flatMap((path): [string, string][] => {
    const [from, field = ''] = path.split('.');
    const values = from === 'facts' ? facts : input;
    const value = Object.hasOwn(values, field) ? values[field] : undefined;
    return typeof value === 'string' ? [[path, value]] : [];
  });
  return scanClaims(claims, texts);
}

/**
 * A comment from where it begins to where a browser ends it (HTML, "13.2.5.43 Comment start state"): `<!-->` at once, others at
 * `-->` or `--!>`, or with the text. What is matched is never looked at again, so that many beginnings take no longer than one.
 */
const comment = /<!--(?:-?>|[\s\S]*?(?:--!?>|$))/g;

/** What a browser takes for a tag. `< 5` and `< so >` are text. */
const tag = /<[a-z/!?][^<>]*>/gi;

/**
 * A text with markup as a reader may see it: tags take no room inside a word, and part words elsewhere. Then all of it as it stands:
 * what pictures and links say of themselves is read, and so is what only looks like markup, where a mail or a message has none.
 */
function readingsOf(text: string): string[] {
  if (!/[<&]/.test(text)) return [text];
  const plain = text.replace(comment, '');
  return [decoded(plain.replace(tag, '')), decoded(plain.replace(tag, ' ')), decoded(text)];
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwj: '',
  zwnj: '',
  percnt: '%',
  commat: '@',
  dollar: '$',
};

function decoded(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));?/gi,
    (whole, hex: string, decimal: string, name: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

/** Scripts that set no spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function isSaid(phrase: string, readings: readonly (readonly string[])[]): boolean {
  if (unspaced.test(phrase)) {
    const whole = wordsOf(phrase).join('');
    return readings.some((words) => words.join('').includes(whole));
  }
  const wanted = patternOf(phrase);
  return wanted.length > 0 && readings.some((words) => words.some((_, at) => fits(wanted, words, at)));
}

interface Wanted {
  word: string;
  /** Whether more of the word may follow. */
  begins: boolean;
}

/** Compiled once a phrase: governance holds few of them, and each call asks for all. */
const patterns = new Map<string, Wanted[]>();
const PATTERNS_MAX = 5_000;

function patternOf(phrase: string): Wanted[] {
  const known = patterns.get(phrase);
  if (known) return known;
  const parts = phrase.split(/\s+/).filter((part) => part !== '');
  const wanted = parts.flatMap((part): Wanted[] => {
    if (part === '*') return [{ word: '', begins: true }];
    const words = wordsOf(part);
    return words.map((word, at) => ({ word, begins: part.endsWith('*') && at === words.length - 1 }));
  });
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(phrase, wanted);
  return wanted;
}

function fits(wanted: readonly Wanted[], words: readonly string[], at: number): boolean {
  return wanted.every(({ word, begins }, offset) => {
    const said = words[at + offset];
    return said !== undefined && (begins ? said.startsWith(word) : said === word);
  });
}
