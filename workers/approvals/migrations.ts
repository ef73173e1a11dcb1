import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';

/** One workflow. `body` is the whole approval as JSON; `told`: the guard knows that it is over. */
export const workflowMigrations: readonly Migration[] = [
  journalMigration,
  {
    id: 'approvals',
    sql: `CREATE TABLE approval (
            id TEXT PRIMARY KEY, status TEXT NOT NULL, deadline INTEGER NOT NULL, told INTEGER NOT NULL,
            tried INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE INDEX approval_waiting ON approval (deadline) WHERE status = 'waiting';
          CREATE INDEX approval_outbox ON approval (tried, id) WHERE told = 0 AND status <> 'waiting';`,
  },
];

export const indexMigrations: readonly Migration[] = [
  {
    id: 'workflow-of',
    sql: `CREATE TABLE workflow_of (id TEXT PRIMARY KEY, workflow TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE workflow (name TEXT PRIMARY KEY) WITHOUT ROWID;`,
  },
];
