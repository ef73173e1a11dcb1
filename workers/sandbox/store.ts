import type { Migration } from '../../shared/migrate.ts';

export interface Item {
  id: string;
  /** What it is looked up by besides its id, such as a mail address; need not be unique. */
  key: string | null;
  body: Record<string, unknown>;
}

/** What a simulated vendor keeps. */
export interface Store {
  get(type: string, id: string): Item | undefined;
  byKey(type: string, key: string): Item[];
  /** Oldest first. */
  list(type: string): Item[];
  put(type: string, item: Item): void;
  remove(type: string, id: string): void;
  /** A number that no record of this store had before. */
  next(): number;
}

export const storeMigration: Migration = {
  id: 'records',
  sql: `CREATE TABLE record (
          n INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, id TEXT NOT NULL, key TEXT, body TEXT NOT NULL,
          UNIQUE (type, id));
        CREATE INDEX record_key ON record (type, key);
        CREATE TABLE counter (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL);
        INSERT INTO counter VALUES (1, 1000);`,
};

type Row = { id: string; key: string | null; body: string };

/** A store in an object's own SQLite. */
export class SqlStore implements Store {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(type: string, id: string): Item | undefined {
    return this.#items('WHERE type = ? AND id = ?', type, id)[0];
  }

  byKey(type: string, key: string): Item[] {
    return this.#items('WHERE type = ? AND key = ? ORDER BY n', type, key);
  }

  list(type: string): Item[] {
    return this.#items('WHERE type = ? ORDER BY n', type);
  }

  put(type: string, { id, key, body }: Item): void {
    this.#sql.exec(
      `INSERT INTO record (type, id, key, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (type, id) DO UPDATE SET key = excluded.key, body = excluded.body`,
      type,
      id,
      key,
      JSON.stringify(body),
    );
  }

  remove(type: string, id: string): void {
    this.#sql.exec('DELETE FROM record WHERE type = ? AND id = ?', type, id);
  }

  next(): number {
    return this.#sql.exec<{ n: number }>('UPDATE counter SET n = n + 1 RETURNING n').one().n;
  }

  empty(): boolean {
    return this.#sql.exec('SELECT 1 FROM record LIMIT 1').toArray().length === 0;
  }

  clear(): void {
    this.#sql.exec('DELETE FROM record');
  }

  #items(where: string, ...bindings: string[]): Item[] {
    return this.#sql
      .exec<Row>(`SELECT id, key, body FROM record ${where}`, ...bindings)
      .toArray()
      .map(({ id, key, body }) => ({ id, key, body: JSON.parse(body) as Record<string, unknown> }));
  }
}
