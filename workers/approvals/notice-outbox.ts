import type { Notice, Notifier } from '../../shared/notices.ts';
import { letGo } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import { pauseAfter } from './states.ts';

/** A notifier that does not answer must not hold up deadlines. */
const NOTIFY_MS = 10_000;
/** Told at once. */
const ROWS = 20;
/** What could not be told for an hour helps nobody any more. */
const GIVE_UP_MS = 60 * 60 * 1000;

/** What people are still to be told. Kept until the notifier has it; it tells nobody twice. */
export class NoticeOutbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds a notice, in the caller's transaction. What is over needs no reminder of before, nor a word if nobody was told of it. */
  add(approval: string, notice: Notice, over: boolean, now: number): void {
    if (over) this.#sql.exec('DELETE FROM notice WHERE approval = ? AND done = 0 AND tried = 0', approval);
    if (over && !this.#known(approval)) return;
    this.#sql.exec(
      'INSERT OR IGNORE INTO notice (id, approval, at, next, tried, done, body) VALUES (?, ?, ?, ?, 0, 0, ?)',
      notice.id,
      approval,
      now,
      now,
      JSON.stringify(notice),
    );
  }

  /** Hands over what is due; what fails is tried again later. */
  async drain(notifier: Notifier, now: number): Promise<void> {
    this.#sql.exec('UPDATE notice SET done = 1 WHERE done = 0 AND at <= ?', now - GIVE_UP_MS);
    const due = this.#sql
      .exec<{ id: string; tried: number; body: string }>(
        'SELECT id, tried, body FROM notice WHERE done = 0 AND next <= ? ORDER BY next, at LIMIT ?',
        now,
        ROWS,
      )
      .toArray();
    await Promise.all(
      due.map(async ({ id, tried, body }) => {
        const told = await tell(notifier, JSON.parse(body) as Notice);
        if (told) this.#sql.exec('UPDATE notice SET done = 1 WHERE id = ?', id);
        else
          this.#sql.exec(
            'UPDATE notice SET tried = tried + 1, next = ? WHERE id = ?',
            Date.now() + pauseAfter(tried + 1),
            id,
          );
      }),
    );
  }

  get next(): number | null {
    return this.#sql.exec<{ at: number | null }>('SELECT min(next) AS at FROM notice WHERE done = 0').one()
      .at;
  }

  remove(approvals: string[]): void {
    for (const approval of approvals) this.#sql.exec('DELETE FROM notice WHERE approval = ?', approval);
  }

  #known(approval: string): boolean {
    const told = 'SELECT 1 FROM notice WHERE approval = ? AND (done = 1 OR tried > 0) LIMIT 1';
    return this.#sql.exec(told, approval).toArray().length > 0;
  }
}

/** Whether the notifier has it, and tries its channels by itself. One that is away is asked again. */
async function tell(notifier: Notifier, notice: Notice): Promise<boolean> {
  return within(NOTIFY_MS, notifier.notify(notice)).then(
    (delivered) => {
      letGo(delivered);
      return true;
    },
    () => false,
  );
}
