import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';

/**
 * `body`: the notice as JSON; `planned`: its deliveries are known. A delivery is `due` until it is `done` or `failed` for good;
 * `next`: not before then (Unix ms).
 */
export const migrations: readonly Migration[] = [
  journalMigration,
  {
    id: 'notices',
    sql: `CREATE TABLE notice (
            id TEXT PRIMARY KEY, at INTEGER NOT NULL, planned INTEGER NOT NULL, next INTEGER NOT NULL,
            tried INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE INDEX notice_at ON notice (at);
          CREATE INDEX notice_unplanned ON notice (next) WHERE planned = 0;
          CREATE TABLE delivery (
            notice TEXT NOT NULL, n INTEGER NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,
            state TEXT NOT NULL, tried INTEGER NOT NULL, next INTEGER NOT NULL, detail TEXT NOT NULL,
            PRIMARY KEY (notice, n)) WITHOUT ROWID;
          CREATE INDEX delivery_due ON delivery (next) WHERE state = 'due';
          CREATE INDEX delivery_troubled ON delivery (notice) WHERE state = 'failed' OR (state = 'due' AND tried > 0);`,
  },
];
