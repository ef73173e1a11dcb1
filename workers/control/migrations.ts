import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';
import { autonomyMigration } from './autonomy-store.ts';
import { drillMigration } from './drills.ts';
import { exerciseMigration } from './exercise-store.ts';
import { evidenceMigration } from './policy-evidence.ts';
import { shadowMigration } from './shadow.ts';
import { setPartMigration } from './set-store.ts';

export const migrations: Migration[] = [
  journalMigration,
  {
    id: 'authority',
    sql: `CREATE TABLE authority (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, heartbeat INTEGER);
          INSERT INTO authority VALUES (1, 0, NULL);
          CREATE TABLE stop (target TEXT PRIMARY KEY, since TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL);
          CREATE TABLE receipt (id TEXT PRIMARY KEY, status TEXT NOT NULL, body TEXT NOT NULL);
          CREATE TABLE governance (n INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL);`,
  },
  {
    id: 'stops-by-source',
    sql: `CREATE TABLE stopped (target TEXT NOT NULL, source TEXT NOT NULL, since TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,
            held INTEGER NOT NULL, PRIMARY KEY (target, source)) WITHOUT ROWID;
          INSERT INTO stopped SELECT target, 'people', since, by, reason, 0 FROM stop;
          DROP TABLE stop;`,
  },
  {
    id: 'receipts-by-target',
    // An id begins with the time of its stop, so either index is in the order of time.
    sql: `ALTER TABLE receipt ADD COLUMN target TEXT GENERATED ALWAYS AS (json_extract(body, '$.target')) VIRTUAL;
          CREATE INDEX receipt_target ON receipt (target, id);
          CREATE INDEX receipt_status ON receipt (status, id);`,
  },
  drillMigration,
  {
    id: 'sources',
    sql: `CREATE TABLE flag (name TEXT PRIMARY KEY, body TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE heard (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL, at INTEGER NOT NULL, etag TEXT, body TEXT NOT NULL);`,
  },
  {
    id: 'halt-probe',
    sql: `CREATE TABLE probe (one INTEGER PRIMARY KEY CHECK (one = 1), began INTEGER NOT NULL, body TEXT);
          INSERT INTO probe VALUES (1, 0, NULL);`,
  },
  {
    // `began` and `ended` are epochs: in force from the one until before the other. Triggers, so that no way of stopping or
    // resuming forgets it; the epoch is raised before the rows change.
    id: 'people',
    sql: `CREATE TABLE stoppage (n INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, source TEXT NOT NULL,
            began INTEGER NOT NULL, ended INTEGER, ended_at INTEGER);
          CREATE INDEX stoppage_ended ON stoppage (ended_at);
          CREATE TABLE stop_notice (n INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, epoch INTEGER NOT NULL);
          INSERT INTO stoppage (target, source, began) SELECT target, source, 0 FROM stopped;
          CREATE TRIGGER stop_began AFTER INSERT ON stopped BEGIN
            INSERT INTO stoppage (target, source, began) SELECT NEW.target, NEW.source, epoch FROM authority;
            INSERT INTO stop_notice (target, epoch) SELECT NEW.target, epoch FROM authority;
          END;
          CREATE TRIGGER stop_ended AFTER DELETE ON stopped BEGIN
            UPDATE stoppage SET ended = (SELECT epoch FROM authority), ended_at = unixepoch()
              WHERE target = OLD.target AND source = OLD.source AND ended IS NULL;
          END;
          CREATE TABLE resume_waiting (target TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE resumed_alone (n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL);
          CREATE TABLE answered (request TEXT PRIMARY KEY, hash TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT) WITHOUT ROWID;
          CREATE INDEX answered_at ON answered (at);
          ALTER TABLE governance ADD COLUMN approved_by TEXT;
          CREATE TABLE governance_waiting (one INTEGER PRIMARY KEY CHECK (one = 1), shown TEXT NOT NULL, body TEXT NOT NULL);`,
  },
  {
    id: 'operators-lane',
    sql: `CREATE TABLE deferring (agent TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
          CREATE TABLE operated (call TEXT NOT NULL, receipt TEXT NOT NULL, PRIMARY KEY (call, receipt)) WITHOUT ROWID;`,
  },
  {
    // Which switches each Unleash server has had. Those that it stops already count: missing must not become "never seen".
    id: 'seen-switches',
    sql: `CREATE TABLE seen (origin TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (origin, name)) WITHOUT ROWID;
          INSERT INTO seen SELECT heard.origin,
              CASE stopped.target WHEN 'all' THEN 'gate.enabled' ELSE replace(stopped.target, ':', '.') || '.enabled' END
            FROM heard, stopped WHERE stopped.source = 'unleash' AND stopped.held = 1;`,
  },
  setPartMigration,
  autonomyMigration,
  {
    // The versions of an agent's manifest: one row for each set that changed it, with neither number nor part where it was
    // taken away.
    id: 'governance-history',
    sql: `ALTER TABLE governance ADD COLUMN reason TEXT NOT NULL DEFAULT '';
          ALTER TABLE governance ADD COLUMN approval_reason TEXT;
          ALTER TABLE governance ADD COLUMN origin TEXT NOT NULL DEFAULT 'applied';
          ALTER TABLE governance ADD COLUMN widens TEXT NOT NULL DEFAULT '[]';
          CREATE INDEX governance_version ON governance (version, n);
          CREATE TABLE manifest_version (agent TEXT NOT NULL, n INTEGER NOT NULL, number INTEGER, part TEXT,
            PRIMARY KEY (agent, n)) WITHOUT ROWID;`,
  },
  shadowMigration,
  exerciseMigration,
  evidenceMigration,
];
