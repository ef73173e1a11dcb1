import type { ArtefactWord } from '../../shared/artefacts.ts';
import type { Objects } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import type { ArtefactsApi } from './artefact-store.ts';

const TELL_MS = 5_000;
/** Each holds two contents of at most 128 KiB. */
const AT_ONCE = 20;

type Row = { id: number; tool: string; word: string };

/** What the keepers of artefacts have not heard yet: written with the outcome, deleted once the keeper has it. */
export class ArtefactWords {
  readonly #sql: SqlStorage;
  readonly #keepers: Objects<ArtefactsApi>;
  #any: boolean;

  /** The object's migrations must have run. */
  constructor(sql: SqlStorage, keepers: Objects<ArtefactsApi>) {
    this.#sql = sql;
    this.#keepers = keepers;
    this.#any = this.#left();
  }

  get any(): boolean {
    return this.#any;
  }

  /** Call it in the transaction of what it tells of. */
  put(tool: string, word: ArtefactWord): void {
    this.#any = true;
    this.#sql.exec('INSERT INTO artefact_word (tool, word) VALUES (?, ?)', tool, JSON.stringify(word));
  }

  /** Tells what there is; false: not all of it was heard, so it is to be told again. */
  async tell(): Promise<boolean> {
    if (!this.#any) return true;
    const rows = this.#sql
      .exec<Row>('SELECT id, tool, word FROM artefact_word ORDER BY id LIMIT ?', AT_ONCE)
      .toArray();
    const told = [...Map.groupBy(rows, ({ tool }) => tool)].map(async ([tool, some]) => {
      const words = some.map(({ word }) => JSON.parse(word) as ArtefactWord);
      await within(TELL_MS, this.#keepers.getByName(tool).take(words));
      for (const { id } of some) this.#sql.exec('DELETE FROM artefact_word WHERE id = ?', id);
    });
    const all = await Promise.allSettled(told);
    this.#any = this.#left();
    return all.every(({ status }) => status === 'fulfilled') && !this.#any;
  }

  #left(): boolean {
    return this.#sql.exec('SELECT 1 FROM artefact_word LIMIT 1').toArray().length > 0;
  }
}
