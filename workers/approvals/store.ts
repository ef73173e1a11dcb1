import type { Approval, ApprovalStatus } from '../../shared/rpc.ts';
import { groupsAsked } from './eligible.ts';
import { nextMilestone } from './milestones.ts';
import { isOpen } from './states.ts';
import { readApproval } from './stored.ts';

/** Approvals per look, and about so many characters of them: an RPC answer may have 32 MiB. */
const MAX_ROWS = 200;
const MAX_CHARACTERS = 4_000_000;
/** Guards told at once. */
const OUTBOX_ROWS = 20;
/** What people decided lately on the same action of the same agent: so many are shown, of so many looked at. */
const EARLIER = { shown: 5, read: 50 };

const OPEN = `status IN ('waiting', 'approved')`;
const UNTOLD = `told = 0 AND status <> 'waiting'`;

/** A request whose guard does not know its state, and how often it was told in vain. */
export interface Untold {
  approval: Approval;
  tried: number;
}

/** Where a page ended: within what waits, by turn, or within what does not, by id. */
export type Place = { turn: number; id: string } | { over: string };

/** One approval of a page, and where it stands. */
export interface Placed {
  approval: Approval;
  place: Place;
}

/** Which of what waits one look is about: asked of these groups (as stored), not for these people. */
export interface MineOnly {
  asked: string[];
  notFor: string[];
}

/** The table of one workflow's approvals. What may become of them is decided in decide.ts and states.ts. */
export class ApprovalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): Approval | null {
    return this.#read('id = ?', id)[0] ?? null;
  }

  /** Keeps a new state, which the guard has not been told. A new request takes its turn behind its agent's others. */
  put(approval: Approval, now: number): void {
    this.#sql.exec(
      `INSERT INTO approval
         (id, status, deadline, told, tried, body, agent, next, ended, action, asked, requester, step, turn)
       VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
         max(ifnull((SELECT max(turn) + 1 FROM approval WHERE status = 'waiting' AND agent = ?5), 0),
             ifnull((SELECT min(turn) FROM approval WHERE status = 'waiting'), 0)))
       ON CONFLICT (id) DO UPDATE SET status = ?2, deadline = ?3, told = 0, tried = 0, body = ?4, next = ?6,
         ended = ?7, asked = ?9, step = ?11`,
      approval.id,
      approval.status,
      // A deadline that is no time is past.
      Date.parse(approval.deadline) || 0,
      JSON.stringify(approval),
      approval.agent,
      now,
      isOpen(approval) ? null : now,
      approval.action,
      JSON.stringify(groupsAsked(approval)),
      approval.user,
      nextMilestone(approval),
    );
  }

  /**
   * What waits, from a place on. Each request has its turn from when it came: an agent's are dealt out behind one another, so that
   * no agent's flood hides what another asks for, and a page goes on where the one before ended whatever was decided meanwhile.
   */
  waiting(after: Place | null, limit: number, mine: MineOnly | null = null): Placed[] {
    if (after !== null && 'over' in after) return [];
    const { turn, id } = after ?? { turn: -1, id: '' };
    const rows = this.#sql.exec<{ turn: number; id: string }>(
      `SELECT turn, id FROM approval WHERE status = 'waiting' AND (turn, id) > (?1, ?2)
         AND (?4 IS NULL OR asked IN (SELECT value FROM json_each(?4)))
         AND (requester IS NULL OR ?5 IS NULL OR lower(requester) NOT IN (SELECT value FROM json_each(?5)))
       ORDER BY turn, id LIMIT ?3`,
      turn,
      id,
      Math.min(limit, MAX_ROWS),
      mine && JSON.stringify(mine.asked),
      mine && JSON.stringify(mine.notFor),
    );
    return this.#bodies(rows.toArray().map((row) => ({ id: row.id, place: { ...row } })));
  }

  /** What does not wait, the newest first, from a place on. */
  over(after: Place | null, limit: number, status: ApprovalStatus | null): Placed[] {
    const before = after !== null && 'over' in after ? after.over : '~';
    const only = status === null ? `status <> 'waiting'` : `status <> 'waiting' AND status = ?3`;
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT id FROM approval WHERE ${only} AND id < ?1 ORDER BY id DESC LIMIT ?2`,
      before,
      Math.min(limit, MAX_ROWS),
      ...(status === null ? [] : [status]),
    );
    return this.#bodies(rows.toArray().map(({ id }) => ({ id, place: { over: id } })));
  }

  /** How many wait. */
  get countWaiting(): number {
    const count = `SELECT count(*) AS n FROM approval WHERE status = 'waiting'`;
    return this.#sql.exec<{ n: number }>(count).one().n;
  }

  /** Which groups are asked of what waits, each combination once, as it is stored. */
  get askedGroups(): string[] {
    const rows = this.#sql.exec<{ asked: string }>(
      `SELECT DISTINCT asked FROM approval WHERE status = 'waiting'`,
    );
    return rows.toArray().map(({ asked }) => asked);
  }

  /** What people decided last on the same action of the same agent, newest first. */
  earlier({ id, agent, action }: Approval): Approval[] {
    return this.#read(
      'agent = ? AND action = ? AND ended IS NOT NULL AND id <> ? ORDER BY ended DESC LIMIT ?',
      agent,
      action,
      id,
      EARLIER.read,
    )
      .filter(({ decisions }) => decisions.length > 0)
      .slice(0, EARLIER.shown);
  }

  /** Open at or past their deadline. */
  due(now: number): Approval[] {
    return this.#read(`${OPEN} AND deadline <= ? ORDER BY deadline LIMIT ?`, now, MAX_ROWS);
  }

  /** Those that a reminder or an escalation is due of. */
  stepping(now: number): Approval[] {
    return this.#read('step IS NOT NULL AND step <= ? ORDER BY step LIMIT ?', now, MAX_ROWS);
  }

  /** Its next milestone is another one than was kept, without a change of its state. */
  step(approval: Approval): void {
    this.#sql.exec('UPDATE approval SET step = ? WHERE id = ?', nextMilestone(approval), approval.id);
  }

  /** One page of what is approved and not taken, after an id. */
  approved(after: string): Approval[] {
    return this.#read(`status = 'approved' AND id > ? ORDER BY id LIMIT ?`, after, MAX_ROWS);
  }

  /** The next deadline of those that are open. */
  get nextDeadline(): number | null {
    return this.#earliest('deadline', OPEN);
  }

  /** When the next reminder or escalation is due. */
  get nextStep(): number | null {
    return this.#earliest('step', 'step IS NOT NULL');
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
      .map(({ body, tried }) => ({ approval: readApproval(body), tried }));
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
        `UPDATE approval INDEXED BY approval_outbox SET told = 1 WHERE ${UNTOLD} AND max(deadline, ifnull(ended, 0)) <= ? RETURNING id`,
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

  #earliest(column: 'deadline' | 'next' | 'ended' | 'step', where: string): number | null {
    return this.#sql
      .exec<{ at: number | null }>(`SELECT min(${column}) AS at FROM approval WHERE ${where}`)
      .one().at;
  }

  /** As many as fit into an answer, in their order. */
  #bodies(rows: { id: string; place: Place }[]): Placed[] {
    const found: Placed[] = [];
    let characters = 0;
    for (const { id, place } of rows) {
      const { body } = this.#sql.exec<{ body: string }>('SELECT body FROM approval WHERE id = ?', id).one();
      characters += body.length;
      if (found.length > 0 && characters > MAX_CHARACTERS) break;
      found.push({ approval: readApproval(body), place });
    }
    return found;
  }

  #read(where: string, ...values: (string | number)[]): Approval[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM approval WHERE ${where}`, ...values)
      .toArray()
      .map((row) => readApproval(row.body));
  }
}
