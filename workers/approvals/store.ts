import type { Approval } from '../../shared/rpc.ts';

/** Approvals per look, so that an answer stays small. */
const MAX_ROWS = 200;
/** Guards told at once. */
const OUTBOX_ROWS = 20;

const UNTOLD = `told = 0 AND status <> 'waiting'`;

/** The table of one workflow's approvals. What may become of them is decided in decide.ts. */
export class ApprovalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): Approval | null {
    return this.#read('id = ?', id)[0] ?? null;
  }

  /** `told`: the guard knows this state already. */
  put(approval: Approval, told: boolean): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO approval (id, status, deadline, told, tried, body) VALUES (?, ?, ?, ?, 0, ?)',
      approval.id,
      approval.status,
      // A deadline that is no time is past.
      Date.parse(approval.deadline) || 0,
      Number(told),
      JSON.stringify(approval),
    );
  }

  /** Newest first. */
  list(status: Approval['status'] | null): Approval[] {
    if (status === null) return this.#read('TRUE ORDER BY id DESC LIMIT ?', MAX_ROWS);
    return this.#read('status = ? ORDER BY id DESC LIMIT ?', status, MAX_ROWS);
  }

  /** Waiting at or past their deadline. */
  due(now: number): Approval[] {
    return this.#read(`status = 'waiting' AND deadline <= ? ORDER BY deadline LIMIT ?`, now, MAX_ROWS);
  }

  /** The next deadline of those that wait. */
  get nextDeadline(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(`SELECT min(deadline) AS at FROM approval WHERE status = 'waiting'`)
      .one().at;
  }

  /** Over, and the guard has not been told; least tried first, so that dead guards hold up nobody. */
  get outbox(): Approval[] {
    return this.#read(`${UNTOLD} ORDER BY tried, id LIMIT ?`, OUTBOX_ROWS);
  }

  /** Whether the outbox holds anything. */
  get untold(): boolean {
    return this.#sql.exec(`SELECT 1 FROM approval WHERE ${UNTOLD} LIMIT 1`).toArray().length > 0;
  }

  told(id: string): void {
    this.#sql.exec('UPDATE approval SET told = 1 WHERE id = ?', id);
  }

  tried(id: string): void {
    this.#sql.exec('UPDATE approval SET tried = tried + 1 WHERE id = ?', id);
  }

  #read(where: string, ...values: (string | number)[]): Approval[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM approval WHERE ${where}`, ...values)
      .toArray()
      .map((row) => JSON.parse(row.body) as Approval);
  }
}
