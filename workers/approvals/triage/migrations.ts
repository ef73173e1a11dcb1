import { journalMigration } from '../../../shared/journal-store.ts';
import type { Migration } from '../../../shared/migrate.ts';

/**
 * One workflow. `body` is the whole case, review or notice as JSON; `next`: when a clock rings, or a notice is told; `reported`: the
 * call that a case of misbehaviour is about; `ended`: when it was over.
 */
export const triageMigrations: readonly Migration[] = [
  journalMigration,
  {
    id: 'triage',
    sql: `CREATE TABLE handoff (
            id TEXT PRIMARY KEY, state TEXT NOT NULL, kind TEXT NOT NULL, agent TEXT NOT NULL, reported TEXT,
            next INTEGER, ended INTEGER, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE INDEX handoff_next ON handoff (next) WHERE next IS NOT NULL;
          CREATE INDEX handoff_reported ON handoff (reported) WHERE reported IS NOT NULL;
          CREATE INDEX handoff_ended ON handoff (ended) WHERE ended IS NOT NULL;
          CREATE TABLE review (
            call TEXT PRIMARY KEY, state TEXT NOT NULL, risk INTEGER NOT NULL, overdue INTEGER, ended INTEGER,
            body TEXT NOT NULL) WITHOUT ROWID;
          CREATE INDEX review_list ON review (state, risk);
          CREATE INDEX review_overdue ON review (overdue) WHERE overdue IS NOT NULL;
          CREATE INDEX review_ended ON review (ended) WHERE ended IS NOT NULL;
          CREATE TABLE notice (
            id TEXT PRIMARY KEY, next INTEGER NOT NULL, tried INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL)
            WITHOUT ROWID;
          CREATE INDEX notice_next ON notice (next);`,
  },
];

/** Which workflow a case, or a reviewed call, is of. */
export const triageIndexMigrations: readonly Migration[] = [
  {
    id: 'triage-workflow-of',
    sql: `CREATE TABLE workflow_of (id TEXT PRIMARY KEY, workflow TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE workflow (name TEXT PRIMARY KEY) WITHOUT ROWID;`,
  },
];
