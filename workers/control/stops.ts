import { overlaps, type Target } from '../../flags/targets.ts';
import type { Stop, StopSource } from '../../shared/rpc.ts';

/**
 * The stops in force: rows in storage, and the same in memory for grants. Each change is called in the transaction of its
 * epoch and its journal entry.
 */
export class Stops {
  readonly #sql: SqlStorage;
  #all: readonly Stop[] = [];

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#all = read(sql);
  }

  get all(): readonly Stop[] {
    return this.#all;
  }

  of(target: Target): readonly Stop[] {
    return this.#all.filter((stop) => stop.target === target);
  }

  /** Adds a source's stop. One that stands keeps when, by whom and why it began; it is held again if the source says so. */
  add(stop: Stop): void {
    const { target, source, since, by, reason, held } = stop;
    this.#sql.exec(
      `INSERT INTO stopped (target, source, since, by, reason, held) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (target, source) DO UPDATE SET held = excluded.held`,
      target,
      source,
      since,
      by,
      reason,
      held ? 1 : 0,
    );
    this.#all = read(this.#sql);
  }

  /** Its source no longer asks for it: from here on a person may resume it. It goes on stopping. */
  release(target: Target, source: StopSource): void {
    this.#sql.exec('UPDATE stopped SET held = 0 WHERE target = ? AND source = ?', target, source);
    this.#all = read(this.#sql);
  }

  /** Ends a source's stop. */
  lift(target: Target, source: StopSource): void {
    this.#sql.exec('DELETE FROM stopped WHERE target = ? AND source = ?', target, source);
    this.#all = read(this.#sql);
  }

  /** Targets whose stops hold something of this one: itself, everything under `all`, a tool's actions under the tool. */
  over(target: Target): Target[] {
    return [...new Set(this.#all.map((stop) => stop.target).filter((held) => overlaps(held, target)))];
  }
}

function read(sql: SqlStorage): Stop[] {
  return sql
    .exec<Record<'target' | 'source' | 'since' | 'by' | 'reason', string> & { held: number }>(
      'SELECT * FROM stopped ORDER BY since, target, source',
    )
    .toArray()
    .map((row) => ({
      ...row,
      target: row.target as Target,
      source: row.source as StopSource,
      held: row.held === 1,
    }));
}
