/** One value as it is stored, and what it is told again by. */
import { folded, personKey, type PersonKey } from '../../shared/erasure.ts';
import type { PlaceholderClass } from '../../shared/placeholder.ts';
import type { ObjectKeys } from './key-store.ts';
import { blob, decrypted, encrypted, named, textBytes, textOf } from './sealing.ts';

/** As SQLite gives it. */
export type Row = {
  placeholder: string;
  class: PlaceholderClass;
  typed: number;
  subject: string | null;
  source: string;
  key: number;
  sealed: ArrayBuffer;
};

/** The keyed hash of whom a value is about. Ids of records differ by case, mail addresses do not. */
export function subjectOf({ names: key }: ObjectKeys, subject: string): string {
  return named(key, 'subject', subject.startsWith('email:') ? folded(subject) : subject);
}

/** The keyed hash of a person's address or number, whatever class or subject a value of it has. */
export function personOf({ names: key }: ObjectKeys, { kind, value }: PersonKey): string {
  return named(key, 'person', kind, value);
}

/** As what a value tells a person again; a card or an account number is no phone, whatever its digits. */
export function comparable(cls: PlaceholderClass, value: string): PersonKey | null {
  const key = personKey(value);
  return key?.kind === 'phone' && cls !== 'phone' ? null : key;
}

/** A value as it is stored under the newest data key, bound to its placeholder. */
export function sealedValue({ data, current }: ObjectKeys, value: string, placeholder: string): ArrayBuffer {
  return blob(encrypted(dataKey(data, current), textBytes(value), placeholder));
}

/** What a row stands for. Throws when its key is gone, or it was altered. */
export function opened({ data }: ObjectKeys, { key, sealed, placeholder }: Row): string {
  return textOf(decrypted(dataKey(data, key), new Uint8Array(sealed), placeholder));
}

function dataKey(data: ObjectKeys['data'], version: number): Uint8Array {
  const key = data.get(version);
  if (!key) throw new Error(`data key ${version} is gone, and a value still hangs on it`);
  return key;
}
