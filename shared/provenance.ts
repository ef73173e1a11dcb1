/**
 * Where the arguments of a call come from: marks that tell a text again without holding it. Each mark is a keyed hash, so what
 * is kept of a stranger's text tells nothing of it. Pure; the guard keeps the marks and the key.
 */
import { canonical } from './canonical.ts';
import type { JsonSchema, Provenance } from './contract.ts';
import { leavesOf } from './pointer.ts';

/** Characters of text of one output that are looked at; what comes after is not known later. */
export const TEXT_MAX = 64 * 1024;
/** Values of one output that are looked at. */
const VALUES_MAX = 2_000;
/** Winnowing (Schleimer, Wilkerson, Aiken 2003): any shared passage of k + w - 1 = 19 characters is found. */
const K = 12;
const W = 8;
/** Of one value. Hashing is what costs; past it long passages are still found, short ones by chance. */
const PASSAGES_MAX = 1_000;
/** Shorter numbers stand in any text. */
const DIGITS_MIN = 3;

/** A value of an output, with what its contract says of whose words it is. */
export interface Marked {
  level: Provenance;
  value: string | number;
}

/** Every string and number of an output whose contract says where it comes from; the innermost mark counts. */
export function markedIn(value: unknown, schema: JsonSchema): Marked[] {
  const found: Marked[] = [];
  let left = TEXT_MAX;
  const take = (level: Provenance, value: string | number): void => {
    if (left <= 0 || found.length >= VALUES_MAX) return;
    const kept = typeof value === 'string' ? value.slice(0, left) : value;
    left -= typeof kept === 'string' ? kept.length : 8;
    found.push({ level, value: kept });
  };
  walk(value, schema, undefined, take);
  return found;
}

function walk(
  value: unknown,
  schema: JsonSchema,
  outer: Provenance | undefined,
  take: (level: Provenance, value: string | number) => void,
): void {
  const own = schema['x-provenance'];
  const level = own === 'trusted' || own === 'untrusted' ? own : outer;
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    const choice = choices.filter(isSchema).find((one) => fits(value, one));
    if (choice) walk(value, choice, level, take);
  } else if (typeof value === 'string' || typeof value === 'number') {
    if (level) take(level, value);
  } else if (Array.isArray(value)) {
    const items = isSchema(schema['items']) ? schema['items'] : {};
    for (const item of value) walk(item, items, level, take);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) walk(item, memberOf(schema, key), level, take);
  }
}

function memberOf(schema: JsonSchema, key: string): JsonSchema {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const member = Object.hasOwn(properties, key) ? properties[key] : schema['additionalProperties'];
  return isSchema(member) ? member : {};
}

function fits(value: unknown, schema: JsonSchema): boolean {
  const type = schema['type'];
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'number') return type === 'number' || type === 'integer';
  return type === undefined ? value !== null : type === typeof value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What exactly a trusted value is: text and number apart, every character counts. */
export function exactMark(value: string | number): string {
  return `exact\n${typeof value === 'string' && !value.isWellFormed() ? '' : canonical(value)}`;
}

/**
 * By what a stranger's value is told again: the whole of it, mail addresses, hosts, numbers, and fingerprints of its passages; all
 * without regard to case, width and white space (NFKC).
 */
export function looseMarks(value: string | number): string[] {
  if (typeof value === 'number') return [`number\n${digitsOf(String(value))}`];
  const text = normal(value);
  if (text === '') return [];
  const words = text.split(/[\s<>"'(),;:]+/);
  return [
    ...new Set([
      `whole\n${text}`,
      ...words
        .filter((word) => /^[^@]{1,64}@[^@]{1,255}$/.test(word))
        .map((mail) => `mail\n${trimmed(mail)}`),
      ...words.filter((word) => word.includes('.')).flatMap(hostsIn),
      ...numbersIn(text),
      ...spread(fingerprints(text)).map((passage) => `passage\n${passage}`),
    ]),
  ];
}

function hostsIn(word: string): string[] {
  const hosts = word.slice(0, 2_000).matchAll(/(?:[\p{L}\p{N}-]{1,63}\.){1,10}\p{L}{2,24}/gu);
  return [...hosts].map(([host]) => `host\n${host}`);
}

function numbersIn(text: string): string[] {
  return [...text.matchAll(/\d[\d\s.,/()+-]{0,40}\d|\d/gu)]
    .map(([number]) => digitsOf(number))
    .filter((digits) => digits.length >= DIGITS_MIN)
    .map((digits) => `number\n${digits}`);
}

/** Of a long text not every passage is kept, but a share of them, chosen by what they are, so that the same ones are found again. */
function spread(passages: string[]): string[] {
  const share = Math.ceil(passages.length / PASSAGES_MAX);
  return share <= 1 ? passages : passages.filter((passage) => fnv(passage, 0) % share === 0);
}

/** NFKC, lower case, and one space wherever white space or what nobody sees stands. */
function normal(text: string): string {
  return text
    .slice(0, TEXT_MAX)
    .toWellFormed()
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .trim();
}

function trimmed(mail: string): string {
  return mail.replace(/\.+$/, '');
}

/** Amounts are written in many ways: only their digits are compared. */
function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** Passages of k characters that stand for a text: of each w in a row the one with the least hash, the last of those. */
export function fingerprints(text: string): string[] {
  const hashes: number[] = [];
  for (let at = 0; at + K <= text.length; at += 1) hashes.push(fnv(text, at));
  if (hashes.length === 0) return [];
  const chosen = new Set<number>();
  for (let from = 0; from === 0 || from + W <= hashes.length; from += 1) chosen.add(least(hashes, from));
  return [...chosen].map((at) => text.slice(at, at + K));
}

function least(hashes: readonly number[], from: number): number {
  let best = from;
  const end = Math.min(from + W, hashes.length);
  for (let at = from + 1; at < end; at += 1) if ((hashes[at] ?? 0) <= (hashes[best] ?? 0)) best = at;
  return best;
}

/** FNV-1a of the k characters at a place: only chooses passages, and protects nothing. */
function fnv(text: string, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + K; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** Arguments of one call that are looked up. */
const ARGUMENTS_MAX = 200;

/** An argument with the marks by which it is looked up. */
export interface Argument {
  pointer: string;
  exact: string;
  loose: string[];
}

/** Every string and number of an input, as it is looked up. Throws for more than can be: nobody hides one behind others. */
export function argumentsOf(input: unknown): Argument[] {
  const leaves = leavesOf(input, ARGUMENTS_MAX + 1);
  if (leaves.length > ARGUMENTS_MAX) throw new RangeError(`more than ${ARGUMENTS_MAX} arguments`);
  return leaves.map(({ pointer, value }) => ({
    pointer,
    exact: exactMark(value),
    loose: looseMarks(value),
  }));
}

/** Marks of the texts that are the agent's own by its manifest. */
export function constantMarks(approved: Readonly<Record<string, readonly string[]>>): Set<string> {
  return new Set(Object.values(approved).flat().map(exactMark));
}
