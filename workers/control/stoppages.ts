import { covers, type Coverage, type Target } from '../../flags/targets.ts';
import type { StopNotices } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';

/** Longer than an approval can wait (seven days), so that none outlives what would void it. */
const KEEP_SECONDS = 8 * 86_400;
/** Approvals is not waited for longer at a time; the alarm tells it again. */
const TELL_MS = 10_000;
/** Notices per attempt. */
const TELL_ROWS = 50;

/**
 * When which target was stopped, in epochs: also what was lifted since. Written by triggers of the table of stops (see
 * migrations.ts), so that no way of stopping or resuming can forget it. Beside it, what approvals is to be told.
 */
export class Stoppages {
  readonly #sql: SqlStorage;
  #telling: Promise<void> | undefined;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whose stops covered the call at any time since an epoch in which none did; those in force included. */
  since(call: Coverage, epoch: number): Target[] {
    return this.#covering(call, 'ended IS NULL OR ended > ?', epoch);
  }

  inForce(call: Coverage): Target[] {
    return this.#covering(call, 'ended IS NULL');
  }

  #covering(call: Coverage, where: string, ...values: number[]): Target[] {
    return this.#sql
      .exec<{ target: string }>(`SELECT DISTINCT target FROM stoppage WHERE ${where}`, ...values)
      .toArray()
      .map((row) => row.target as Target)
      .filter((target) => covers(target, call));
  }

  prune(): void {
    this.#sql.exec('DELETE FROM stoppage WHERE ended_at < unixepoch() - ?', KEEP_SECONDS);
  }

  /** Whether approvals has not heard of every stop. */
  get untold(): boolean {
    return this.#next() !== undefined;
  }

  /** Tells approvals of each stop that it has not confirmed, oldest first. What fails stays for the next time. */
  async tell(approvals: StopNotices): Promise<void> {
    this.#telling ??= this.#tellAll(approvals)
      .catch(() => undefined) // Away or broken: the rows stay, and guards ask here before they run anything approved.
      .finally(() => {
        this.#telling = undefined;
      });
    await this.#telling;
  }

  async #tellAll(approvals: StopNotices): Promise<void> {
    for (let told = 0, next = this.#next(); next && told < TELL_ROWS; told += 1, next = this.#next()) {
      await within(TELL_MS, approvals.stopped(next.target as Target, next.epoch));
      this.#sql.exec('DELETE FROM stop_notice WHERE n = ?', next.n);
    }
  }

  #next(): { n: number; target: string; epoch: number } | undefined {
    return this.#sql
      .exec<{ n: number; target: string; epoch: number }>(
        'SELECT n, target, epoch FROM stop_notice ORDER BY n LIMIT 1',
      )
      .toArray()[0];
  }
}
