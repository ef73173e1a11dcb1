import type { Target } from '../../flags/targets.ts';
import type { ResumedAlone, Stop, WaitingResume } from '../../shared/rpc.ts';
import { shown, stillWaits, type FirstOfTwo } from './resume.ts';

/** For how long it is shown that somebody resumed alone. */
const SHOWN_MS = 24 * 60 * 60_000;

/** Resumes that wait for a second person, and those that one person made alone. Each change joins its caller's transaction. */
export class Resumes {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Who asked first to resume the target, if anybody did; whether it still counts is `stillWaits`. */
  first(target: Target): FirstOfTwo | null {
    return this.#read<FirstOfTwo>('SELECT body FROM resume_waiting WHERE target = ?', target)[0] ?? null;
  }

  wait(first: FirstOfTwo): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO resume_waiting (target, body) VALUES (?, ?)',
      first.target,
      JSON.stringify(first),
    );
  }

  /** Nobody waits any longer to resume the target. Returns who did. */
  drop(target: Target): FirstOfTwo | null {
    const first = this.first(target);
    this.#sql.exec('DELETE FROM resume_waiting WHERE target = ?', target);
    return first;
  }

  /** Those that still count. */
  waiting(stops: readonly Stop[], now: number): WaitingResume[] {
    return this.#read<FirstOfTwo>('SELECT body FROM resume_waiting ORDER BY target')
      .filter((first) => stillWaits(first, stops, now))
      .map(shown);
  }

  resumedAlone(resumed: ResumedAlone): void {
    this.#sql.exec(
      'INSERT INTO resumed_alone (at, body) VALUES (?, ?)',
      Date.parse(resumed.at),
      JSON.stringify(resumed),
    );
  }

  /** Within the last day, newest first. */
  alone(now: number): ResumedAlone[] {
    return this.#read('SELECT body FROM resumed_alone WHERE at > ? ORDER BY n DESC', now - SHOWN_MS);
  }

  prune(now: number): void {
    this.#sql.exec('DELETE FROM resumed_alone WHERE at <= ?', now - SHOWN_MS);
  }

  #read<T>(query: string, ...values: (string | number)[]): T[] {
    return this.#sql
      .exec<{ body: string }>(query, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as T);
  }
}
