import { WorkerEntrypoint } from 'cloudflare:workers';
import type { LedgerIntake as Intake } from '../../shared/rpc.ts';
import type { Appended, Env } from './env.ts';
import { runs } from './months.ts';

export { Evidence } from './evidence.ts';
export { LedgerDesk } from './desk.ts';
export { Ledger } from './ledger.ts';
export { LedgerIndex } from './ledger-index.ts';

/** Takes the journals of all objects and files each entry in its month. */
export class LedgerIntake extends WorkerEntrypoint<Env> implements Intake {
  async append(source: string, entries: string[]): Promise<{ acknowledged: number }> {
    if (entries.length === 0) return { acknowledged: await this.#held(source) };
    let acknowledged = 0;
    for (const { month, bodies } of runs(entries, Date.now())) {
      const taken = await this.#file(source, month, bodies);
      acknowledged = taken.acknowledged;
      // What comes after an entry that is refused would be a gap.
      if (taken.refused) break;
    }
    return { acknowledged };
  }

  /** In its month, or in the newer one where the chain has gone on. */
  async #file(source: string, month: string, bodies: string[]): Promise<Appended & { kind: 'taken' }> {
    let answer: Appended = { kind: 'moved', to: month };
    while (answer.kind === 'moved') {
      answer = await this.env.LEDGER.getByName(answer.to).append(source, bodies);
    }
    return answer;
  }

  /** What is held of a chain. */
  async #held(source: string): Promise<number> {
    const month = await this.env.LEDGER_INDEX.getByName('index').where(source);
    return month === null ? 0 : (await this.#file(source, month, [])).acknowledged;
  }
}

export default { fetch: (): Response => new Response(null, { status: 404 }) };
