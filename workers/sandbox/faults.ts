import { z } from 'zod';
import type { Migration } from '../../shared/migrate.ts';

/** What can be made to go wrong at a simulated vendor. */
export const faults = [
  /** Does the work, then answers late. */
  'slow',
  /** Answers the vendor's 500 and does nothing. */
  '500',
  /** Answers the vendor's own limit and does nothing. */
  '429',
  /** Does the work, then the connection breaks. */
  'drop-after-commit',
  /** Does nothing and redirects to another host. */
  'redirect',
  /** Do nothing and answer 200 with a page, with over a megabyte, with half a JSON text, with `{}`. */
  'html',
  'huge',
  'garbled',
  'empty',
  /** No limits are enforced. */
  'unlimited',
] as const;
export type FaultKind = (typeof faults)[number];

export const faultInput = z.strictObject({
  fault: z.enum(faults),
  /** For how many requests; absent: until it is taken away. */
  times: z.int().min(1).max(100_000).optional(),
  /** Only requests whose path starts so. */
  path: z.string().startsWith('/').max(200).default('/'),
  /** Of `slow`. */
  delayMs: z.int().min(0).max(60_000).default(10_000),
});

export interface Fault {
  n: number;
  fault: FaultKind;
  times: number | null;
  path: string;
  delayMs: number;
}

export const faultMigration: Migration = {
  id: 'faults',
  sql: `CREATE TABLE fault (
          n INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL, times INTEGER, path TEXT NOT NULL,
          delayMs INTEGER NOT NULL);`,
};

/** The faults of one simulated vendor, oldest first. */
export class Faults {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ fault, times, path, delayMs }: z.output<typeof faultInput>): void {
    this.#sql.exec(
      'INSERT INTO fault (fault, times, path, delayMs) VALUES (?, ?, ?, ?)',
      fault,
      times ?? null,
      path,
      delayMs,
    );
  }

  list(): Fault[] {
    return this.#sql
      .exec<{ n: number; fault: string; times: number | null; path: string; delayMs: number }>(
        'SELECT n, fault, times, path, delayMs FROM fault ORDER BY n',
      )
      .toArray() as Fault[];
  }

  clear(): void {
    this.#sql.exec('DELETE FROM fault');
  }

  /** The fault that hits a request, which uses it up once. `unlimited` is no such fault: see `unlimited`. */
  take(path: string): Fault | undefined {
    const hit = this.list().find((one) => one.fault !== 'unlimited' && path.startsWith(one.path));
    if (!hit || hit.times === null) return hit;
    if (hit.times > 1) this.#sql.exec('UPDATE fault SET times = times - 1 WHERE n = ?', hit.n);
    else this.#sql.exec('DELETE FROM fault WHERE n = ?', hit.n);
    return hit;
  }

  unlimited(path: string): boolean {
    return this.list().some(({ fault, path: start }) => fault === 'unlimited' && path.startsWith(start));
  }
}
