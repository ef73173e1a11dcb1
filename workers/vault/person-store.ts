import { names, type Counts, type PersonKey } from '../../shared/erasure.ts';
import type { ObjectKeys } from './key-store.ts';
import { comparable, opened, personOf, subjectOf, type Row } from './rows.ts';

/** A value that is about a person. */
export type Found = Pick<Row, 'placeholder' | 'class' | 'subject'>;

/** What one agent's vault holds about a person. Plain reads and writes, which join the caller's transaction. */
export class PersonStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
    const row = this.#sql
      .exec<Row>('SELECT * FROM value WHERE placeholder = ? AND expires > ?', placeholder, now)
      .toArray()[0];
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

/** How many of each class. */
export function countsOf(found: readonly Found[]): Counts {
  const classes = Map.groupBy(found, (one) => one.class);
  return Object.fromEntries([...classes].map(([cls, all]) => [cls, all.length]));
}
