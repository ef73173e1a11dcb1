/** The rows of calls in the guard's own storage. */

/** `waiting` for people, `running` at the tool, `unknown` while recovery may still find out, `done`. */
export type CallState = 'waiting' | 'running' | 'unknown' | 'done';

export type CallRow = {
  id: string;
  key: string | null;
  digest: string;
  action: string;
  mode: string;
  state: CallState;
  /** Unix ms of the intent, or of the arrival while it waits. */
  at: number;
  start_before: number | null;
  /** When recovery looks at it next; null: never. */
  due: number | null;
  tries: number;
  /** 1: nobody reported the outcome, a look-up concluded it. */
  by_find: number;
  /** JSON list of the output fields granted at admission; null: all. */
  returns: string | null;
  /** JSON of caller and request until the call has ended with a clear outcome. */
  request: string | null;
  approval: string | null;
  outcome: string | null;
  status: number | null;
  answer: string | null;
  /** JSON of what it took of budgets, blast radius and shared limits when it began; see `taken.ts`. */
  usage: string | null;
  /** JSON list of pointers where a person edited what the agent asked for, once that runs; null: nobody did. */
  edited: string | null;
};

type Begun = Pick<CallRow, 'id' | 'at' | 'start_before' | 'due' | 'usage' | 'request' | 'edited'>;

/** How a call ended, for good or `unknown` with a time to look again. */
export interface Ending {
  state: 'done' | 'unknown';
  due: number | null;
  byFind: boolean;
  outcome: string;
  status: number;
  answer: string;
}

/** How long an ended call's answer can be replayed; documented as the lifetime of an idempotency key. */
export const KEEP_MS = 24 * 3_600_000;

export class Calls {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  byId(id: string): CallRow | undefined {
    return this.#sql.exec<CallRow>('SELECT * FROM call WHERE id = ?', id).toArray()[0];
  }

  byKey(key: string | null): CallRow | undefined {
    if (key === null) return undefined;
    return this.#sql.exec<CallRow>('SELECT * FROM call WHERE key = ?', key).toArray()[0];
  }

  /** All that have not ended for good. */
  open(): CallRow[] {
    return this.#sql.exec<CallRow>('SELECT * FROM call WHERE due IS NOT NULL').toArray();
  }

  /** What counts since a time, for the rate logs: what runs or ran, what waits for people, and what only asked. */
  admittedSince(since: number): { action: string; at: number }[] {
    return this.#sql
      .exec<{ action: string; at: number }>(
        'SELECT action, at FROM call WHERE at > ?1 UNION ALL SELECT action, at FROM asked WHERE at > ?1',
        since,
      )
      .toArray();
  }

  /** A call that counts and gets no row: a proposal, or one that ended once its tool was asked. */
  asked(action: string, at: number): void {
    this.#sql.exec('INSERT INTO asked (action, at) VALUES (?, ?)', action, at);
  }

  insert(row: Omit<CallRow, 'tries' | 'by_find' | 'outcome' | 'status' | 'answer' | 'edited'>): void {
    this.#sql.exec(
      `INSERT INTO call (id, key, digest, action, mode, state, at, start_before, due, returns, request, approval, usage)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.key,
      row.digest,
      row.action,
      row.mode,
      row.state,
      row.at,
      row.start_before,
      row.due,
      row.returns,
      row.request,
      row.approval,
      row.usage,
    );
  }

  /** An approved call starts: the same row becomes the intent, with the request of the revision that runs. */
  start({ id, at, start_before: startBefore, due, usage, request, edited }: Begun): void {
    this.#sql.exec(
      `UPDATE call SET state = 'running', at = ?, start_before = ?, due = ?, usage = ?, request = ?, edited = ? WHERE id = ?`,
      at,
      startBefore,
      due,
      usage,
      request,
      edited,
      id,
    );
  }

  /** The call ended, for good or `unknown` with a time to look again. Its request is kept only while it is needed, by
   * recovery or by a person who has it looked up. */
  end(id: string, end: Ending): void {
    this.#sql.exec(
      `UPDATE call SET state = ?, due = ?, by_find = ?, outcome = ?, status = ?, answer = ?,
              request = CASE WHEN ? IS NULL AND ? <> 'indeterminate' THEN NULL ELSE request END WHERE id = ?`,
      end.state,
      end.due,
      Number(end.byFind),
      end.outcome,
      end.status,
      end.answer,
      end.due,
      end.outcome,
      id,
    );
  }

  /** Recovery looks again later. */
  postpone(id: string, due: number, tries: number): void {
    this.#sql.exec(`UPDATE call SET due = ?, tries = ? WHERE id = ? AND state <> 'done'`, due, tries, id);
  }

  /** What calls took that began, and how they ended, if they have. */
  usages(): Pick<CallRow, 'usage' | 'outcome'>[] {
    return this.#sql
      .exec<Pick<CallRow, 'usage' | 'outcome'>>('SELECT usage, outcome FROM call WHERE usage IS NOT NULL')
      .toArray();
  }

  /** What calls took that `prune` will forget. */
  pruned(now: number): Pick<CallRow, 'usage' | 'outcome'>[] {
    return this.#sql
      .exec<Pick<CallRow, 'usage' | 'outcome'>>(
        'SELECT usage, outcome FROM call WHERE usage IS NOT NULL AND due IS NULL AND at < ?',
        now - KEEP_MS,
      )
      .toArray();
  }

  prune(now: number): void {
    this.#sql.exec('DELETE FROM call WHERE due IS NULL AND at < ?', now - KEEP_MS);
    this.#sql.exec('DELETE FROM asked WHERE at < ?', now - KEEP_MS);
  }
}
