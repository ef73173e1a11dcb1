import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';

export const migrations: Migration[] = [
  journalMigration,
  {
    id: 'calls',
    // `key` is a keyed hash of the idempotency key. `request` holds the caller and the body until the call has ended.
    // WITHOUT ROWID: one b-tree write less for each call, and ids grow with time.
    sql: `CREATE TABLE call (
            id TEXT PRIMARY KEY, key TEXT, digest TEXT NOT NULL, action TEXT NOT NULL, mode TEXT NOT NULL,
            state TEXT NOT NULL, at INTEGER NOT NULL, start_before INTEGER, due INTEGER, tries INTEGER NOT NULL DEFAULT 0,
            by_find INTEGER NOT NULL DEFAULT 0, returns TEXT, request TEXT, approval TEXT, outcome TEXT, status INTEGER, answer TEXT
          ) WITHOUT ROWID;
          CREATE UNIQUE INDEX call_key ON call (key) WHERE key IS NOT NULL;
          CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
  },
  {
    id: 'operators-lane',
    // `effect` holds undo plans, which may hold personal data: never journaled, and pruned after the undo window.
    sql: `CREATE TABLE effect (
            call TEXT PRIMARY KEY, action TEXT NOT NULL, workflow TEXT, at INTEGER NOT NULL, undo TEXT, due INTEGER,
            cancel_until INTEGER, cancel TEXT, taken_back_by TEXT, taken_back_at INTEGER, forget INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX effect_due ON effect (due) WHERE due IS NOT NULL;
          CREATE TABLE lane (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, of TEXT NOT NULL, of_action TEXT NOT NULL, workflow TEXT, action TEXT NOT NULL,
            input TEXT, person TEXT NOT NULL, at INTEGER NOT NULL, intent_at INTEGER NOT NULL, start_before INTEGER NOT NULL,
            state TEXT NOT NULL, due INTEGER, tries INTEGER NOT NULL, told INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX lane_of ON lane (of, id);`,
  },
  {
    id: 'operators-lane-indexes',
    // Looked at by each alarm, once a second under load, while an agent may have left a row for each of its executes.
    sql: `CREATE INDEX effect_forget ON effect (forget);
          CREATE INDEX lane_due ON lane (due) WHERE due IS NOT NULL;
          CREATE INDEX lane_untold ON lane (id) WHERE told = 0;`,
  },
];
