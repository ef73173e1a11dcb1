import type { Approval } from '../../shared/rpc.ts';
import { covers, type KeptPreApproval } from './pre-approvals.ts';

/** Pre-approvals at one look. */
const MAX_ROWS = 200;

/** The pre-approvals of one workflow, and which requests are yet to be looked at for them. */
export class PreApprovalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): KeptPreApproval | null {
    return this.#read('id = ?', id)[0] ?? null;
  }

  put(preApproval: KeptPreApproval): void {
    const { id, agent, action, until, endedAt } = preApproval;
    this.#sql.exec(
      'INSERT OR REPLACE INTO pre_approval (id, agent, action, until, ended, body) VALUES (?, ?, ?, ?, ?, ?)',
      id,
      agent,
      action,
      Date.parse(until),
      endedAt === null ? 0 : 1,
      JSON.stringify(preApproval),
    );
  }

  /** The newest first. */
  list(): KeptPreApproval[] {
    return this.#read('1 ORDER BY id DESC LIMIT ?', MAX_ROWS);
  }

  /** Those that are good for a request, the oldest first. */
  covering(approval: Approval, now: number): KeptPreApproval[] {
    const { agent, action } = approval;
    const live = this.#read(
      'agent = ? AND action = ? AND ended = 0 AND until > ? ORDER BY id LIMIT ?',
      agent,
      action,
      now,
      MAX_ROWS,
    );
    return live.filter((one) => covers(one, approval, now));
  }

  /** A request is to be looked at, from `at` (Unix ms) on. */
  look(approval: string, at: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO pre_look VALUES (?, ?)', approval, at);
  }

  looked(approval: string): void {
    this.#sql.exec('DELETE FROM pre_look WHERE approval = ?', approval);
  }

  /** Requests to be looked at by now. */
  toLookAt(now: number): string[] {
    return this.#sql
      .exec<{ approval: string }>(
        'SELECT approval FROM pre_look WHERE at <= ? ORDER BY at LIMIT ?',
        now,
        MAX_ROWS,
      )
      .toArray()
      .map(({ approval }) => approval);
  }

  get nextLook(): number | null {
    return this.#sql.exec<{ at: number | null }>('SELECT min(at) AS at FROM pre_look').one().at;
  }

  /** Those that were good until before a time. */
  endedBy(time: number): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM pre_approval WHERE until <= ? LIMIT ?', time, MAX_ROWS)
      .toArray()
      .map(({ id }) => id);
  }

  remove(ids: string[]): void {
    for (const id of ids) this.#sql.exec('DELETE FROM pre_approval WHERE id = ?', id);
  }

  #read(where: string, ...values: (string | number)[]): KeptPreApproval[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM pre_approval WHERE ${where}`, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as KeptPreApproval);
  }
}
