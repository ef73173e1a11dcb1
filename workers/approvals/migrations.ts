import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';
import { delegationMigration } from './delegations.ts';
import { seenMigration } from './slack/seen.ts';

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
  {
    // `turn`: the place among what waits; `asked`: the groups that are asked, as JSON; `requester`: for whom the agent acts; `step`:
    // when a reminder or an escalation is due, null when none is.
    id: 'approval-turns',
    sql: `ALTER TABLE approval ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE approval ADD COLUMN action TEXT NOT NULL DEFAULT '';
          ALTER TABLE approval ADD COLUMN asked TEXT NOT NULL DEFAULT '[]';
          ALTER TABLE approval ADD COLUMN requester TEXT;
          ALTER TABLE approval ADD COLUMN step INTEGER;
          UPDATE approval SET action = json_extract(body, '$.action'), requester = json_extract(body, '$.user'),
            asked = json_array(ifnull(json_extract(body, '$.group'), 'approvers')),
            step = CASE WHEN status = 'waiting' THEN 0 END;
          UPDATE approval SET turn = dealt.turn FROM (
            SELECT id, row_number() OVER (PARTITION BY agent ORDER BY deadline, id) AS turn
            FROM approval WHERE status = 'waiting') AS dealt WHERE dealt.id = approval.id;
          DROP INDEX approval_agent;
          CREATE INDEX approval_turn ON approval (turn, id) WHERE status = 'waiting';
          CREATE INDEX approval_agent_turn ON approval (agent, turn) WHERE status = 'waiting';
          CREATE INDEX approval_asked ON approval (asked) WHERE status = 'waiting';
          CREATE INDEX approval_status ON approval (status, id);
          CREATE INDEX approval_step ON approval (step) WHERE step IS NOT NULL;
          CREATE INDEX approval_earlier ON approval (agent, action, ended) WHERE ended IS NOT NULL;`,
  },
  {
    // `done`: people were told, or it was given up.
    id: 'notices',
    sql: `CREATE TABLE notice (
            id TEXT PRIMARY KEY, approval TEXT NOT NULL, at INTEGER NOT NULL, next INTEGER NOT NULL,
            tried INTEGER NOT NULL, done INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE INDEX notice_due ON notice (next) WHERE done = 0;
          CREATE INDEX notice_old ON notice (at) WHERE done = 0;
          CREATE INDEX notice_approval ON notice (approval);`,
  },
  {
    // Counts by day, which are kept longer than approvals.
    id: 'overrides',
    sql: `CREATE TABLE decided_count (
            day TEXT NOT NULL, agent TEXT NOT NULL, action TEXT NOT NULL, policy TEXT NOT NULL,
            decided INTEGER NOT NULL, PRIMARY KEY (day, agent, action, policy)) WITHOUT ROWID;
          CREATE TABLE override_count (
            day TEXT NOT NULL, agent TEXT NOT NULL, action TEXT NOT NULL, policy TEXT NOT NULL, reason TEXT NOT NULL,
            rejected INTEGER NOT NULL, edited INTEGER NOT NULL,
            PRIMARY KEY (day, agent, action, policy, reason)) WITHOUT ROWID;
          CREATE TABLE override_place (
            day TEXT NOT NULL, agent TEXT NOT NULL, action TEXT NOT NULL, policy TEXT NOT NULL, reason TEXT NOT NULL,
            pointer TEXT NOT NULL, times INTEGER NOT NULL,
            PRIMARY KEY (day, agent, action, policy, reason, pointer)) WITHOUT ROWID;`,
  },
  {
    // `pre_look`: requests that a pre-approval may be good for, and that are to be looked at from `at` on.
    id: 'pre-approvals',
    sql: `CREATE TABLE pre_approval (
            id TEXT PRIMARY KEY, agent TEXT NOT NULL, action TEXT NOT NULL, until INTEGER NOT NULL,
            ended INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE INDEX pre_approval_live ON pre_approval (agent, action, until) WHERE ended = 0;
          CREATE INDEX pre_approval_until ON pre_approval (until);
          CREATE TABLE pre_look (approval TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    // An index that begins with `status` is preferred to each of the others, and reads all that waits.
    id: 'approval-narrow-indexes',
    sql: `DROP INDEX approval_status;
          CREATE INDEX approval_approved ON approval (id) WHERE status = 'approved';
          CREATE INDEX approval_over ON approval (id) WHERE status <> 'waiting';
          CREATE INDEX approval_over_status ON approval (status, id) WHERE status <> 'waiting';`,
  },
];

export const indexMigrations: readonly Migration[] = [
  {
    id: 'workflow-of',
    sql: `CREATE TABLE workflow_of (id TEXT PRIMARY KEY, workflow TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE workflow (name TEXT PRIMARY KEY) WITHOUT ROWID;`,
  },
  {
    id: 'agents',
    sql: `CREATE TABLE workflow_of_agent (agent TEXT PRIMARY KEY, workflow TEXT NOT NULL) WITHOUT ROWID;`,
  },
  journalMigration,
  delegationMigration,
  seenMigration,
];
