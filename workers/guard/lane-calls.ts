import type { FailureReason } from '../../shared/outcome.ts';
import type { OperatorAct } from '../../shared/rpc.ts';

/** A call of the operators' lane: an undo, a cancellation, or a look for how a call ended. */
export type LaneRow = {
  id: string;
  kind: OperatorAct['kind'];
  /** The agent's call that it is about, and that call's action and workflow. */
  of: string;
  of_action: string;
  workflow: string | null;
  /** What it runs, or whose `find` it asks. */
  action: string;
  /** The exact input text, until it has ended. */
  input: string | null;
  person: string;
  /** Unix ms. */
  at: number;
  /** Of a look: when the call that it is about was recorded. */
  intent_at: number;
  start_before: number;
  state: OperatorAct['outcome'];
  /** When it is looked into next (Unix ms); null: it has ended. */
  due: number | null;
  tries: number;
  /** 1: control has been told how it stands. */
  told: number;
  /** 1: over somebody's later change. */
  forced: number;
  /** Whether the vendor was seen to hold what it held before; null: not looked at. */
  verified: 'yes' | 'no' | 'unknown' | null;
  /** Of one that failed: why. */
  why: FailureReason | null;
};

/** How long the rows are kept: as long as an undo of theirs can be asked for again. */
const KEEP_MS = 8 * 86_400_000;

/** The rows of the operators' calls. */
export class LaneCalls {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): LaneRow | undefined {
    return this.#sql.exec<LaneRow>('SELECT * FROM lane WHERE id = ?', id).toArray()[0];
  }

  /** The newest that set out to take a call back. */
  lastOf(call: string): LaneRow | undefined {
    return this.#sql
      .exec<LaneRow>(
        `SELECT * FROM lane WHERE of = ? AND kind IN ('undo', 'cancel') ORDER BY id DESC LIMIT 1`,
        call,
      )
      .toArray()[0];
  }

  /** Whether somebody has had a call looked up. */
  lookedUp(call: string): boolean {
    const sql = `SELECT 1 FROM lane WHERE of = ? AND kind = 'recovery' LIMIT 1`;
    return this.#sql.exec(sql, call).toArray().length > 0;
  }

  /** All that have not ended. */
  open(): LaneRow[] {
    return this.#sql.exec<LaneRow>('SELECT * FROM lane WHERE due IS NOT NULL ORDER BY due').toArray();
  }

  untold(): LaneRow[] {
    return this.#sql.exec<LaneRow>('SELECT * FROM lane WHERE told = 0 ORDER BY id LIMIT 50').toArray();
  }

  insert(row: LaneRow): void {
    this.#sql.exec(
      `INSERT INTO lane (id, kind, of, of_action, workflow, action, input, person, at, intent_at, start_before, state, due, tries, told, forced)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.kind,
      row.of,
      row.of_action,
      row.workflow,
      row.action,
      row.input,
      row.person,
      row.at,
      row.intent_at,
      row.start_before,
      row.state,
      row.due,
      row.tries,
      row.told,
      row.forced,
    );
  }

  /** It stands so now; control has yet to be told. */
  stands(id: string, state: LaneRow['state'], due: number | null, why: LaneRow['why'] = null): void {
    this.#sql.exec(
      'UPDATE lane SET why = ?, state = ?, due = ?, told = 0, input = CASE WHEN ? IS NULL THEN NULL ELSE input END WHERE id = ?',
      why,
      state,
      due,
      due,
      id,
    );
  }

  verified(id: string, verified: LaneRow['verified']): void {
    this.#sql.exec('UPDATE lane SET verified = ?, told = 0 WHERE id = ?', verified, id);
  }

  postpone(id: string, due: number, tries: number): void {
    this.#sql.exec('UPDATE lane SET due = ?, tries = ? WHERE id = ?', due, tries, id);
  }

  /** Control knows how it stood; unless that has changed since. */
  told({ id, state, verified }: Pick<LaneRow, 'id' | 'state' | 'verified'>): void {
    const sql = 'UPDATE lane SET told = 1 WHERE id = ? AND state = ? AND verified IS ?';
    this.#sql.exec(sql, id, state, verified);
  }

  prune(now: number): void {
    this.#sql.exec('DELETE FROM lane WHERE due IS NULL AND told = 1 AND at < ?', now - KEEP_MS);
  }
}
