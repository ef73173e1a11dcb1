import type { Migration } from '../../shared/migrate.ts';
import { evidenceMigration, overridesMigration } from './evidence-store.ts';
import { secretsMigration } from './secret-store.ts';
import { tallyMigration } from './tally-store.ts';

/**
 * A month. The text of an entry is the only truth; what is looked up by is computed from it, so the two can't disagree
 * and an insert stays one row and one small index. The index is kept in order of time, as ids of calls are.
 */
export const monthMigrations: readonly Migration[] = [
  {
    id: 'entries',
    sql: `CREATE TABLE entry (
            n INTEGER PRIMARY KEY,
            body TEXT NOT NULL,
            at TEXT AS (body ->> '$.at'),
            kind TEXT AS (body ->> '$.kind'),
            agent TEXT AS (body ->> '$.data.agent'),
            workflow TEXT AS (body ->> '$.data.workflow'),
            tool TEXT AS (body ->> '$.data.tool'),
            call TEXT AS (body ->> '$.data.call'));
          CREATE INDEX entry_call ON entry (call) WHERE call IS NOT NULL;
          CREATE TABLE head (
            source TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, moved_to TEXT) WITHOUT ROWID;
          CREATE TABLE refused (source TEXT PRIMARY KEY, expected INTEGER NOT NULL) WITHOUT ROWID;
          CREATE TABLE signed (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL);
          INSERT INTO signed VALUES (1, 0);`,
  },
  evidenceMigration,
  tallyMigration,
  {
    id: 'search',
    sql: `ALTER TABLE entry ADD COLUMN action TEXT AS (body ->> '$.data.action');
          ALTER TABLE entry ADD COLUMN session TEXT AS (body ->> '$.data.session');
          ALTER TABLE entry ADD COLUMN outcome TEXT AS (body ->> '$.data.outcome');`,
  },
  overridesMigration,
  secretsMigration,
];

/** The index. `checkpoint.bounds` says up to which row of each month a checkpoint speaks. */
export const indexMigrations: readonly Migration[] = [
  {
    id: 'claims-and-checkpoints',
    sql: `CREATE TABLE claim (source TEXT NOT NULL, month TEXT NOT NULL, PRIMARY KEY (source, month)) WITHOUT ROWID;
          CREATE TABLE month (month TEXT PRIMARY KEY) WITHOUT ROWID;
          CREATE TABLE checkpoint (
            id INTEGER PRIMARY KEY, body TEXT NOT NULL, bounds TEXT NOT NULL);`,
  },
];
