import type { Approval, Difference, ReasonCode } from '../../shared/rpc.ts';
import type { DecidedCount, OverrideCount, PlaceCount } from './overrides.ts';

/** Counts are kept for over a year, approvals for a month. */
const KEEP_DAYS = 400;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Places counted of one edit. */
const MAX_PLACES = 50;

/** How one person decided, for the counts. */
export interface Counted {
  did: 'approved' | 'rejected' | 'edited';
  reason: ReasonCode;
  differences: readonly Difference[];
}

/** Counts by day of what people refused and edited of one workflow. */
export class OverrideStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Counts one decision for each policy that had asked; in the caller's transaction. */
  count({ agent, action, policies }: Approval, { did, reason, differences }: Counted, now: number): void {
    const day = dayOf(now);
    const places = differences.slice(0, MAX_PLACES).map(({ pointer }) => pointer);
    for (const policy of new Set(policies.map(({ id }) => id))) {
      const key = [day, agent, action, policy];
      this.#sql.exec(
        `INSERT INTO decided_count VALUES (?, ?, ?, ?, 1)
         ON CONFLICT DO UPDATE SET decided = decided + 1`,
        ...key,
      );
      if (did === 'approved') continue;
      const [rejected, edited] = did === 'rejected' ? [1, 0] : [0, 1];
      this.#sql.exec(
        `INSERT INTO override_count VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET rejected = rejected + ?6, edited = edited + ?7`,
        ...key,
        reason,
        rejected,
        edited,
      );
      for (const place of places) {
        this.#sql.exec(
          'INSERT INTO override_place VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1',
          ...key,
          reason,
          place,
        );
      }
    }
  }

  /** The counts since a time, which counts from its day on. */
  since(time: number): { decided: DecidedCount[]; overrides: OverrideCount[]; places: PlaceCount[] } {
    const day = dayOf(time);
    const of = 'agent, action, policy';
    return {
      decided: this.#sql
        .exec<Row<DecidedCount>>(
          `SELECT ${of}, sum(decided) AS decided FROM decided_count WHERE day >= ? GROUP BY ${of}`,
          day,
        )
        .toArray(),
      overrides: this.#sql
        .exec<Row<OverrideCount>>(
          `SELECT ${of}, reason, sum(rejected) AS rejected, sum(edited) AS edited FROM override_count
           WHERE day >= ? GROUP BY ${of}, reason`,
          day,
        )
        .toArray(),
      places: this.#sql
        .exec<Row<PlaceCount>>(
          `SELECT ${of}, reason, pointer, sum(times) AS times FROM override_place
           WHERE day >= ? GROUP BY ${of}, reason, pointer ORDER BY times DESC, pointer`,
          day,
        )
        .toArray(),
    };
  }

  /** Forgets what is older than is kept. */
  prune(now: number): void {
    for (const table of ['decided_count', 'override_count', 'override_place']) {
      this.#sql.exec(`DELETE FROM ${table} WHERE day < ?`, dayOf(now - KEEP_DAYS * DAY_MS));
    }
  }
}

/** A row as SQLite types it. */
type Row<T> = { [Key in keyof T]: T[Key] & SqlStorageValue };

/** The day in UTC of a time (Unix ms): `2026-11-22`. */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
