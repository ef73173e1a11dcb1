import { newPlaceholder, type PlaceholderClass } from '../../shared/placeholder.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import type { Sealable } from './entries.ts';
import type { ObjectKeys } from './key-store.ts';
import { comparable, opened, personOf, sealedValue, subjectOf, type Row } from './rows.ts';
import { named } from './sealing.ts';

type Inserted = { name: string; subject: string | null; now: number; expires: number };
type Kept = { placeholder: string; expires: number };

/** A value that is sealed again lives longer, but this much less is not worth a write each time. */
const EXTEND_MS = 3_600_000;
/** Names looked up at once: a statement takes a hundred parameters. */
const LOOK = 90;
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

  /** The placeholders of values, in their order, if each is kept for `keepMs` already, give or take an hour; else null. */
  kept(keys: ObjectKeys, items: readonly Sealable[], now: number, keepMs: number): string[] | null {
    const names = namesOf(keys, items);
    const found = new Map<string, string>();
    for (let from = 0; from < names.length; from += LOOK) {
      const some = names.slice(from, from + LOOK);
      const marks = some.map(() => '?').join(', ');
      const sql = `SELECT name, placeholder, expires FROM value WHERE name IN (${marks})`;
      for (const one of this.#sql.exec<Kept & { name: string }>(sql, ...some))
        if (lasts(one, now, keepMs)) found.set(one.name, one.placeholder);
      // Whatever is new is written together with all the rest.
      if (!some.every((name) => found.has(name))) return null;
    }
    return names.map((name) => found.get(name) ?? '');
  }

  /** The placeholder of a value, the one that it had before if it is kept. It is kept for `keepMs` from now, or longer. */
  seal(keys: ObjectKeys, item: Sealable, now: number, keepMs: number): string {
    const subject = item.subject === null ? null : subjectOf(keys, item.subject);
    const name = nameOf(keys, item, subject);
    const kept = this.#kept(name);
    if (kept && kept.expires > now) return this.#extend(kept, now, keepMs);
    if (kept) this.#sql.exec('DELETE FROM value WHERE placeholder = ?', kept.placeholder);
    return this.#insert(keys, item, { name, subject, now, expires: now + keepMs });
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

  #kept(name: string): Kept | undefined {
    return this.#sql.exec<Kept>('SELECT placeholder, expires FROM value WHERE name = ?', name).toArray()[0];
  }

  #extend(kept: Kept, now: number, keepMs: number): string {
    if (!lasts(kept, now, keepMs))
      this.#sql.exec('UPDATE value SET expires = ? WHERE placeholder = ?', now + keepMs, kept.placeholder);
    return kept.placeholder;
  }

  #insert(keys: ObjectKeys, item: Sealable, { name, subject, now, expires }: Inserted): string {
    const { class: cls, value, source, typed } = item;
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
      subject,
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
}

/** Whether it is kept for as long as it should be, but for what is not worth a write. */
function lasts({ expires }: Kept, now: number, keepMs: number): boolean {
  return expires > now && expires >= now + keepMs - Math.min(EXTEND_MS, keepMs / 16);
}

/** Of each value what it is told again by; most values of a batch are about the same few people. */
function namesOf(keys: ObjectKeys, items: readonly Sealable[]): string[] {
  const subjects = new Map<string, string>();
  const about = (subject: string): string => {
    const known = subjects.get(subject) ?? subjectOf(keys, subject);
    subjects.set(subject, known);
    return known;
  };
  return items.map((item) => nameOf(keys, item, item.subject === null ? null : about(item.subject)));
}

/** The same value of another person is another placeholder: else a first name would say that two are alike. `subject`: hashed. */
function nameOf(keys: ObjectKeys, item: Sealable, subject: string | null): string {
  const { class: cls, value, typed } = item;
  const about = subject === null ? [] : [subject];
  return named(keys.names, 'value', typed ? 'typed' : 'read', cls, value, ...about);
}
