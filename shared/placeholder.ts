/**
 * What stands in place of a person's value wherever the model, the guard or a journal could see it: `[[email:q7f3k2m9xwa]]`. The
 * id is ten random characters of Crockford's base32 (50 bits) and a check character, so that a mangled one is told from another.
 * Pure.
 */
import { latin } from './fold.ts';
import type { PersonalClass } from './marks.ts';

/** What a placeholder stands for: a class of personal fields, or what a detector finds in free text. */
export const placeholderClasses = [
  'email',
  'phone',
  'name',
  'address',
  'account',
  'card',
  'iban',
  'national-id',
  'ip',
  'birthdate',
  'secret',
  /** A whole free text, as images and undo plans hold it. */
  'text',
] as const;
export type PlaceholderClass = (typeof placeholderClasses)[number];

/** One placeholder as it stands in a text: `[[class:id]]`. */
export type Placeholder = string;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** Characters of the random part: 50 bits. */
const RANDOM = 10;

/** The alphabet as people can read it in a schema: no i, l, o and u. */
const ID = `[0-9a-hjkmnp-tv-z]{${RANDOM + 1}}`;
const exact = new RegExp(`\\[\\[(${placeholderClasses.join('|')}):(${ID})\\]\\]`, 'g');
const whole = new RegExp(`^${exact.source}$`);

/** What a placeholder of a class looks like as the whole of a text; its check character is not looked at. */
export function placeholderPattern(cls: PlaceholderClass): RegExp {
  return new RegExp(`^\\[\\[${cls}:${ID}\\]\\]$`);
}

/** The class of placeholder that a personal field's values get. */
export function placeholderClass(cls: PersonalClass): PlaceholderClass {
  return cls === 'free-text' ? 'text' : cls;
}

/** A new placeholder from at least ten random bytes. */
export function newPlaceholder(cls: PlaceholderClass, random: Uint8Array): Placeholder {
  if (random.length < RANDOM) throw new RangeError(`a placeholder needs ${RANDOM} random bytes`);
  const id = [...random.subarray(0, RANDOM)].map((byte) => ALPHABET[byte % 32]).join('');
  return `[[${cls}:${id}${checkOf(cls, id)}]]`;
}

/** Whether a text is one placeholder and nothing else, with the check character that it must have. */
export function isPlaceholder(text: string): boolean {
  return classOf(text) !== undefined;
}

/** The class of a text that is one placeholder and nothing else; undefined: it is none. */
export function classOf(text: string): PlaceholderClass | undefined {
  const [, cls, id] = whole.exec(text) ?? [];
  return cls !== undefined && id !== undefined && checks(cls, id) ? (cls as PlaceholderClass) : undefined;
}

/** Each placeholder that stands in a text, once, in order. */
export function placeholdersIn(text: string): Placeholder[] {
  const found = [...text.matchAll(exact)].filter(([, cls = '', id = '']) => checks(cls, id));
  return [...new Set(found.map(([placeholder]) => placeholder))];
}

/** The text with each placeholder replaced by what `value` says of it. */
export function replaced(text: string, value: (placeholder: Placeholder) => string): string {
  return text.replace(exact, (found: string, cls: string, id: string) =>
    checks(cls, id) ? value(found) : found,
  );
}

/**
 * Whether a text holds what was a placeholder once, or is made to look like one: of another case, cut off, escaped, encoded, with
 * look-alikes or something invisible in it. Such a text is refused, never passed on.
 */
export function holdsMangled(text: string): boolean {
  const rest = replaced(text, () => ' ');
  return mangled.test(plain(rest));
}

/** Text of strangers with everything that reads as a placeholder made unusable, so that nobody smuggles one in. */
export function neutralised(text: string): string {
  if (!mangled.test(plain(text))) return text;
  // What is hidden by encodings is only seen in the plain form, so the brackets and the colons that make it go everywhere.
  const open = text.replace(new RegExp(mangled.source, 'giu'), NEUTRAL);
  return mangled.test(plain(open)) ? open.replace(/[[\]［］⟦⟧〚〛【】&%\\:：∶ː꞉]/gu, ' ') : open;
}

const NEUTRAL = '(not a placeholder)';

const classes = placeholderClasses.join('|');
/** A known class behind two brackets, whatever follows; or with a whole id, behind one or before one. */
const mangled = new RegExp(
  [
    `\\[\\s{0,4}\\[\\s{0,4}(?:${classes})\\s{0,4}:`,
    `\\[\\s{0,4}(?:${classes})\\s{0,4}:\\s{0,4}[0-9a-z]{${RANDOM + 1}}(?![0-9a-z])`,
    `(?<![\\p{L}\\p{N}-])(?:${classes})\\s{0,4}:\\s{0,4}[0-9a-z]{${RANDOM + 1}}\\s{0,4}\\]`,
  ].join('|'),
  'iu',
);

/** A text as a lenient reader would take it: look-alikes folded, encodings undone, what nobody sees left out. */
function plain(text: string): string {
  // Once before the encodings are undone, as what nobody sees may stand inside of one, and once after, as one may stand for it.
  const seen = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return latin(decoded(seen))
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\\]/gu, '')
    .replace(/[⟦〚【]/gu, '[[')
    .replace(/[⟧〛】]/gu, ']]')
    .replace(/[∶ː꞉]/gu, ':');
}

/** Percent, entity and script encodings of ASCII, undone three times: they nest. */
function decoded(text: string): string {
  let out = text;
  for (let round = 0; round < 3; round += 1) {
    out = out
      .replace(/&amp;/gi, '&')
      .replace(/%([2-7][0-9a-f])|&#x0{0,5}([2-7][0-9a-f]);|\\(?:u00|x)([2-7][0-9a-f])/gi, fromHex)
      .replace(/&#0{0,5}(\d{2,3});/g, (whole, code: string) => ascii(Number(code)) ?? whole)
      .replace(/&lsqb;|&lbrack;/gi, '[')
      .replace(/&rsqb;|&rbrack;/gi, ']')
      .replace(/&colon;/gi, ':');
  }
  return out;
}

function fromHex(whole: string, ...codes: (string | undefined)[]): string {
  return ascii(Number.parseInt(codes.find((code) => code !== undefined) ?? '', 16)) ?? whole;
}

function ascii(code: number): string | undefined {
  return code >= 32 && code < 127 ? String.fromCharCode(code) : undefined;
}

function checks(cls: string, id: string): boolean {
  return checkOf(cls, id.slice(0, RANDOM)) === id.slice(RANDOM);
}

/** A check character over class and id, in the field of 32 elements: each single wrong character and each swap of neighbours shows. */
function checkOf(cls: string, id: string): string {
  let sum = placeholderClasses.findIndex((known) => known === cls) + 1;
  for (const character of id) sum = twice(sum) ^ ALPHABET.indexOf(character);
  return ALPHABET[twice(sum)] ?? '';
}

/** Times x, modulo x^5 + x^2 + 1. */
function twice(element: number): number {
  return (element << 1) ^ (element & 16 ? 0b100101 : 0);
}
