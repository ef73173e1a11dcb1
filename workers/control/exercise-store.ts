import type { ExerciseRecord } from '../../shared/exercise.ts';
import type { Migration } from '../../shared/migrate.ts';

export const exerciseMigration: Migration = {
  id: 'exercises',
  sql: `CREATE TABLE exercise (id TEXT PRIMARY KEY, open INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE INDEX exercise_open ON exercise (open) WHERE open = 1;`,
};

/** So many are shown. All of them stay in the journal. */
const SHOWN = 50;

/** Exercises, as control keeps them. Changes join their caller's transaction. */
export class ExerciseStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The one that is not over; null: none. */
  open(): ExerciseRecord | null {
    return this.#read('SELECT body FROM exercise WHERE open = 1 LIMIT 1')[0] ?? null;
  }

  get(id: string): ExerciseRecord | null {
    return this.#read('SELECT body FROM exercise WHERE id = ?', id)[0] ?? null;
  }

  /** The last ones, newest first. */
  last(): ExerciseRecord[] {
    return this.#read('SELECT body FROM exercise ORDER BY id DESC LIMIT ?', SHOWN);
  }

  put(exercise: ExerciseRecord): void {
    const { id, state } = exercise;
    const open = state === 'open' ? 1 : 0;
    this.#sql.exec('INSERT OR REPLACE INTO exercise VALUES (?, ?, ?)', id, open, JSON.stringify(exercise));
  }

  /** A contact was notified: a second notification of the same one takes the first one's place. */
  notified(id: string, contact: string, address: string, askedAt: string): void {
    const was = this.get(id);
    if (!was) return;
    const others = was.contacts.filter((one) => one.contact !== contact);
    this.put({ ...was, contacts: [...others, { contact, address, askedAt, acknowledged: null }] });
  }

  /** The contact answered with the code of that notification. */
  acknowledged(id: string, contact: string, by: string, at: string): void {
    const was = this.get(id);
    if (!was) return;
    const contacts = was.contacts.map((one) =>
      one.contact === contact ? { ...one, acknowledged: { by, at } } : one,
    );
    this.put({ ...was, contacts });
  }

  #read(query: string, ...values: (string | number)[]): ExerciseRecord[] {
    return this.#sql
      .exec<{ body: string }>(query, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as ExerciseRecord);
  }
}
