import { maskText } from '../../shared/mask.ts';
import type { Migration } from '../../shared/migrate.ts';

/**
 * One request that reached a simulated vendor. Holds no body, no query and of the headers a trace's id alone: the others carry
 * people and secrets.
 */
export interface LogEntry {
  method: string;
  path: string;
  /** Null: the connection broke before an answer. */
  status: number | null;
  /** Unix ms, when the request arrived. */
  at: number;
  /** Whether it changed something. */
  changed: boolean;
  fault: string | null;
  /** Id of the trace that it belongs to, from `traceparent`; null: it carried none. */
  trace: string | null;
}

export const logMigration: Migration = {
  id: 'log',
  sql: `CREATE TABLE log (
          n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
          status INTEGER, changed INTEGER NOT NULL, fault TEXT);`,
};

export const logTraceMigration: Migration = {
  id: 'log-trace',
  sql: 'ALTER TABLE log ADD COLUMN trace TEXT;',
};

/** Enough for every test; a bound, so that a sandbox that runs for weeks does not fill the disk. */
const KEEP = 20_000;

export class RequestLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ at, method, path, status, changed, fault, trace }: LogEntry): void {
    const { n } = this.#sql
      .exec<{ n: number }>(
        'INSERT INTO log (at, method, path, status, changed, fault, trace) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING n',
        at,
        method,
        shownPath(path),
        status,
        changed ? 1 : 0,
        fault,
        trace,
      )
      .one();
    if (n % 1000 === 0) this.#sql.exec('DELETE FROM log WHERE n <= ?', n - KEEP);
  }

  /** Oldest first. */
  list(): LogEntry[] {
    return this.#sql
      .exec<{
        at: number;
        method: string;
        path: string;
        status: number | null;
        changed: number;
        fault: string | null;
        trace: string | null;
      }>('SELECT at, method, path, status, changed, fault, trace FROM log ORDER BY n')
      .toArray()
      .map((row) => ({ ...row, changed: row.changed === 1 }));
  }

  clear(): void {
    this.#sql.exec('DELETE FROM log');
  }
}

/** How the parts of a path look that are words of an API or ids. */
const plain = /^[\w.:-]{0,100}$/;

/** Some APIs take a mail address as a part of the path, or a name: whatever looks like neither a word of an API nor an id is masked. */
function shownPath(path: string): string {
  try {
    return path.split('/').map(shownPart).join('/');
  } catch {
    return '[undecodable]';
  }
}

function shownPart(part: string): string {
  const text = decodeURIComponent(part);
  const masked = maskText(text);
  return masked !== text || plain.test(text) ? masked : '[text]';
}
