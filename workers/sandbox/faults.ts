import { z } from 'zod';
import type { Migration } from '../../shared/migrate.ts';

/** What can be made to go wrong at a simulated vendor. */
export const faults = [
  /** Does the work, then answers late. */
  'slow',
  /** Does the work and answers at once, but the body comes a little at a time until it is late. */
  'drip',
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
  /** Do the work, and answer with every value of another type; with a field more in every object; 207, a part of it. */
  'changed-field',
  'extra-field',
  'partial',
  /** Answers as to a credential that was taken back, and does nothing. */
  'revoked',
  /** Every page is the first one, and says as it does that there are more. */
  'paging-loop',
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
  /** Only requests of this method. */
  method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']).optional(),
  /** Of `slow` and `drip`. */
  delayMs: z.int().min(0).max(60_000).default(10_000),
});

export interface Fault {
  n: number;
  fault: FaultKind;
  times: number | null;
  path: string;
  method: string | null;
  delayMs: number;
}

export const faultMigration: Migration = {
  id: 'faults',
  sql: `CREATE TABLE fault (
          n INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL, times INTEGER, path TEXT NOT NULL,
          method TEXT, delayMs INTEGER NOT NULL);`,
};

/** The faults of one simulated vendor, oldest first. */
export class Faults {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ fault, times, path, method, delayMs }: z.output<typeof faultInput>): void {
    this.#sql.exec(
      'INSERT INTO fault (fault, times, path, method, delayMs) VALUES (?, ?, ?, ?, ?)',
      fault,
      times ?? null,
      path,
      method ?? null,
      delayMs,
    );
  }

  list(): Fault[] {
    return this.#sql
      .exec('SELECT n, fault, times, path, method, delayMs FROM fault ORDER BY n')
      .toArray() as unknown as Fault[];
  }

  clear(): void {
    this.#sql.exec('DELETE FROM fault');
  }

  /** The fault that hits a request, which uses it up once. `unlimited` is no such fault: see `unlimited`. */
  take(request: Hit): Fault | undefined {
    const hit = this.list().find((one) => one.fault !== 'unlimited' && covers(one, request));
    if (!hit || hit.times === null) return hit;
    if (hit.times > 1) this.#sql.exec('UPDATE fault SET times = times - 1 WHERE n = ?', hit.n);
    else this.#sql.exec('DELETE FROM fault WHERE n = ?', hit.n);
    return hit;
  }

  unlimited(request: Hit): boolean {
    return this.list().some((one) => one.fault === 'unlimited' && covers(one, request));
  }
}

interface Hit {
  method: string;
  path: string;
}

function covers(fault: Fault, { method, path }: Hit): boolean {
  return path.startsWith(fault.path) && (fault.method === null || fault.method === method);
}
