import type { Counts, PersonKey } from '../../shared/erasure.ts';
import { folded, names, personKey } from '../../shared/erasure.ts';
import { newPlaceholder, type PlaceholderClass } from '../../shared/placeholder.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import type { Sealable } from './entries.ts';
import type { ObjectKeys } from './key-store.ts';
import { blob, decrypted, encrypted, named, textBytes, textOf } from './sealing.ts';

type Row = {
  placeholder: string;
  class: PlaceholderClass;
  typed: number;
  subject: string | null;
  source: string;
  key: number;
  sealed: ArrayBuffer;
};
type Kept = { placeholder: string; expires: number };

/** A value that is sealed again lives longer, but this much less is not worth a write each time. */
const EXTEND_MS = 3_600_000;
/** Fifty bits are drawn again when an agent has them already; more often than that is no chance. */
const DRAWS = 8;

/** One agent's values over its own SQLite: plain reads and writes, which join the caller's transaction. Times in Unix ms. */
export class ValueStore {
  readonly #sql: SqlStorage;
  readonly #random: () => Uint8Array;

  /** `random`: ten random bytes at a time. */
  constructor(sql: SqlStorage, random: () => Uint8Array) {
    this.#sql = sql;
    this.#random = random;
  }

  /** The placeholder that a value has, if nothing needs to be written for it to keep it for `keepMs`, give or take an hour. */
  kept(keys: ObjectKeys, item: Sealable, now: number, keepMs: number): string | null {
    const kept = this.#kept(nameOf(keys, item));
    return kept && lasts(kept, now, keepMs) ? kept.placeholder : null;
  }

  /** The placeholder of a value, the one that it had before if it is kept. It is kept for `keepMs` from now, or longer. */
  seal(keys: ObjectKeys, item: Sealable, now: number, keepMs: number): string {
    const name = nameOf(keys, item);
    const kept = this.#kept(name);
    if (kept && kept.expires > now) return this.#extend(kept, now, keepMs);
    if (kept) this.#sql.exec('DELETE FROM value WHERE placeholder = ?', kept.placeholder);
    return this.#insert(keys, item, name, now, now + keepMs);
  }

  /** What may be known of a placeholder; null: nothing, as it is not kept. */
  known(placeholder: string, now: number): KnownPlaceholder | null {
    const row = this.#row(placeholder, now);
    if (!row) return null;
    const { class: cls, subject, source, typed } = row;
    return { placeholder, class: cls, subject, source, typed: typed === 1 };
  }

  /** What a placeholder stands for; undefined: it is not kept. */
  open(keys: ObjectKeys, placeholder: string, now: number): string | undefined {
    const row = this.#row(placeholder, now);
    return row && opened(keys, row);
  }

  /** Deletes at most `limit` values whose time is over. Returns how many. */
  expire(now: number, limit: number): number {
    const over = 'SELECT placeholder FROM value WHERE expires <= ? ORDER BY expires LIMIT ?';
    const sql = `DELETE FROM value WHERE placeholder IN (${over}) RETURNING 1`;
    return this.#sql.exec(sql, now, limit).toArray().length;
  }

  /** When the next value's time is over. */
  get nextExpiry(): number | null {
    return this.#sql.exec<{ at: number | null }>('SELECT min(expires) AS at FROM value').one().at;
  }

  get count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM value').one().n;
  }

  /** How many values hang on a data key of before. */
  behind({ current }: ObjectKeys): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM value WHERE key < ?', current).one().n;
  }

  /** Encrypts at most `limit` values of older data keys anew. Returns how many. */
  renew(keys: ObjectKeys, limit: number): number {
    const rows = this.#sql
      .exec<Row>('SELECT * FROM value WHERE key < ? LIMIT ?', keys.current, limit)
      .toArray();
    for (const row of rows) {
      const sealed = sealedValue(keys, opened(keys, row), row.placeholder);
      this.#sql.exec(
        'UPDATE value SET key = ?, sealed = ? WHERE placeholder = ?',
        keys.current,
        sealed,
        row.placeholder,
      );
    }
    return rows.length;
  }

  /**
   * Everything about a person: values that are theirs by a key, all that has the subject of such a value or of the placeholder,
   * and texts that name them. A text is not followed to its subject: it may be about somebody else.
   */
  about(keys: ObjectKeys, persons: readonly PersonKey[], placeholder: string | null): Found[] {
    const own = [
      ...persons.flatMap((person) => this.#found('person = ?', personOf(keys, person))),
      ...(placeholder === null ? [] : this.#found('placeholder = ?', placeholder)),
    ];
    const emails = persons.filter(({ kind }) => kind === 'email');
    const subjects = new Set([
      ...own.flatMap(({ subject }) => subject ?? []),
      ...emails.map(({ value }) => subjectOf(keys, `email:${value}`)),
    ]);
    const related = [...subjects].flatMap((subject) => this.#found('subject = ?', subject));
    const all = [...own, ...related, ...this.#naming(keys, persons)];
    return [...new Map(all.map((one) => [one.placeholder, one])).values()];
  }

  /** The keys of whoever a placeholder is about: its own value, else the mail addresses that have its subject. */
  keysOf(keys: ObjectKeys, placeholder: string, now: number): PersonKey[] | null {
    const row = this.#row(placeholder, now);
    if (!row) return null;
    const own = comparable(row.class, opened(keys, row));
    if (own || row.subject === null) return own ? [own] : [];
    const mails = this.#sql
      .exec<Row>("SELECT * FROM value WHERE subject = ? AND class = 'email'", row.subject)
      .toArray();
    return mails.flatMap((mail) => comparable('email', opened(keys, mail)) ?? []);
  }

  /** Deletes values. */
  erase(found: readonly Found[]): void {
    for (const { placeholder } of found)
      this.#sql.exec('DELETE FROM value WHERE placeholder = ?', placeholder);
  }

  #kept(name: string): Kept | undefined {
    return this.#sql.exec<Kept>('SELECT placeholder, expires FROM value WHERE name = ?', name).toArray()[0];
  }

  #extend(kept: Kept, now: number, keepMs: number): string {
    if (!lasts(kept, now, keepMs))
      this.#sql.exec('UPDATE value SET expires = ? WHERE placeholder = ?', now + keepMs, kept.placeholder);
    return kept.placeholder;
  }

  #insert(keys: ObjectKeys, item: Sealable, name: string, now: number, expires: number): string {
    const { class: cls, value, subject, source, typed } = item;
    const about = subject === null ? null : subjectOf(keys, subject);
    const key = comparable(cls, value);
    const person = key && personOf(keys, key);
    const placeholder = this.#free(cls);
    this.#sql.exec(
      `INSERT INTO value (placeholder, name, class, typed, subject, source, key, sealed, at, expires, person)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      placeholder,
      name,
      cls,
      typed ? 1 : 0,
      about,
      source,
      keys.current,
      sealedValue(keys, value, placeholder),
      now,
      expires,
      person,
    );
    return placeholder;
  }

  #free(cls: PlaceholderClass): string {
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const placeholder = newPlaceholder(cls, this.#random());
      const taken = this.#sql.exec('SELECT 1 FROM value WHERE placeholder = ?', placeholder).toArray();
      if (taken.length === 0) return placeholder;
    }
    throw new Error(`no free placeholder in ${DRAWS} draws: the source of randomness is broken`);
  }

  #row(placeholder: string, now: number): Row | undefined {
    return this.#sql
      .exec<Row>('SELECT * FROM value WHERE placeholder = ? AND expires > ?', placeholder, now)
      .toArray()[0];
  }

  #found(condition: string, value: string): Found[] {
    return this.#sql
      .exec<Found>(`SELECT placeholder, class, subject FROM value WHERE ${condition}`, value)
      .toArray();
  }

  #naming(keys: ObjectKeys, persons: readonly PersonKey[]): Found[] {
    if (persons.length === 0) return [];
    const found: Found[] = [];
    for (const row of this.#sql.exec<Row>("SELECT * FROM value WHERE class = 'text'")) {
      const text = opened(keys, row);
      if (persons.some((person) => names(text, person))) found.push(row);
    }
    return found.map(({ placeholder, class: cls, subject }) => ({ placeholder, class: cls, subject }));
  }
}

/** Whether it is kept for as long as it should be, but for what is not worth a write. */
function lasts({ expires }: Kept, now: number, keepMs: number): boolean {
  return expires > now && expires >= now + keepMs - Math.min(EXTEND_MS, keepMs / 16);
}

export type Found = Pick<Row, 'placeholder' | 'class' | 'subject'>;

/** How many of each class. */
export function countsOf(found: readonly Found[]): Counts {
  const classes = Map.groupBy(found, (one) => one.class);
  return Object.fromEntries([...classes].map(([cls, all]) => [cls, all.length]));
}

/** The same value of another person is another placeholder: else a first name would say that two are alike. */
function nameOf(keys: ObjectKeys, { class: cls, value, subject, typed }: Sealable): string {
  const about = subject === null ? [] : [subjectOf(keys, subject)];
  return named(keys.names, 'value', typed ? 'typed' : 'read', cls, value, ...about);
}

/** Ids of records differ by case, mail addresses do not. */
function subjectOf({ names: key }: ObjectKeys, subject: string): string {
  return named(key, 'subject', subject.startsWith('email:') ? folded(subject) : subject);
}

function personOf({ names: key }: ObjectKeys, { kind, value }: PersonKey): string {
  return named(key, 'person', kind, value);
}

/** As what a value tells a person again; a card or an account number is no phone, whatever its digits. */
function comparable(cls: PlaceholderClass, value: string): PersonKey | null {
  const key = personKey(value);
  return key?.kind === 'phone' && cls !== 'phone' ? null : key;
}

function sealedValue({ data, current }: ObjectKeys, value: string, placeholder: string): ArrayBuffer {
  return blob(encrypted(dataKey(data, current), textBytes(value), placeholder));
}

function opened({ data }: ObjectKeys, { key, sealed, placeholder }: Row): string {
  return textOf(decrypted(dataKey(data, key), new Uint8Array(sealed), placeholder));
}

function dataKey(data: ObjectKeys['data'], version: number): Uint8Array {
  const key = data.get(version);
  if (!key) throw new Error(`data key ${version} is gone, and a value still hangs on it`);
  return key;
}
