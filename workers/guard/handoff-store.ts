import type { HandoffStanding } from '../../shared/handoffs.ts';
import type { Draft } from './handoff-draft.ts';

/** A case as the guard keeps it. */
export interface HandoffRow {
  id: string;
  /** Keyed hash of the idempotency key; null: none was sent. */
  key: string | null;
  /** Keyed hash of what was filed. */
  content: string;
  /** Unix ms. */
  at: number;
  times: number;
  /** Where triage has it; null: it does not yet. */
  workflow: string | null;
  draft: Draft;
  /** How it ended; null: not known to be over. */
  standing: HandoffStanding | null;
}

type Stored = Omit<HandoffRow, 'draft' | 'standing'> & { draft: string; standing: string | null };

/** The table of an agent's cases, and what of it triage lacks. */
export class HandoffStore {
  readonly #sql: SqlStorage;

  /** The object's migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): HandoffRow | undefined {
    return this.#rows('id = ?', id)[0];
  }

  byKey(key: string): HandoffRow | undefined {
    return this.#rows('key = ?', key)[0];
  }

  /** The newest of this content since a time. */
  same(content: string, since: number): HandoffRow | undefined {
    return this.#rows('content = ? AND at > ? ORDER BY at DESC LIMIT 1', content, since)[0];
  }

  /** The newest since a time, where there are at least `max`. */
  newest(since: number, max: number): HandoffRow | undefined {
    const { many } = this.#sql
      .exec<{ many: number }>('SELECT count(*) AS many FROM handoff WHERE at > ?', since)
      .one();
    return many < max ? undefined : this.#rows('at > ? ORDER BY at DESC LIMIT 1', since)[0];
  }

  /** Keeps a case that triage is to be told of. */
  put({ id, key, content, at, times, workflow, draft, standing }: HandoffRow): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO handoff (id, key, content, at, times, untold, workflow, draft, standing)
       VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)`,
      id,
      key,
      content,
      at,
      times,
      workflow,
      JSON.stringify(draft),
      standing && JSON.stringify(standing),
    );
  }

  counted({ id, times }: HandoffRow): void {
    this.#sql.exec('UPDATE handoff SET times = ? WHERE id = ?', times, id);
  }

  resolved(id: string, standing: HandoffStanding): void {
    this.#sql.exec('UPDATE handoff SET standing = ? WHERE id = ?', JSON.stringify(standing), id);
  }

  get any(): boolean {
    return this.#sql.exec('SELECT 1 FROM handoff WHERE untold = 1 LIMIT 1').toArray().length > 0;
  }

  untold(max: number): HandoffRow[] {
    return this.#rows('untold = 1 ORDER BY at LIMIT ?', max);
  }

  /** Triage has it as it was then; where it was counted on meanwhile, it is told again. */
  told({ id, times }: HandoffRow, workflow: string): void {
    this.#sql.exec('UPDATE handoff SET untold = times <> ?, workflow = ? WHERE id = ?', times, workflow, id);
  }

  prune(before: number): void {
    this.#sql.exec('DELETE FROM handoff WHERE at < ? AND untold = 0', before);
  }

  #rows(where: string, ...values: (string | number)[]): HandoffRow[] {
    return this.#sql
      .exec<Stored & Record<string, SqlStorageValue>>(
        `SELECT id, key, content, at, times, workflow, draft, standing FROM handoff WHERE ${where}`,
        ...values,
      )
      .toArray()
      .map((row) => ({
        ...row,
        draft: JSON.parse(row.draft) as Draft,
        standing: row.standing === null ? null : (JSON.parse(row.standing) as HandoffStanding),
      }));
  }
}
