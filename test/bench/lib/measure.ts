import type { Case, CaseName } from './cases.ts';
import { load, type Sample } from './client.ts';
import { quiet, usageOf } from './process.ts';
import { median, quantile } from './stats.ts';

export interface Plan {
  rounds: number;
  /** How long each case runs in each round. */
  ms: number;
  warmUpMs: number;
  concurrencies: readonly number[];
}

/** One case in one round. */
interface Reading {
  p50: number;
  p90: number;
  perSecond: number;
  /** Of the whole process, background work included; milliseconds per call. */
  cpuMs: number;
  /** KiB handed to the disk per call. */
  writtenKiB: number;
}

/** Medians over the rounds; ratios are taken within a round first, so that a slow minute slows both sides. */
export interface Figure extends Reading {
  name: CaseName;
  concurrency: number;
  calls: number;
  /** Of p50: under 1 is faster than the floor. */
  p50ToFloor: number;
  p50ToTwoVisits: number;
  /** Of requests per second: over 1 is faster than the floor. */
  rateToFloor: number;
  rateToTwoVisits: number;
  /** Of CPU time per call; the steadiest of the ratios while others use the machine. */
  cpuToFloor: number;
  refused: Record<string, number>;
  firstRefusal: string | null;
}

type Round = Map<CaseName, Reading>;

/** Measures every case at every concurrency, in rounds that go through all cases, forwards and backwards in turn. */
export async function measureAll(
  cases: readonly Case[],
  plan: Plan,
  progress: (line: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const concurrency of plan.concurrencies) {
    const chosen = cases.filter(({ at }) => at.includes(concurrency));
    for (const one of chosen) await runCase(one, concurrency, plan.warmUpMs);
    const rounds: Round[] = [];
    const samples = new Map<CaseName, Sample[]>();
    for (let n = 0; n < plan.rounds; n += 1) {
      progress(`concurrency ${concurrency}, round ${n + 1} of ${plan.rounds}`);
      rounds.push(await round(n % 2 === 0 ? chosen : chosen.toReversed(), concurrency, plan.ms, samples));
    }
    figures.push(...chosen.map(({ name }) => figure(name, concurrency, rounds, samples.get(name) ?? [])));
  }
  return figures;
}

async function round(
  cases: readonly Case[],
  concurrency: number,
  ms: number,
  samples: Map<CaseName, Sample[]>,
): Promise<Round> {
  const readings: Round = new Map();
  for (const one of cases) {
    const before = usageOf(one.pid);
    const sample = await runCase(one, concurrency, ms);
    // Work that a call leaves behind (shipping the journal) is part of its cost.
    await quiet(one.pid);
    const after = usageOf(one.pid);
    const calls = Math.max(1, sample.latencies.length);
    samples.set(one.name, [...(samples.get(one.name) ?? []), sample]);
    readings.set(one.name, {
      p50: quantile(sample.latencies, 0.5),
      p90: quantile(sample.latencies, 0.9),
      perSecond: (sample.latencies.length * 1000) / sample.elapsedMs,
      cpuMs: (after.cpuMs - before.cpuMs) / calls,
      writtenKiB: (after.written - before.written) / calls / 1024,
    });
  }
  return readings;
}

async function runCase(one: Case, concurrency: number, ms: number): Promise<Sample> {
  await one.prepare();
  return load({ concurrency, next: one.next, until: { ms } });
}

function figure(name: CaseName, concurrency: number, rounds: readonly Round[], samples: Sample[]): Figure {
  const of = (key: keyof Reading): number => median(rounds.map((r) => r.get(name)?.[key] ?? NaN));
  const to = (base: CaseName, key: keyof Reading): number =>
    median(rounds.map((r) => (r.get(name)?.[key] ?? NaN) / (r.get(base)?.[key] ?? NaN)));
  return {
    name,
    concurrency,
    calls: samples.reduce((sum, { latencies }) => sum + latencies.length, 0),
    p50: of('p50'),
    p90: of('p90'),
    perSecond: of('perSecond'),
    cpuMs: of('cpuMs'),
    writtenKiB: of('writtenKiB'),
    p50ToFloor: to('floor', 'p50'),
    p50ToTwoVisits: to('floor-two-visits', 'p50'),
    rateToFloor: to('floor', 'perSecond'),
    rateToTwoVisits: to('floor-two-visits', 'perSecond'),
    cpuToFloor: to('floor', 'cpuMs'),
    ...refusals(samples),
  };
}

function refusals(samples: Sample[]): Pick<Figure, 'refused' | 'firstRefusal'> {
  const refused: Record<string, number> = {};
  for (const sample of samples) {
    for (const [status, n] of Object.entries(sample.refused)) refused[status] = (refused[status] ?? 0) + n;
  }
  return { refused, firstRefusal: samples.find(({ firstRefusal }) => firstRefusal)?.firstRefusal ?? null };
}
