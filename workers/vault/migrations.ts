import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';
import { keyMigration } from './key-store.ts';

/** Of one agent's vault. Append; never change what is there. */
export const vaultMigrations: readonly Migration[] = [
  {
    id: '1-values',
    sql: `
      CREATE TABLE key (n INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, at INTEGER NOT NULL);
      CREATE TABLE value (
        placeholder TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        class TEXT NOT NULL,
        typed INTEGER NOT NULL,
        subject TEXT,
        source TEXT NOT NULL,
        key INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        at INTEGER NOT NULL,
        expires INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX value_expires ON value (expires);
      CREATE INDEX value_subject ON value (subject);
      CREATE TABLE opening (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        call TEXT NOT NULL,
        by TEXT NOT NULL,
        reason TEXT NOT NULL,
        placeholders TEXT NOT NULL
      );
    `,
  },
  journalMigration,
  keyMigration,
  {
    // What the first form held was one day's, of no deployed gate, and hung on a key that could not be rotated.
    id: '2-person',
    sql: `
      DROP TABLE key;
      DROP TABLE opening;
      DELETE FROM value;
      ALTER TABLE value ADD COLUMN person TEXT;
      CREATE INDEX value_person ON value (person) WHERE person IS NOT NULL;
      CREATE INDEX value_key ON value (key);
      CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), registered INTEGER NOT NULL);
      INSERT INTO state VALUES (1, 0);
      CREATE TABLE erasure (id TEXT PRIMARY KEY, counts TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    `,
  },
];

/** Of the index. Append; never change what is there. */
export const indexMigrations: readonly Migration[] = [
  {
    id: '1-agents',
    sql: `
      CREATE TABLE agent (
        name TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        status TEXT,
        looked INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE sweep (one INTEGER PRIMARY KEY CHECK (one = 1), key TEXT, done INTEGER);
      INSERT INTO sweep VALUES (1, NULL, NULL);
      CREATE TABLE erasure (
        id TEXT PRIMARY KEY,
        person TEXT NOT NULL,
        by TEXT NOT NULL,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        asked BLOB,
        leads INTEGER,
        leads_done INTEGER NOT NULL,
        erased INTEGER,
        completed INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE erasure_agent (
        erasure TEXT NOT NULL,
        agent TEXT NOT NULL,
        counts TEXT,
        PRIMARY KEY (erasure, agent)
      ) WITHOUT ROWID;
    `,
  },
  journalMigration,
  keyMigration,
];
