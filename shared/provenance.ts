/**
 * Where the arguments of a call come from: marks that tell a text again without holding it. Each mark is a keyed hash, so what
 * is kept of a stranger's text tells nothing of it. Pure; the guard keeps the marks and the key.
 */
import { canonical } from './canonical.ts';
import type { JsonSchema, KnownAction, Provenance, SinkKind } from './contract.ts';
import { hostAndAbove, linksIn, plainHost } from './links.ts';
import { markedLeaves } from './marked.ts';
import { placeholdersIn } from './placeholder.ts';
import { leavesOf } from './pointer.ts';
import { sinksIn, type Sink } from './sinks.ts';

/** Characters of text of one output that are looked at; what comes after is not known later. */
export const TEXT_MAX = 64 * 1024;
/** Values of one output that are looked at. */
const VALUES_MAX = 2_000;
/** Winnowing (Schleimer, Wilkerson, Aiken 2003): any shared passage of k + w - 1 = 19 characters is found. */
const K = 12;
const W = 8;
/** Of one value. Hashing is what costs; past it long passages are still found, short ones by chance. */
const PASSAGES_MAX = 1_000;
/** Marks of one value: a text of nothing but numbers must not make all others unknown. */
const LOOSE_MAX = 4_000;
/** Shorter numbers stand in any text. */
const DIGITS_MIN = 3;

/** A value of an output, with what its contract says of whose words it is. */
export interface Marked {
  level: Provenance;
  value: string | number;
}

/**
 * Every string and number of an output whose contract says where it comes from; the innermost mark counts. What stands in
 * place of something that was taken out of free text is untrusted with it, marked or not.
 */
export function markedIn(value: unknown, schema: JsonSchema): Marked[] {
  const found: Marked[] = [];
  let left = TEXT_MAX;
  for (const { mark, personal, value: leaf } of markedLeaves(value, schema, 'x-provenance')) {
    const level = levelOf(mark, personal, leaf);
    if (left <= 0 || found.length >= VALUES_MAX) break;
    if (level === undefined) continue;
    const kept = typeof leaf === 'string' ? leaf.slice(0, left) : leaf;
    left -= typeof kept === 'string' ? kept.length : 8;
    found.push({ level, value: kept });
  }
  return found;
}

function levelOf(mark: unknown, personal: unknown, value: string | number): Provenance | undefined {
  if (mark === 'trusted' || mark === 'untrusted') return mark;
  const sealed = personal === 'free-text' && typeof value === 'string' && placeholdersIn(value).length > 0;
  return sealed ? 'untrusted' : undefined;
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
      ...linksIn(value.slice(0, TEXT_MAX)).map(({ host }) => `host\n${host}`),
      ...placeholdersIn(value).map(placeholderMark),
      ...spread(fingerprints(text)).map((passage) => `passage\n${passage}`),
      ...numbersIn(text),
    ]),
  ].slice(0, LOOSE_MAX);
}

function placeholderMark(placeholder: string): string {
  return `placeholder\n${placeholder}`;
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
const ARGUMENTS_MAX = 2_000;

/** An argument, or a link in one, with the marks by which it is looked up. */
export interface Argument {
  pointer: string;
  sink?: SinkKind;
  /** Of a link that was found in a text: where it leads. */
  host?: string;
  /** Any of them: it is trusted. */
  exact: string[];
  loose: string[];
  /** By which it is told again as something that the agent wrote itself. */
  own: string[];
  /** It only names a record, or stands in a text that is looked up itself: nothing is written of it. */
  names: boolean;
}

/**
 * Every string and number of an input and every link in its texts, as they are looked up. Throws for more than can be: nobody
 * hides one behind others.
 */
export function argumentsOf(
  input: Record<string, unknown>,
  action: Pick<KnownAction, 'inputSchema' | 'says' | 'hasSinks' | 'about'>,
): Argument[] {
  const leaves = leavesOf(input, ARGUMENTS_MAX + 1);
  const sinks = sinksIn(action, input);
  if (leaves.length + sinks.length > ARGUMENTS_MAX)
    throw new RangeError(`more than ${ARGUMENTS_MAX} arguments`);
  const kinds = new Map(sinks.filter(({ link }) => !link).map(({ pointer, kind }) => [pointer, kind]));
  return [
    ...sinks.filter(({ link }) => link).map(argumentOfLink),
    ...leaves.map(({ pointer, value }) => ({
      ...argumentOf(pointer, value, kinds.get(pointer)),
      names: kinds.get(pointer) === 'account' || action.about?.id === `input.${pointer.slice(1)}`,
    })),
  ];
}

function argumentOf(
  pointer: string,
  value: string | number,
  sink: SinkKind | undefined,
): Omit<Argument, 'names'> {
  return {
    pointer,
    ...(sink !== undefined && { sink }),
    exact: [exactMark(value)],
    loose: [...looseMarks(value), ...(sink === 'amount' ? amountMarks(value) : [])],
    own: ownMarks(value),
  };
}

/** A link as an argument of its own. */
export function argumentOfLink({ pointer, value, link }: Sink): Argument {
  const host = link?.host ?? '';
  return {
    pointer,
    sink: 'link',
    host,
    exact: [exactMark(value), hostMark(host)],
    loose: [
      ...looseMarks(value).filter((mark) => !mark.startsWith('number\n')),
      ...hostAndAbove(host).map((one) => `host\n${one}`),
    ],
    own: ownMarks(value),
    names: true,
  };
}

/** Contracts count in minor units, people in whole ones: 50000 may be the 500 of a text. */
function amountMarks(value: string | number): string[] {
  const whole = Number(value) / 100;
  return Number.isInteger(whole) && whole >= 10 ** (DIGITS_MIN - 1) ? [`number\n${whole}`] : [];
}

/** What tells a value again that was written as it is, or with other words around it: the whole, mail addresses and hosts. */
function ownMarks(value: string | number): string[] {
  if (typeof value === 'number') return [`own\n${value}`];
  const text = normal(value);
  if (text === '') return [];
  const within = linksIn(value).map(({ text: link }) => normal(link));
  return [...new Set([text, ...within, ...placeholdersIn(value)])]
    .slice(0, OWN_MAX)
    .map((one) => `own\n${one}`);
}

/** Of one value. */
const OWN_MAX = 50;

function hostMark(host: string): string {
  return `approved-host\n${host}`;
}

/** Marks of the texts that are the agent's own by its manifest, and of the hosts that its texts may lead to. */
export function constantMarks(
  approved: Readonly<Record<string, readonly string[] | undefined>>,
  origins: readonly string[],
): Set<string> {
  const { hosts = [], ...lists } = approved;
  const own = origins.map((origin) => URL.parse(origin)?.hostname ?? '').filter((host) => host !== '');
  return new Set([
    ...Object.values(lists).flatMap((list = []) => list.map(exactMark)),
    ...[...hosts, ...own].map((host) => hostMark(plainHost(host))),
  ]);
}
