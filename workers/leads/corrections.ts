import type { CorrectionReason, RoutingCount } from '../../shared/lead-errors.ts';

/** Where an agent or a rule sent a lead. */
export interface Decided {
  lead: string;
  /** `agent:lead-router` or `rule:small-dach`. */
  by: string;
  queue: string;
  /** Unix ms. */
  at: number;
}

type CountRow = { by: string; queue: string; day: string; reason: string | null; n: number };

/**
 * What was decided of leads, and which of it people changed: the truth that the error rate is counted from. Rows name a lead by its
 * id alone, and go with it.
 */
export class Corrections {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  decided({ lead, by, queue, at }: Decided): void {
    this.#sql.exec('INSERT INTO decided (lead, by, queue, at) VALUES (?, ?, ?, ?)', lead, by, queue, at);
  }

  /** A person sent the lead elsewhere: the newest decision on it was wrong. Whose it was; null: nobody's that counts. */
  corrected(lead: string, to: string, reason: CorrectionReason, at: number): string | null {
    const [row] = this.#sql
      .exec<{ n: number; by: string; queue: string; reason: string | null }>(
        'SELECT n, by, queue, reason FROM decided WHERE lead = ? ORDER BY n DESC LIMIT 1',
        lead,
      )
      .toArray();
    if (!row || row.reason !== null || row.queue === to) return null;
    this.#sql.exec('UPDATE decided SET reason = ?, corrected_at = ? WHERE n = ?', reason, at, row.n);
    return row.by;
  }

  erase(lead: string): void {
    this.#sql.exec('DELETE FROM decided WHERE lead = ?', lead);
  }

  /** What was routed from `since` on and before `until` (Unix ms), by whom, to which queue, on which day. */
  counts(site: string, since: number, until: number): RoutingCount[] {
    const rows = this.#sql
      .exec<CountRow>(
        `SELECT by, queue, date(at / 1000, 'unixepoch') AS day, reason, COUNT(*) AS n FROM decided
         WHERE at >= ? AND at < ? GROUP BY by, queue, day, reason ORDER BY day, by, queue`,
        since,
        until,
      )
      .toArray();
    const groups = Map.groupBy(rows, ({ by, queue, day }) => JSON.stringify([by, queue, day]));
    return [...groups.values()].flatMap((group) => (group[0] ? [counted(site, group[0], group)] : []));
  }
}

function counted(site: string, { by, queue, day }: CountRow, rows: readonly CountRow[]): RoutingCount {
  const wrong = rows.filter(({ reason }) => reason !== null);
  return {
    site,
    by,
    queue,
    day,
    routed: rows.reduce((all, { n }) => all + n, 0),
    corrected: wrong.reduce((all, { n }) => all + n, 0),
    reasons: Object.fromEntries(wrong.map(({ reason, n }) => [reason, n])),
  };
}
