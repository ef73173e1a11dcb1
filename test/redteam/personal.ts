/** Every raw personal value of the sandbox's data and of posted leads, and a search for them that misses no way of writing them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { owners } from '../../workers/sandbox/vendors/hubspot-data.ts';
import type { VendorState } from './gate.ts';

/** Shorter ones stand in any text by chance. */
const SHORTEST = 6;

/** One value of a person, and what it is. */
export interface PersonalValue {
  class: string;
  value: string;
}

type Found = Record<string, unknown>;

/** Vendor, type and path of each personal field of the simulated vendors' records. */
const fields: [vendor: string, type: string, cls: string, path: string][] = [
  ['hubspot', 'contacts', 'email', 'properties.email'],
  ['hubspot', 'contacts', 'first name', 'properties.firstname'],
  ['hubspot', 'contacts', 'last name', 'properties.lastname'],
  ['hubspot', 'contacts', 'phone', 'properties.phone'],
  ['hubspot', 'archived', 'email', 'properties.email'],
  ['intercom', 'contacts', 'name', 'name'],
  ['intercom', 'contacts', 'email', 'email'],
  ['intercom', 'conversations', 'words', 'source.body'],
  ['intercom', 'conversations', 'words', 'source.subject'],
  ['intercom', 'tickets', 'words', 'ticket_attributes._default_description_'],
  ['resend', 'contacts', 'email', 'email'],
  ['resend', 'contacts', 'first name', 'first_name'],
  ['resend', 'contacts', 'last name', 'last_name'],
  ['resend', 'suppressions', 'email', 'email'],
  ['hunter', 'people', 'email', 'email'],
  ['hunter', 'people', 'first name', 'given'],
  ['hunter', 'people', 'last name', 'family'],
];

/** The personal values of what the simulated vendors hold. */
export function valuesOf(state: VendorState): PersonalValue[] {
  const inRecords = fields.flatMap(([vendor, type, cls, path]) =>
    Object.values(state[vendor]?.[type] ?? {}).flatMap((record) => {
      const value = at(record, path);
      return typeof value === 'string' ? [{ class: cls, value: words(value) }] : [];
    }),
  );
  const ofOwners = owners.flatMap(({ email, lastName }) => [
    { class: 'email', value: email },
    { class: 'last name', value: lastName },
  ]);
  return [...inRecords, ...ofOwners];
}

/** The personal values of forms that were posted: what people are called, how they are reached, and what they wrote. */
export function valuesOfForms(forms: readonly Readonly<Record<string, string>>[]): PersonalValue[] {
  return forms.flatMap((form) =>
    Object.entries(ofForms).flatMap(([field, cls]) => {
      const lines = (form[field] ?? '').split('\n').filter((line) => line !== '');
      return lines.map((value) => ({ class: cls, value }));
    }),
  );
}

const ofForms = { name: 'name', email: 'email', phone: 'phone', message: 'words' };

function at(record: Found, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Found)[key] : undefined),
      record,
    );
}

/** A text without the markup around it, as far as it is one run of words. */
function words(text: string): string {
  const runs = text.split(/<[^>]*>|&\w+;/).map((run) => run.trim());
  return runs.sort((a, b) => b.length - a.length)[0] ?? '';
}

/** The values that are looked for, and those that are not, with why. */
export interface Wanted {
  values: PersonalValue[];
  left: { value: string; class: string; why: string }[];
}

/**
 * Leaves out what would be found without anybody's data being there. `open`: texts that stand in fields of nobody, too, such as attacks
 * that are planted everywhere.
 */
export function wanted(all: readonly PersonalValue[], open: readonly string[] = []): Wanted {
  const everywhere = open.map((text) => text.replace(/\s+/g, ' ')).join('\n');
  const own = productText();
  const result: Wanted = { values: [], left: [] };
  const seen = new Set<string>();
  for (const one of all) {
    if (one.value === '' || seen.has(one.value)) continue;
    seen.add(one.value);
    const short = one.value.length < SHORTEST;
    if (short) result.left.push({ ...one, why: `shorter than ${SHORTEST} characters` });
    // An address in a contract's example is no word: nothing is stored of examples.
    else if (!one.value.includes('@') && own.includes(one.value))
      result.left.push({ ...one, why: 'stands in the product’s own code or governance' });
    else if (everywhere.includes(one.value.replace(/\s+/g, ' ')))
      result.left.push({ ...one, why: 'a planted text, which stands in fields of nobody, too' });
    else result.values.push(one);
  }
  return result;
}

/** What is looked for, and what is not and why, in words. The values are invented, so they are shown where they are few. */
export function leftOut({ values, left }: Wanted): string {
  const reasons = Map.groupBy(left, ({ why }) => why);
  const lines = [...reasons].map(([why, those]) => {
    const shown = those.length <= 60 ? `: ${those.map(({ value }) => value).join(', ')}` : '';
    return `  left out, ${those.length} ${why}${shown}`;
  });
  return [`looked for: ${values.length} values`, ...lines].join('\n');
}

/** What the gate itself is made of: a value that is a word of it would be found everywhere. */
function productText(): string {
  const root = join(import.meta.dirname, '../..');
  return ['workers', 'shared', 'flags', 'governance']
    .flatMap((folder) => textsIn(join(root, folder)))
    .join('\n');
}

function textsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('sandbox') && /\.(ts|tsx|js|yaml|cedar)$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'));
}

/** Finds values in bytes, in every way that they may be written: UTF-8, JSON's and URLs' escapes, one or two bytes a character, base64. */
export class Search {
  readonly #needles: { bytes: Buffer; of: PersonalValue }[];
  /** The first three bytes of each needle, so that most places cost one look. */
  readonly #starts: Map<number, { bytes: Buffer; of: PersonalValue }[]>;

  constructor(values: readonly PersonalValue[]) {
    this.#needles = values.flatMap((of) => waysOf(of.value).map((bytes) => ({ bytes, of })));
    this.#starts = new Map();
    for (const needle of this.#needles) {
      const start = needle.bytes.readUIntBE(0, 3);
      this.#starts.set(start, [...(this.#starts.get(start) ?? []), needle]);
    }
  }

  /** Each value that stands in the bytes, with where. */
  in(bytes: Buffer): { of: PersonalValue; at: number }[] {
    const found = new Map<PersonalValue, number>();
    for (let i = 0; i + 3 <= bytes.length; i += 1) {
      const here = this.#starts.get(
        ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0),
      );
      for (const { bytes: needle, of } of here ?? []) {
        if (!found.has(of) && bytes.subarray(i, i + needle.length).equals(needle)) found.set(of, i);
      }
    }
    return [...found].map(([of, at]) => ({ of, at }));
  }

  /** What kind of value stands in a text first; undefined: none does. */
  first(text: string): string | undefined {
    const [one] = this.in(Buffer.from(text));
    return one && `${one.of.class} (${one.of.value.slice(0, 3)}…)`;
  }
}

function waysOf(value: string): Buffer[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const ascii = escaped.replace(
    /[\u0080-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const ways = [
    Buffer.from(value),
    Buffer.from(escaped),
    Buffer.from(ascii),
    Buffer.from(encodeURIComponent(value)),
    Buffer.from(value, 'utf16le'),
    ...(Buffer.from(value, 'latin1').toString('latin1') === value ? [Buffer.from(value, 'latin1')] : []),
    ...inBase64(value),
  ];
  const known = new Map(
    ways.filter(({ length }) => length >= SHORTEST).map((way) => [way.toString('latin1'), way]),
  );
  return [...known.values()];
}

/** A value inside of something longer can begin at three places of base64's groups; the edges, which its neighbours change, are cut. */
function inBase64(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const inner = text.slice(shift === 0 ? 0 : 4, text.length - 4);
    // Shorter pieces would be found by chance.
    return inner.length >= 10 ? [Buffer.from(inner)] : [];
  });
}
