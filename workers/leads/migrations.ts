import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';

/** Tables of one site's inbox. Append only. */
export const inboxMigrations: readonly Migration[] = [
  journalMigration,
  {
    id: 'inbox',
    sql: `
      CREATE TABLE inbox (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        site TEXT NOT NULL,
        key TEXT NOT NULL,
        indexed INTEGER NOT NULL DEFAULT 0,
        config TEXT NOT NULL
      );
      CREATE TABLE lead (
        id TEXT PRIMARY KEY,
        received_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        queue TEXT,
        routed_by TEXT,
        test INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        due_at INTEGER,
        fingerprint TEXT NOT NULL,
        draft TEXT NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX lead_same ON lead (fingerprint, received_at);
      CREATE INDEX lead_due ON lead (due_at) WHERE due_at IS NOT NULL;
      CREATE TABLE routing (
        call TEXT PRIMARY KEY,
        lead TEXT NOT NULL,
        queue TEXT NOT NULL,
        note TEXT NOT NULL,
        at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX routing_lead ON routing (lead);
      CREATE TABLE admission (at INTEGER NOT NULL, sender TEXT, lane TEXT NOT NULL);
      CREATE INDEX admission_sender ON admission (sender, at);`,
  },
  {
    id: 'decided',
    sql: `
      CREATE TABLE decided (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        lead TEXT NOT NULL,
        by TEXT NOT NULL,
        queue TEXT NOT NULL,
        at INTEGER NOT NULL,
        reason TEXT,
        corrected_at INTEGER
      );
      CREATE INDEX decided_lead ON decided (lead);
      CREATE INDEX decided_at ON decided (at);`,
  },
  {
    // What was told in clear until now waits in `unsealed` for the code that seals it, right after.
    id: 'sealed',
    sql: `
      ALTER TABLE lead RENAME TO unsealed;
      DROP INDEX lead_same;
      DROP INDEX lead_due;
      CREATE TABLE lead (
        id TEXT PRIMARY KEY,
        received_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        queue TEXT,
        routed_by TEXT,
        test INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        due_at INTEGER,
        fingerprint TEXT NOT NULL,
        clear TEXT NOT NULL,
        fields TEXT NOT NULL,
        sealed TEXT NOT NULL,
        email TEXT,
        phone TEXT
      ) WITHOUT ROWID;
      CREATE INDEX lead_same ON lead (fingerprint, received_at);
      CREATE INDEX lead_due ON lead (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX lead_email ON lead (email) WHERE email IS NOT NULL;
      CREATE INDEX lead_phone ON lead (phone) WHERE phone IS NOT NULL;
      ALTER TABLE routing RENAME TO unsealed_routing;
      DROP INDEX routing_lead;
      CREATE TABLE routing (
        call TEXT PRIMARY KEY,
        lead TEXT NOT NULL,
        queue TEXT NOT NULL,
        note TEXT NOT NULL,
        at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX routing_lead ON routing (lead);`,
  },
  {
    // How many leads each erasure of a person deleted here, since it may ask again.
    id: 'erased',
    sql: 'CREATE TABLE erased (erasure TEXT PRIMARY KEY, leads INTEGER NOT NULL) WITHOUT ROWID;',
  },
];

/** Table of the index of sites. Append only. */
export const indexMigrations: readonly Migration[] = [
  { id: 'site', sql: 'CREATE TABLE site (id TEXT PRIMARY KEY) WITHOUT ROWID;' },
];
