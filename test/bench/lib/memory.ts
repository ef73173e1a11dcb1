import type { Case } from './cases.ts';
import { load } from './client.ts';
import { quiet, residentMiB } from './process.ts';

export interface MemoryFigure {
  name: Case['name'];
  /** Calls that the process had answered, refused ones not counted. */
  calls: number;
  residentMiB: number;
  growthPercent: number;
}

/** Resident memory of a fresh process after each of these many calls of one case at 50, when it has come to rest. */
export async function measureMemory(
  one: Case,
  marks: readonly number[],
  progress: (line: string) => void,
): Promise<MemoryFigure[]> {
  const figures: MemoryFigure[] = [];
  let done = 0;
  for (const mark of marks) {
    progress(`memory of ${one.name}: up to ${mark} calls`);
    while (done < mark) done += await some(one, Math.min(5_000, mark - done));
    await quiet(one.pid, 15_000);
    const now = residentMiB(one.pid);
    const first = figures[0]?.residentMiB ?? now;
    figures.push({ name: one.name, calls: done, residentMiB: now, growthPercent: (now / first - 1) * 100 });
  }
  return figures;
}

async function some(one: Case, calls: number): Promise<number> {
  await one.prepare();
  const sample = await load({ concurrency: 50, next: one.next, until: { calls } });
  if (sample.latencies.length === 0) throw new Error(`no call went through: ${sample.firstRefusal ?? ''}`);
  return sample.latencies.length;
}
