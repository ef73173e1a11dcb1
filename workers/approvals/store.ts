import type { Approval } from '../../shared/rpc.ts';
import { isOpen } from './decide.ts';

/** Approvals per look, and about so many characters of them: an RPC answer may have 32 MiB. */
const MAX_ROWS = 200;
const MAX_CHARACTERS = 4_000_000;
/** Guards told at once. */
const OUTBOX_ROWS = 20;

const OPEN = `status IN ('waiting', 'approved')`;
const UNTOLD = `told = 0 AND status <> 'waiting'`;

/** A request whose guard does not know its state, and how often it was told in vain. */
export interface Untold {
  approval: Approval;
  tried: number;
}

/** The table of one workflow's approvals. What may become of them is decided in decide.ts. */
export class ApprovalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): Approval | null {
    return this.#read('id = ?', id)[0] ?? null;
  }

  /** Keeps a new state, which the guard has not been told. */
  put(approval: Approval, now: number): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO approval (id, status, deadline, told, tried, body, agent, next, ended)
       VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?)`,
      approval.id,
      approval.status,
      // A deadline that is no time is past.
      Date.parse(approval.deadline) || 0,
      JSON.stringify(approval),
      approval.agent,
      now,
      isOpen(approval) ? null : now,
    );
  }

  /**
   * One page: what waits before what does not. Of more than a page each agent's are dealt out in turn, its most urgent
   * and then its newest first, so that no agent's flood hides what another asks for.
   */
  list(status: Approval['status'] | null): Approval[] {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT id FROM (
         SELECT id, status = 'waiting' AS waits, row_number() OVER (
           PARTITION BY agent, status = 'waiting'
           ORDER BY CASE status WHEN 'waiting' THEN deadline END, id DESC) AS turn
         FROM approval WHERE ?1 IS NULL OR status = ?1)
       ORDER BY waits DESC, turn, id DESC LIMIT ?2`,
      status,
      MAX_ROWS,
    );
    return this.#bodies(rows.toArray().map(({ id }) => id));
  }

  /** Open at or past their deadline. */
  due(now: number): Approval[] {
    return this.#read(`${OPEN} AND deadline <= ? ORDER BY deadline LIMIT ?`, now, MAX_ROWS);
  }

  /** One page of what is approved and not taken, after an id. */
  approved(after: string): Approval[] {
    return this.#read(`status = 'approved' AND id > ? ORDER BY id LIMIT ?`, after, MAX_ROWS);
  }

  /** The next deadline of those that are open. */
  get nextDeadline(): number | null {
    return this.#earliest('deadline', OPEN);
  }

  /** What guards are to be told by now. */
  outbox(now: number): Untold[] {
    return this.#sql
      .exec<{ body: string; tried: number }>(
        `SELECT body, tried FROM approval WHERE ${UNTOLD} AND next <= ? ORDER BY next LIMIT ?`,
        now,
        OUTBOX_ROWS,
      )
      .toArray()
      .map(({ body, tried }) => ({ approval: read(body), tried }));
  }

  /** When a guard is to be told next. */
  get nextTelling(): number | null {
    return this.#earliest('next', UNTOLD);
  }

  told(id: string): void {
    this.#sql.exec('UPDATE approval SET told = 1 WHERE id = ?', id);
  }

  /** Told in vain; to be told again at `next`. */
  tried(id: string, next: number): void {
    this.#sql.exec('UPDATE approval SET tried = tried + 1, next = ? WHERE id = ?', next, id);
  }

  /** No guard is told any more of what had its deadline, and its end, before a time. Returns of how many. */
  giveUp(before: number): number {
    return this.#sql
      .exec(
        `UPDATE approval SET told = 1 WHERE ${UNTOLD} AND max(deadline, ifnull(ended, 0)) <= ? RETURNING id`,
        before,
      )
      .toArray().length;
  }

  /** Those that ended at or before a time, oldest first. */
  endedBy(time: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        'SELECT id FROM approval WHERE ended IS NOT NULL AND ended <= ? ORDER BY ended LIMIT ?',
        time,
        MAX_ROWS,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** When the one that ended first did. */
  get firstEnd(): number | null {
    return this.#earliest('ended', 'ended IS NOT NULL');
  }

  remove(ids: string[]): void {
    for (const id of ids) this.#sql.exec('DELETE FROM approval WHERE id = ?', id);
  }

  #earliest(column: 'deadline' | 'next' | 'ended', where: string): number | null {
    return this.#sql
      .exec<{ at: number | null }>(`SELECT min(${column}) AS at FROM approval WHERE ${where}`)
      .one().at;
  }

  /** As many as fit into an answer, in the order of the ids. */
  #bodies(ids: string[]): Approval[] {
    const found: Approval[] = [];
    let characters = 0;
    for (const id of ids) {
      const { body } = this.#sql.exec<{ body: string }>('SELECT body FROM approval WHERE id = ?', id).one();
      characters += body.length;
      if (found.length > 0 && characters > MAX_CHARACTERS) break;
      found.push(read(body));
    }
    return found;
  }

  #read(where: string, ...values: (string | number)[]): Approval[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM approval WHERE ${where}`, ...values)
      .toArray()
      .map((row) => read(row.body));
  }
}

/** Approvals of before were stored without what is known of stops: not known, which counts as long ago. */
function read(body: string): Approval {
  const approval = JSON.parse(body) as Omit<Approval, 'approvedUnder' | 'stoppedBy'> & Partial<Approval>;
  return {
    ...approval,
    approvedUnder: approval.approvedUnder ?? null,
    stoppedBy: approval.stoppedBy ?? null,
  };
}
