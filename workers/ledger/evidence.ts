import { WorkerEntrypoint } from 'cloudflare:workers';
import type * as rpc from '../../shared/rpc.ts';
import type { Env } from './env.ts';
import type { Counts } from './evidence-store.ts';
import { monthsBetween } from './months.ts';

/** Agents per question: each costs one look into an index of each month. */
const MAX_ASKS = 200;

/** For control: figures of what agents did, from which it decides what they may do. No person asks here, and nothing is shown. */
export class Evidence extends WorkerEntrypoint<Env> implements rpc.Evidence {
  async count(asks: { agent: string; since: string }[]): Promise<rpc.AgentEvidence[]> {
    const some = asks.slice(0, MAX_ASKS).map(({ agent, since }) => ({ agent, since }));
    const sums: Counts[] = some.map(() => ({}));
    for (const month of await this.#months(some.map(({ since }) => since).sort()[0])) {
      const counts = await this.env.LEDGER.getByName(month).counts(some);
      for (const [n, found] of counts.entries()) add(sums[n], found);
    }
    return some.map((ask, n) => ({ ...ask, ...evidenceOf(sums[n] ?? {}) }));
  }

  async trail(agent: string, since: string): Promise<rpc.AgentTrail> {
    const trail: rpc.AgentTrail = { last: null, broken: false, used: [] };
    for (const month of await this.#months(since)) {
      const found = await this.env.LEDGER.getByName(month).trail(agent, since);
      // Newest month first.
      trail.last ??= found.last && { seq: found.last.seq, at: found.last.at };
      trail.broken ||= found.broken;
      trail.used = [...new Set([...trail.used, ...found.used])];
    }
    return trail;
  }

  async #months(since: string | undefined): Promise<string[]> {
    return monthsBetween(await this.env.LEDGER_INDEX.getByName('index').months(), since);
  }
}

function add(sum: Counts | undefined, found: Counts): void {
  if (!sum) return;
  for (const [word, calls] of Object.entries(found)) sum[word] = (sum[word] ?? 0) + calls;
}

/** Only what is over counts as executed: a call that lapsed was never sent. */
function evidenceOf(counts: Counts): Omit<rpc.AgentEvidence, 'agent' | 'since'> {
  const of = (word: string): number => counts[word] ?? 0;
  const failures = of('ended:failed') + of('ended:indeterminate');
  // What people rejected, approved only as they edited it, or found wrong once it had run.
  const reviewed = of('reviewed:wrong');
  const rejected = of('decided:rejected') + of('decided:edited') + reviewed;
  return {
    proposals: of('proposed'),
    executes: of('ended:succeeded') + failures,
    failures,
    decided: of('decided:approved') + rejected,
    rejected,
    violations: of('violation'),
  };
}
