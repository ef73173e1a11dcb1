import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { execute } from './cases.ts';
import { load } from './client.ts';
import { agents, type Gate } from './gate.ts';
import { attach, INTERVAL_US, type CpuProfile, type Inspected } from './inspector.ts';

/** Self time of one function of one Worker. */
export interface Cost {
  worker: string;
  where: string;
  /** Of all CPU samples of all Workers, idle ones left out. */
  percent: number;
  usPerCall: number;
}

const SECONDS = 15;
const TOP = 40;

/**
 * Runs governed executes at 50 under V8's sampling profiler, in every Worker at once, and says where the time went.
 * Native work (SQLite, RPC, sockets) shows only as the JavaScript function that called it, or as `(program)`.
 */
export async function profileGate(gate: Gate, bundles: string): Promise<string> {
  const [agent] = agents;
  const inspected = await attach(gate.workerd.ports['inspector'] ?? 0);
  const run = async (ms: number): Promise<number> => {
    await gate.clients[agent]?.renew();
    const sample = await load({ concurrency: 50, next: () => execute(gate, agent), until: { ms } });
    if (sample.firstRefusal) throw new Error(`refused: ${sample.firstRefusal}`);
    return sample.latencies.length;
  };
  await run(2_000);
  for (const one of inspected) await one.start();
  const calls = await run(SECONDS * 1000);
  const profiles: [Inspected, CpuProfile][] = [];
  for (const one of inspected) profiles.push([one, await one.stop()]);
  for (const one of inspected) one.close();
  return render(costs(profiles, calls, bundles), calls);
}

function costs(profiles: [Inspected, CpuProfile][], calls: number, bundles: string): Cost[] {
  const micros = new Map<string, number>();
  for (const [{ worker }, profile] of profiles) {
    const sources = sourceMap(join(bundles, worker, 'index.js.map'));
    for (const [where, us] of selfTimes(profile, sources)) {
      const key = `${worker}\n${where}`;
      micros.set(key, (micros.get(key) ?? 0) + us);
    }
  }
  const total = [...micros.values()].reduce((sum, us) => sum + us, 0);
  return [...micros]
    .map(([key, us]) => {
      const [worker = '', where = ''] = key.split('\n');
      return { worker, where, percent: (us / total) * 100, usPerCall: us / calls };
    })
    .sort((a, b) => b.usPerCall - a.usPerCall);
}

/** Microseconds by function; time in which an isolate did nothing is left out. */
function selfTimes(profile: CpuProfile, sources: SourceMap | undefined): Map<string, number> {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = new Map<string, number>();
  for (const [n, id] of profile.samples.entries()) {
    const frame = byId.get(id)?.callFrame;
    if (!frame || frame.functionName === '(idle)' || frame.functionName === '(program)') continue;
    const where = place(frame, sources);
    // An isolate is sampled only while it runs; a longer gap is time in which another one did.
    const us = Math.min(profile.timeDeltas[n] ?? 0, INTERVAL_US * 2);
    times.set(where, (times.get(where) ?? 0) + us);
  }
  return times;
}

function place(frame: CpuProfile['nodes'][number]['callFrame'], sources: SourceMap | undefined): string {
  const name = frame.functionName || '(anonymous)';
  if (frame.lineNumber < 0 || !frame.url.includes('index.js')) return name;
  const entry = sources?.findEntry(frame.lineNumber, frame.columnNumber);
  const source = entry && 'originalSource' in entry ? entry.originalSource : undefined;
  if (!source || !entry || !('originalLine' in entry)) return `${name} index.js:${frame.lineNumber + 1}`;
  return `${name} ${source.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`;
}

function sourceMap(path: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function render(found: Cost[], calls: number): string {
  const workers = new Map<string, number>();
  for (const { worker, usPerCall } of found) workers.set(worker, (workers.get(worker) ?? 0) + usPerCall);
  const perWorker = [...workers]
    .sort((a, b) => b[1] - a[1])
    .map(([worker, us]) => `${us.toFixed(0).padStart(8)} us/call  ${worker}`);
  const perFunction = found
    .slice(0, TOP)
    .map(
      ({ worker, where, percent, usPerCall }) =>
        `${usPerCall.toFixed(1).padStart(8)} us/call ${percent.toFixed(1).padStart(5)} %  ${worker}  ${where}`,
    );
  return [`${calls} governed executes at 50, JavaScript only`, ...perWorker, '', ...perFunction].join('\n');
}
