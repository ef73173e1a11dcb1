import type { Migration } from '../../shared/migrate.ts';

/**
 * What counts for or against an agent, as one word taken from the entry as it comes in; reads and intents have none, so the
 * table stays small, and counting reads no entry again. A denial that stands for many which came too fast to be journaled
 * counts, too, or a flood of anything would hide what policies denied.
 */
export const evidenceMigration: Migration = {
  id: 'evidence',
  sql: `CREATE TABLE evidence (agent TEXT NOT NULL, at TEXT NOT NULL, n INTEGER NOT NULL, call TEXT, word TEXT NOT NULL,
            PRIMARY KEY (agent, at, n)) WITHOUT ROWID;
        CREATE TRIGGER entry_counts AFTER INSERT ON entry
          WHEN NEW.agent IS NOT NULL AND NEW.at IS NOT NULL
            AND NEW.kind IN ('call.proposed', 'call.denied', 'call.outcome', 'call.recovered', 'approval.decided')
        BEGIN
          INSERT INTO evidence SELECT NEW.agent, NEW.at, NEW.n, NEW.call, word FROM (SELECT CASE
            WHEN NEW.kind = 'call.proposed' THEN 'proposed'
            WHEN NEW.kind = 'approval.decided' THEN 'decided:' || (NEW.body ->> '$.data.status')
            WHEN NEW.kind <> 'call.denied' THEN
              CASE WHEN NEW.body ->> '$.data.mode' = 'execute' THEN 'ended:' || (NEW.body ->> '$.data.outcome') END
            WHEN NEW.body ->> '$.data.reason' = 'policy' AND NEW.body ->> '$.data.why' IN ('forbidden', 'not-permitted')
              THEN 'violation'
            WHEN NEW.body ->> '$.data.suppressed' IS NOT NULL THEN 'violation' END AS word)
          WHERE word IS NOT NULL;
        END;`,
};

/**
 * What people changed counts as what they rejected does: edits of what waited, and what reviewers found wrong in what ran. A
 * verdict `fine` says nothing that policy or the approver did not, so it makes no share of errors smaller.
 */
export const overridesMigration: Migration = {
  id: 'evidence-overrides',
  sql: `DROP TRIGGER entry_counts;
        CREATE TRIGGER entry_counts AFTER INSERT ON entry
          WHEN NEW.agent IS NOT NULL AND NEW.at IS NOT NULL
            AND NEW.kind IN ('call.proposed', 'call.denied', 'call.outcome', 'call.recovered', 'approval.decided',
                             'approval.modified', 'review.recorded')
        BEGIN
          INSERT INTO evidence SELECT NEW.agent, NEW.at, NEW.n, NEW.call, word FROM (SELECT CASE
            WHEN NEW.kind = 'call.proposed' THEN 'proposed'
            WHEN NEW.kind = 'approval.modified' THEN 'edited'
            WHEN NEW.kind = 'approval.decided' THEN 'decided:' || (NEW.body ->> '$.data.status')
            WHEN NEW.kind = 'review.recorded' THEN
              CASE WHEN NEW.body ->> '$.data.verdict' IN ('wrong', 'harmful') THEN 'reviewed:wrong' END
            WHEN NEW.kind <> 'call.denied' THEN
              CASE WHEN NEW.body ->> '$.data.mode' = 'execute' THEN 'ended:' || (NEW.body ->> '$.data.outcome') END
            WHEN NEW.body ->> '$.data.reason' = 'policy' AND NEW.body ->> '$.data.why' IN ('forbidden', 'not-permitted')
              THEN 'violation'
            WHEN NEW.body ->> '$.data.suppressed' IS NOT NULL THEN 'violation' END AS word)
          WHERE word IS NOT NULL;
        END;`,
};

/** The newest so many count; more than any agent does in 90 days that people still look at. */
const MAX_ROWS = 200_000;
/** How far back the newest entries of a guard are looked for. */
const TRAIL_ROWS = 20_000;

/** How many calls have each word as their last of its kind. */
export type Counts = Record<string, number>;

/** One month's entries of an agent that count. */
export class EvidenceStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Since a time (RFC 3339). A call that was unknown and then found counts as found: the last word of each kind holds. What was
   * approved as somebody edited it is `decided:edited`; an edit of what nobody has decided yet is none yet.
   */
  counts(agent: string, since: string): Counts {
    const rows = this.#sql.exec<{ word: string; calls: number }>(
      `WITH last AS (
         SELECT call, word, max(n) FROM (
           SELECT n, call, word FROM evidence WHERE agent = ? AND at >= ? ORDER BY at DESC LIMIT ?)
         GROUP BY call, substr(word, 1, 5))
       SELECT told AS word, count(*) AS calls FROM (
         SELECT CASE WHEN word = 'decided:approved' AND call IN (SELECT call FROM last WHERE word = 'edited')
           THEN 'decided:edited' ELSE word END AS told
         FROM last WHERE word <> 'edited')
       GROUP BY told`,
      agent,
      since,
      MAX_ROWS,
    );
    return Object.fromEntries(rows.toArray().map(({ word, calls }) => [word, calls]));
  }

  /** The newest entry of the agent's guard, and the actions of its newest entries. */
  trail(agent: string, since: string): { last: { seq: number; at: string } | null; used: string[] } {
    const source = `guard:${agent}`;
    const own = `FROM entry WHERE n > (SELECT max(n) FROM entry) - ${TRAIL_ROWS} AND agent = ?1 AND at >= ?2
                 AND body ->> '$.source' = ?3`;
    const last = this.#sql
      .exec<{
        seq: number;
        at: string;
      }>(`SELECT body ->> '$.seq' AS seq, at ${own} ORDER BY n DESC LIMIT 1`, agent, since, source)
      .toArray()[0];
    const used = this.#sql
      .exec<{
        action: string;
      }>(
        `SELECT DISTINCT body ->> '$.data.action' AS action ${own} AND kind IN ('call.intent', 'call.proposed', 'call.waiting')`,
        agent,
        since,
        source,
      )
      .toArray();
    return { last: last ?? null, used: used.map(({ action }) => action) };
  }

  /** Whether what a source shipped last was refused, and it has not gone on since. */
  broken(source: string): boolean {
    const row = this.#sql
      .exec<{
        stuck: number;
      }>(
        'SELECT refused.expected = coalesce(head.seq, 0) + 1 AS stuck FROM refused LEFT JOIN head USING (source) WHERE source = ?',
        source,
      )
      .toArray()[0];
    return row?.stuck === 1;
  }
}
