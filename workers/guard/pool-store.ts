import type { HoldWord, PoolRules } from '../../shared/rpc.ts';
import type { Usage } from '../../shared/usage.ts';

/** `held`: nobody has said yet how it ended. */
export type HoldState = 'held' | 'used' | 'failed';

export interface HoldRow {
  id: string;
  agent: string;
  call: string;
  /** Unix ms, as the meters count. */
  at: number;
  state: HoldState;
  usage: Usage;
  tries: number;
}

type Stored = Omit<HoldRow, 'usage'> & { usage: string };

/** What a word makes of a taking: its next state (`gone`: as if it had never been), or null when it changes nothing. Pure. */
export function settled(state: HoldState, word: HoldWord): HoldState | 'gone' | null {
  switch (word) {
    case 'released':
      if (state === 'held') return 'gone';
      // What was told to be used may have sent something: the call stays counted, and the amounts do not.
      return state === 'used' ? 'failed' : null;
    case 'used':
    case 'failed':
      return state === word ? null : word;
  }
}

/**
 * Which rules count: those of the newest epoch that any guard brought. A guard whose lease is older brings older ones, and they
 * are not taken back up. `changed`: what is counted has to be counted anew. Pure.
 */
export function newest(known: PoolRules | null, brought: PoolRules): { rules: PoolRules; changed: boolean } {
  if (known && brought.epoch <= known.epoch) return { rules: known, changed: false };
  return { rules: brought, changed: JSON.stringify(known?.rules) !== JSON.stringify(brought.rules) };
}

/** A pool's takings and the rules it keeps, in its own storage. */
export class PoolStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The newest rules that any guard brought; null: none did yet. */
  rules(): PoolRules | null {
    const row = this.#sql
      .exec<{ value: string }>(`SELECT value FROM setting WHERE name = 'rules'`)
      .toArray()[0];
    return row ? (JSON.parse(row.value) as PoolRules) : null;
  }

  govern(rules: PoolRules): void {
    this.#sql.exec(
      `INSERT INTO setting VALUES ('rules', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
      JSON.stringify(rules),
    );
  }

  get(id: string): HoldRow | undefined {
    return this.#rows('SELECT * FROM hold WHERE id = ?', id)[0];
  }

  all(): HoldRow[] {
    return this.#rows('SELECT * FROM hold ORDER BY at');
  }

  insert({ id, agent, call, at, usage }: Omit<HoldRow, 'state' | 'tries'>, due: number): void {
    this.#sql.exec(
      `INSERT INTO hold (id, agent, call, at, state, usage, due, tries) VALUES (?, ?, ?, ?, 'held', ?, ?, 0)`,
      id,
      agent,
      call,
      at,
      JSON.stringify(usage),
      due,
    );
  }

  settle(id: string, state: HoldState | 'gone'): void {
    if (state === 'gone') this.#sql.exec('DELETE FROM hold WHERE id = ?', id);
    else this.#sql.exec('UPDATE hold SET state = ?, due = NULL WHERE id = ?', state, id);
  }

  /** Takings that nobody settled in time, oldest first. */
  due(now: number, max: number): HoldRow[] {
    return this.#rows('SELECT * FROM hold WHERE due <= ? ORDER BY due LIMIT ?', now, max);
  }

  postpone(id: string, due: number, tries: number): void {
    this.#sql.exec('UPDATE hold SET due = ?, tries = ? WHERE id = ?', due, tries, id);
  }

  /** When the next one is due (Unix ms). */
  nextDue(): number | null {
    return this.#sql.exec<{ due: number | null }>('SELECT min(due) AS due FROM hold').one().due;
  }

  /** Settled takings from before a time. */
  old(before: number, max: number): HoldRow[] {
    return this.#rows('SELECT * FROM hold WHERE at < ? AND due IS NULL ORDER BY at LIMIT ?', before, max);
  }

  drop(rows: readonly HoldRow[]): void {
    for (const { id } of rows) this.#sql.exec('DELETE FROM hold WHERE id = ?', id);
  }

  #rows(query: string, ...bound: (string | number)[]): HoldRow[] {
    return this.#sql
      .exec<Stored & Record<string, SqlStorageValue>>(query, ...bound)
      .toArray()
      .map((row) => ({ ...row, usage: JSON.parse(row.usage) as Usage }));
  }
}
