import type { Migration } from '../../shared/migrate.ts';

/**
 * What counts for or against an agent, as one word computed from the entry: null for all else, reads among them, so that the
 * index stays small. A denial that stands for many which came too fast to be journaled counts, too, or a flood of anything
 * would hide what policies denied.
 */
export const evidenceMigration: Migration = {
  id: 'evidence',
  sql: `ALTER TABLE entry ADD COLUMN evidence TEXT AS (CASE body ->> '$.kind'
          WHEN 'call.proposed' THEN 'proposed'
          WHEN 'call.denied' THEN CASE
            WHEN body ->> '$.data.why' IN ('forbidden', 'not-permitted') AND body ->> '$.data.reason' = 'policy' THEN 'violation'
            WHEN body ->> '$.data.suppressed' IS NOT NULL THEN 'violation' END
          WHEN 'approval.decided' THEN 'decided:' || (body ->> '$.data.status')
          WHEN 'call.outcome' THEN CASE body ->> '$.data.mode' WHEN 'execute' THEN 'ended:' || (body ->> '$.data.outcome') END
          WHEN 'call.recovered' THEN CASE body ->> '$.data.mode' WHEN 'execute' THEN 'ended:' || (body ->> '$.data.outcome') END
        END);
        CREATE INDEX entry_evidence ON entry (agent, at, call, evidence) WHERE evidence IS NOT NULL;`,
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

  /** Since a time (RFC 3339). A call that was unknown and then found counts as found: the last word of each kind holds. */
  counts(agent: string, since: string): Counts {
    const rows = this.#sql.exec<{ evidence: string; calls: number }>(
      `SELECT evidence, count(*) AS calls FROM (
         SELECT evidence, max(n) FROM (
           SELECT n, call, evidence FROM entry
             WHERE agent = ? AND at >= ? AND evidence IS NOT NULL ORDER BY at DESC LIMIT ?)
         GROUP BY call, substr(evidence, 1, 5))
       GROUP BY evidence`,
      agent,
      since,
      MAX_ROWS,
    );
    return Object.fromEntries(rows.toArray().map(({ evidence, calls }) => [evidence, calls]));
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
