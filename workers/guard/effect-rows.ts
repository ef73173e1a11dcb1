import type { EffectRow } from './effects.ts';

/** What of a row tells people about it: all but what may hold personal data. `undo`: 1 while a plan is kept. */
export type EffectInfo = Omit<EffectRow, 'undo' | 'cancel'> & { undo: number };

/** Which executes are asked for; times in Unix ms, `after` an effect's time and call. */
export interface EffectQuery {
  since: number;
  until: number;
  session: string | null;
  workflow: string | null;
  after: { at: number; call: string };
  limit: number;
}

/** The rows of what was done, and of how it can be taken back. */
export class Effects {
  readonly #sql: SqlStorage;
  /** Called when a deferred effect was kept. */
  onDeferred: () => void = () => undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(call: string): EffectRow | undefined {
    return this.#sql.exec<EffectRow>('SELECT * FROM effect WHERE call = ?', call).toArray()[0];
  }

  /** Deferred effects that have not come yet and were not cancelled. */
  pending(now: number): EffectRow[] {
    return this.#sql
      .exec<EffectRow>('SELECT * FROM effect WHERE due > ? AND taken_back_at IS NULL ORDER BY due', now)
      .toArray();
  }

  /** Until when (Unix ms) a deferred effect may come; 0: none is known. */
  latest(): number {
    const sql =
      'SELECT due FROM effect WHERE due IS NOT NULL AND taken_back_at IS NULL ORDER BY due DESC LIMIT 1';
    return this.#sql.exec<{ due: number }>(sql).toArray()[0]?.due ?? 0;
  }

  /** A later word on the same call replaces the earlier one, but not that it is being taken back. */
  keep(row: EffectRow): void {
    this.#sql.exec(
      `INSERT INTO effect (call, action, workflow, session, record, record_id, person, outcome, at, undo, undo_until, due, cancel_until, cancel, forget)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (call) DO UPDATE SET outcome = excluded.outcome, record = excluded.record, record_id = excluded.record_id, undo = excluded.undo,
         undo_until = excluded.undo_until, due = excluded.due, cancel_until = excluded.cancel_until, cancel = excluded.cancel`,
      row.call,
      row.action,
      row.workflow,
      row.session,
      row.record,
      row.record_id,
      row.person,
      row.outcome,
      row.at,
      row.undo,
      row.undo_until,
      row.due,
      row.cancel_until,
      row.cancel,
      row.forget,
    );
    if (row.due !== null) this.onDeferred();
  }

  /** What was not clear turned out to have changed nothing. */
  drop(call: string): void {
    this.#sql.exec(`DELETE FROM effect WHERE call = ? AND outcome = 'indeterminate'`, call);
  }

  /** The agent's own executes, oldest first. */
  page({ since, until, session, workflow, after, limit }: EffectQuery): EffectInfo[] {
    return this.#sql
      .exec<EffectInfo>(
        `SELECT call, action, workflow, session, record, record_id, person, outcome, at, undo IS NOT NULL AS undo, undo_until, due, cancel_until,
                taken_back_by, taken_back_at, forget
           FROM effect WHERE person IS NULL AND at >= ? AND at < ? AND (at, call) > (?, ?)
            AND (?5 IS NULL OR session = ?5) AND (?6 IS NULL OR workflow = ?6)
          ORDER BY at, call LIMIT ?7`,
        since,
        until,
        after.at,
        after.call,
        session,
        workflow,
        limit,
      )
      .toArray();
  }

  /** An operators' call has set out to take it back (`at` null), has done so, or did nothing (`by` null). */
  takenBack(call: string, by: string | null, at: number | null): void {
    this.#sql.exec('UPDATE effect SET taken_back_by = ?, taken_back_at = ? WHERE call = ?', by, at, call);
  }

  /** Plans go with their window, rows when nobody is to be told of them any more. */
  prune(now: number): void {
    this.#sql.exec('UPDATE effect SET undo = NULL WHERE undo IS NOT NULL AND undo_until < ?', now);
    this.#sql.exec('UPDATE effect SET cancel = NULL WHERE cancel IS NOT NULL AND due < ?', now);
    this.#sql.exec('DELETE FROM effect WHERE forget < ?', now);
  }
}
