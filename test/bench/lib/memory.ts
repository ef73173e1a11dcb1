import { execute } from './cases.ts';
import { load } from './client.ts';
import { agents, type Gate } from './gate.ts';
import { quiet, residentMiB } from './process.ts';

export interface MemoryFigure {
  /** Governed executes that the process had answered, refused ones not counted. */
  calls: number;
  residentMiB: number;
  growthPercent: number;
}

/** Resident memory of a fresh gate after each of these many governed executes, when it has come to rest. */
export async function measureMemory(
  gate: Gate,
  marks: readonly number[],
  progress: (line: string) => void,
): Promise<MemoryFigure[]> {
  const figures: MemoryFigure[] = [];
  let done = 0;
  for (const mark of marks) {
    progress(`memory: up to ${mark} calls`);
    while (done < mark) done += await some(gate, Math.min(5_000, mark - done));
    await quiet(gate.workerd.pid, 15_000);
    const now = residentMiB(gate.workerd.pid);
    const first = figures[0]?.residentMiB ?? now;
    figures.push({ calls: done, residentMiB: now, growthPercent: (now / first - 1) * 100 });
  }
  return figures;
}

async function some(gate: Gate, calls: number): Promise<number> {
  await gate.clients[agents[0]]?.renew();
  const sample = await load({ concurrency: 50, next: () => execute(gate, agents[0]), until: { calls } });
  if (sample.latencies.length === 0) throw new Error(`no call went through: ${sample.firstRefusal ?? ''}`);
  return sample.latencies.length;
}
