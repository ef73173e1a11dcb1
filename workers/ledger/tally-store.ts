import type { Entry } from '../../shared/journal.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { ToolOutcome } from '../../shared/pulse.ts';
import { tallyOf, type Tallied } from './tally.ts';

/** What is counted as entries come in, so that nobody counts by reading them again. */
export const tallyMigration: Migration = {
  id: 'tally',
  sql: `CREATE TABLE minute (minute TEXT NOT NULL, tool TEXT NOT NULL, word TEXT NOT NULL, times INTEGER NOT NULL,
          PRIMARY KEY (minute, tool, word)) WITHOUT ROWID;
        CREATE TABLE hour (hour TEXT NOT NULL, tool TEXT NOT NULL, word TEXT NOT NULL, times INTEGER NOT NULL,
          PRIMARY KEY (hour, tool, word)) WITHOUT ROWID;
        CREATE TABLE ended (tool TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL,
          PRIMARY KEY (tool, n)) WITHOUT ROWID;`,
};

/** Minutes are looked at for an hour; entries may come late. */
const MINUTES_KEPT_MS = 3 * 3_600_000;
/** Outcomes that are kept for each tool. */
const ENDED_KEPT = 10;

/** One month's counters. */
export class TallyStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Counts entries that were just stored; in the same transaction. `now`: Unix ms. */
  add(entries: readonly Entry[], now: number): void {
    const oldest = new Date(now - MINUTES_KEPT_MS).toISOString().slice(0, 16);
    this.#sql.exec('DELETE FROM minute WHERE minute < ?', oldest);
    for (const { minute, tool, word, times } of tallyOf(entries)) {
      // A shipment that comes later than that counts by its hour alone.
      if (minute >= oldest) this.#count('minute', minute, tool, word, times);
      this.#count('hour', minute.slice(0, 13), tool, word, times);
    }
    this.#keepEnded(entries);
  }

  /** Since a minute (RFC 3339), of all tools together. */
  minutes(since: string): Pick<Tallied, 'minute' | 'word' | 'times'>[] {
    return this.#sql
      .exec<{ minute: string; word: string; times: number }>(
        'SELECT minute, word, sum(times) AS times FROM minute WHERE minute >= ? GROUP BY minute, word',
        since.slice(0, 16),
      )
      .toArray();
  }

  /** Words of each tool since a time (RFC 3339), by the minute or by the hour. */
  tools(by: 'minute' | 'hour', since: string): { tool: string; word: string; times: number }[] {
    return this.#sql
      .exec<{ tool: string; word: string; times: number }>(
        `SELECT tool, word, sum(times) AS times FROM ${by} WHERE ${by} >= ? GROUP BY tool, word`,
        since.slice(0, by === 'minute' ? 16 : 13),
      )
      .toArray();
  }

  /** The last outcomes of each tool, newest first. */
  ended(): { tool: string; outcome: ToolOutcome }[] {
    return this.#sql
      .exec<{ tool: string; body: string }>('SELECT tool, body FROM ended ORDER BY tool, n DESC')
      .toArray()
      .map(({ tool, body }) => ({ tool, outcome: JSON.parse(body) as ToolOutcome }));
  }

  #count(by: 'minute' | 'hour', at: string, tool: string, word: string, times: number): void {
    this.#sql.exec(
      `INSERT INTO ${by} VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times`,
      at,
      tool,
      word,
      times,
    );
  }

  #keepEnded(entries: readonly Entry[]): void {
    const ended = entries.flatMap(outcomeOf);
    const tools = new Set(ended.map(({ tool }) => tool));
    for (const tool of tools) {
      const { n } = this.#sql
        .exec<{ n: number }>('SELECT coalesce(max(n), 0) AS n FROM ended WHERE tool = ?', tool)
        .one();
      const fresh = ended.filter((one) => one.tool === tool).slice(-ENDED_KEPT);
      for (const [more, { outcome }] of fresh.entries())
        this.#sql.exec('INSERT INTO ended VALUES (?, ?, ?)', tool, n + 1 + more, JSON.stringify(outcome));
      this.#sql.exec('DELETE FROM ended WHERE tool = ? AND n <= ?', tool, n + fresh.length - ENDED_KEPT);
    }
  }
}

function outcomeOf({ kind, at, data }: Entry): { tool: string; outcome: ToolOutcome }[] {
  const { tool, call, action } = data;
  const outcome = data['outcome'];
  if (kind !== 'call.outcome' && kind !== 'call.recovered') return [];
  if (tool === undefined || call === undefined || typeof outcome !== 'string') return [];
  const reason = typeof data['reason'] === 'string' ? data['reason'] : null;
  return [{ tool, outcome: { call, at, action: action ?? '', outcome, reason } }];
}
