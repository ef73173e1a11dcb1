import { execute } from './cases.ts';
import { load } from './client.ts';
import { agents, type Gate } from './gate.ts';
import { quantile } from './stats.ts';

/** What a governed execute costs in one gate, beside the same in another at the same time. */
export interface Comparison {
  concurrency: number;
  p50Ms: { usual: number; other: number };
  /** Of the other gate to the usual one, within a round; median. */
  p50Ratio: number;
  rateRatio: number;
}

/** Loads two gates in turns, so that a slow minute of the machine slows both. */
export async function compare(
  [usual, other]: readonly [Gate, Gate],
  concurrency: number,
  { quick, say }: { quick: boolean; say: (line: string) => void },
): Promise<Comparison> {
  const rounds: { usual: Round; other: Round }[] = [];
  for (let n = 0; n < (quick ? 1 : 7); n += 1) {
    say(`the whole column at ${concurrency}, round ${n + 1}`);
    // Each first in half of them.
    const first = n % 2 === 0;
    const a = await round(first ? usual : other, concurrency, quick);
    const b = await round(first ? other : usual, concurrency, quick);
    rounds.push(first ? { usual: a, other: b } : { usual: b, other: a });
  }
  const median = (of: (one: { usual: Round; other: Round }) => number): number =>
    quantile(
      rounds.map(of).sort((a, b) => a - b),
      0.5,
    );
  return {
    concurrency,
    p50Ms: { usual: median((one) => one.usual.p50), other: median((one) => one.other.p50) },
    p50Ratio: median((one) => one.other.p50 / one.usual.p50),
    rateRatio: median((one) => one.other.rate / one.usual.rate),
  };
}

interface Round {
  p50: number;
  rate: number;
}

async function round(gate: Gate, concurrency: number, quick: boolean): Promise<Round> {
  await Promise.all(Object.values(gate.clients).map(async (client) => client.renew()));
  const next = () => execute(gate, agents[0]);
  await load({ concurrency, next, until: { ms: quick ? 300 : 1_000 } });
  const { latencies, elapsedMs, firstRefusal } = await load({
    concurrency,
    next,
    until: { ms: quick ? 500 : 2_500 },
  });
  if (latencies.length === 0) throw new Error(`no call went through: ${firstRefusal ?? ''}`);
  return { p50: quantile(latencies, 0.5), rate: (latencies.length / elapsedMs) * 1000 };
}
