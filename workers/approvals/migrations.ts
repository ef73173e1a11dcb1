import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';

/**
 * One workflow. `body` is the whole approval as JSON; `told`: the guard knows its state, after `tried` attempts that
 * failed, and is not told before `next`; `ended`: when its last state was reached, null while it is open.
 */
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
  {
    id: 'approval-ends',
    sql: `ALTER TABLE approval ADD COLUMN agent TEXT NOT NULL DEFAULT '';
          ALTER TABLE approval ADD COLUMN next INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE approval ADD COLUMN ended INTEGER;
          UPDATE approval SET agent = json_extract(body, '$.agent'),
            ended = CASE WHEN status IN ('waiting', 'approved') THEN NULL ELSE deadline END;
          DROP INDEX approval_waiting;
          DROP INDEX approval_outbox;
          CREATE INDEX approval_open ON approval (deadline) WHERE status IN ('waiting', 'approved');
          CREATE INDEX approval_outbox ON approval (next) WHERE told = 0 AND status <> 'waiting';
          CREATE INDEX approval_ended ON approval (ended) WHERE ended IS NOT NULL;
          CREATE INDEX approval_agent ON approval (agent, status, deadline);`,
  },
];

export const indexMigrations: readonly Migration[] = [
  {
    id: 'workflow-of',
    sql: `CREATE TABLE workflow_of (id TEXT PRIMARY KEY, workflow TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE workflow (name TEXT PRIMARY KEY) WITHOUT ROWID;`,
  },
];
