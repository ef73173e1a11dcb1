import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';

/** Sums of what was used longer ago than any row tells. `currency` '': none. */
const totals: Migration = {
  id: 'totals',
  sql: `CREATE TABLE total (
          action TEXT NOT NULL, currency TEXT NOT NULL, each TEXT NOT NULL, name TEXT NOT NULL,
          spend INTEGER NOT NULL, recipients INTEGER NOT NULL, records INTEGER NOT NULL,
          PRIMARY KEY (action, currency, each, name)
        ) WITHOUT ROWID;`,
};

/** Of the object `Pool`. */
export const poolMigrations: Migration[] = [
  totals,
  {
    id: 'holds',
    // `usage`: JSON of what the call takes. `due`: when its guard is asked how it ended; null: it is known.
    sql: `CREATE TABLE hold (
            id TEXT PRIMARY KEY, agent TEXT NOT NULL, call TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL,
            usage TEXT NOT NULL, due INTEGER, tries INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX hold_due ON hold (due) WHERE due IS NOT NULL;
          CREATE INDEX hold_at ON hold (at);
          CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
  },
];

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
  totals,
  {
    id: 'usage',
    // `usage`: JSON of what the call took when it began; null: it counted as a call only.
    sql: `ALTER TABLE call ADD COLUMN usage TEXT;
          CREATE TABLE pool_word (
            id INTEGER PRIMARY KEY AUTOINCREMENT, pool TEXT NOT NULL, hold TEXT NOT NULL, word TEXT NOT NULL
          );`,
  },
  {
    id: 'proposals',
    // `input` may hold personal data, like a waiting call's: never journaled, and gone with the row. `seen` are keyed hashes.
    sql: `CREATE TABLE proposal (
            id TEXT PRIMARY KEY, action TEXT NOT NULL, input TEXT NOT NULL, contract TEXT NOT NULL, policy TEXT NOT NULL,
            seen TEXT NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL, expires INTEGER NOT NULL, claimed_by TEXT);
          CREATE INDEX proposal_expires ON proposal (expires);`,
  },
  {
    id: 'asked',
    // What counts against the agent's rates and has no row of its own.
    sql: `CREATE TABLE asked (action TEXT NOT NULL, at INTEGER NOT NULL);
          CREATE INDEX asked_at ON asked (at);`,
  },
  { id: 'undo-window', sql: 'ALTER TABLE effect ADD COLUMN undo_until INTEGER;' },
  {
    id: 'effects-of-all',
    // Every execute has a row from here on, so that people can be told what cannot be taken back, too.
    sql: `ALTER TABLE effect ADD COLUMN session TEXT;
          ALTER TABLE effect ADD COLUMN record TEXT;
          ALTER TABLE effect ADD COLUMN record_id TEXT;
          ALTER TABLE effect ADD COLUMN person TEXT;
          ALTER TABLE effect ADD COLUMN outcome TEXT NOT NULL DEFAULT 'succeeded';
          CREATE INDEX effect_at ON effect (at, call) WHERE person IS NULL;
          CREATE INDEX effect_undo ON effect (undo_until) WHERE undo IS NOT NULL;
          CREATE INDEX effect_cancel ON effect (due) WHERE cancel IS NOT NULL;`,
  },
  {
    id: 'lane-verified',
    sql: `ALTER TABLE lane ADD COLUMN forced INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE lane ADD COLUMN verified TEXT;`,
  },
  {
    id: 'artefact-words',
    // `word` holds contents, which may be personal: gone as soon as the keeper of the versions has it.
    sql: `CREATE TABLE artefact_word (id INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, word TEXT NOT NULL);`,
  },
  { id: 'lane-why', sql: 'ALTER TABLE lane ADD COLUMN why TEXT;' },
  {
    id: 'incident',
    sql: `CREATE TABLE incident (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, tool TEXT NOT NULL, record TEXT NOT NULL, summary TEXT NOT NULL,
            workflow TEXT, at INTEGER NOT NULL, times INTEGER NOT NULL, contact TEXT, delivery TEXT NOT NULL,
            notified_at INTEGER, acknowledged_at INTEGER, acknowledged_by TEXT) WITHOUT ROWID;
          CREATE INDEX incident_at ON incident (at);`,
  },
  {
    id: 'revisions',
    // `body` holds an input, like a waiting call's request: never journaled, and gone once the call starts or ends.
    sql: `CREATE TABLE revision (
            call TEXT NOT NULL, n INTEGER NOT NULL, from_digest TEXT NOT NULL, edits TEXT NOT NULL, body TEXT NOT NULL,
            pointers TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (call, n));
          ALTER TABLE call ADD COLUMN edited TEXT;`,
  },
  {
    id: 'provenance',
    // `marks` are keyed hashes, 8 bytes each: of what the agent was told nothing can be read here.
    sql: `CREATE TABLE provenance (
            id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, call TEXT NOT NULL, level TEXT NOT NULL, at INTEGER NOT NULL,
            marks BLOB NOT NULL);
          CREATE INDEX provenance_at ON provenance (at);`,
  },
  {
    id: 'handoff',
    // `key` and `content`: keyed hashes of the idempotency key and of what was filed; `untold`: triage lacks it, or how often.
    sql: `CREATE TABLE handoff (
            id TEXT PRIMARY KEY, key TEXT, content TEXT NOT NULL, at INTEGER NOT NULL, times INTEGER NOT NULL,
            untold INTEGER NOT NULL, workflow TEXT, draft TEXT NOT NULL, standing TEXT) WITHOUT ROWID;
          CREATE INDEX handoff_at ON handoff (at);
          CREATE UNIQUE INDEX handoff_key ON handoff (key) WHERE key IS NOT NULL;
          CREATE INDEX handoff_content ON handoff (content, at);
          CREATE INDEX handoff_untold ON handoff (untold) WHERE untold = 1;`,
  },
  {
    id: 'review',
    sql: `CREATE TABLE review (call TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE review_score (n INTEGER PRIMARY KEY AUTOINCREMENT, score REAL NOT NULL);`,
  },
  {
    id: 'decided-words',
    // `status` null: the call has not ended.
    sql: `CREATE TABLE decided_word (
            call TEXT PRIMARY KEY, webhook TEXT NOT NULL, workflow TEXT NOT NULL, status TEXT, at INTEGER) WITHOUT ROWID;`,
  },
  {
    id: 'revision-placeholders',
    sql: `ALTER TABLE revision ADD COLUMN placeholders TEXT NOT NULL DEFAULT '[]';`,
  },
  {
    id: 'origins',
    // `mark`: a keyed hash of what the agent wrote itself. `reading`: when the agent last read strangers' words, or each class.
    sql: `CREATE TABLE reading (what TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
          CREATE TABLE written (mark TEXT PRIMARY KEY, level TEXT NOT NULL, call TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
          CREATE INDEX written_at ON written (at);
          ALTER TABLE proposal ADD COLUMN derived TEXT;
          ALTER TABLE revision ADD COLUMN derived TEXT;`,
  },
];
