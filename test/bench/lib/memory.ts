import type { Case } from './cases.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from './client.ts';
import { liveHeapMiB } from './inspector.ts';
import { quiet, residentMiB } from './process.ts';

export interface MemoryFigure {
  name: Case['name'];
  /** Calls that the process had answered, refused ones not counted. */
  calls: number;
  /** As it has grown: V8 collects late what costs nothing to leave. */
  residentMiB: number;
  /** Right after a full collection of every isolate, once whatever is kept for a time has expired. */
  collectedMiB: number;
  /** Of `collectedMiB`, against the first mark. */
  growthPercent: number;
  /** What the isolates' heaps hold then. */
  liveHeapMiB: number;
}

/** The longest that a call is remembered in memory: the window of the bench's limits. */
const WINDOW_MS = 60_000;

/** Memory of a fresh process, started with an inspector, after each of these many calls of one case at 50, at rest. */
export async function measureMemory(
  one: Case,
  { marks, inspector, patient }: { marks: readonly number[]; inspector: number; patient: boolean },
  progress: (line: string) => void,
): Promise<MemoryFigure[]> {
  const figures: MemoryFigure[] = [];
  let done = 0;
  for (const mark of marks) {
    progress(`memory of ${one.name}: up to ${mark} calls`);
    while (done < mark) done += await some(one, Math.min(5_000, mark - done));
    await quiet(one.pid, 15_000);
    const resident = residentMiB(one.pid);
    if (patient) await sleep(WINDOW_MS);
    // The next call sweeps out what has expired.
    done += await some(one, 1);
    const live = await liveHeapMiB(inspector);
    // Freed pages go back to the system a moment later.
    await sleep(3_000);
    const collected = residentMiB(one.pid);
    const first = figures[0]?.collectedMiB ?? collected;
    figures.push({
      name: one.name,
      calls: mark,
      residentMiB: resident,
      collectedMiB: collected,
      growthPercent: (collected / first - 1) * 100,
      liveHeapMiB: live,
    });
  }
  return figures;
}

async function some(one: Case, calls: number): Promise<number> {
  await one.prepare();
  const sample = await load({ concurrency: 50, next: one.next, until: { calls } });
  if (sample.latencies.length === 0) throw new Error(`no call went through: ${sample.firstRefusal ?? ''}`);
  return sample.latencies.length;
}
