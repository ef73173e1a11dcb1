import type { HoldWord } from '../../shared/rpc.ts';
import type { Hold } from './taken.ts';

export interface WordRow {
  id: number;
  pool: string;
  hold: string;
  word: HoldWord;
}

/** Words sent to one pool at once. */
const AT_ONCE = 500;

/** What pools have not heard yet of how takings ended: written with the outcome, deleted once the pool has it. */
export class PoolWords {
  readonly #sql: SqlStorage;
  #any: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#any = sql.exec('SELECT 1 FROM pool_word LIMIT 1').toArray().length > 0;
  }

  get any(): boolean {
    return this.#any;
  }

  /** Call it in the transaction of what it tells of. */
  put({ id, pools }: Pick<Hold, 'id' | 'pools'>, word: HoldWord): void {
    this.#any = true;
    for (const pool of pools) {
      this.#sql.exec('INSERT INTO pool_word (pool, hold, word) VALUES (?, ?, ?)', pool, id, word);
    }
  }

  /** By pool, in the order in which they were written. */
  untold(): Map<string, WordRow[]> {
    const rows = this.#sql
      .exec<WordRow & Record<string, SqlStorageValue>>(
        'SELECT id, pool, hold, word FROM pool_word ORDER BY id LIMIT ?',
        AT_ONCE,
      )
      .toArray();
    return Map.groupBy(rows, ({ pool }) => pool);
  }

  told(rows: readonly WordRow[]): void {
    for (const { id } of rows) this.#sql.exec('DELETE FROM pool_word WHERE id = ?', id);
    this.#any = this.#sql.exec('SELECT 1 FROM pool_word LIMIT 1').toArray().length > 0;
  }

  /** The last word on a taking, if the pool has not heard it. */
  of(pool: string, hold: string): HoldWord | undefined {
    return this.#sql
      .exec<{ word: HoldWord }>(
        'SELECT word FROM pool_word WHERE pool = ? AND hold = ? ORDER BY id DESC LIMIT 1',
        pool,
        hold,
      )
      .toArray()[0]?.word;
  }
}
