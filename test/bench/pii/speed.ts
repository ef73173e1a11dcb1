import { join } from 'node:path';
import { bundleAll } from '../lib/bundle.ts';
import { send } from '../lib/client.ts';
import { usageOf } from '../lib/process.ts';
import { startWorkerd } from '../lib/workerd.ts';
import type { Engine } from './engines.ts';

/** Texts as long as a long mail: what a tool answers is rarely longer. */
const PIECE = 16_384;

/** The corpora's texts one after another, in pieces. */
export function pieces(texts: readonly string[]): string[] {
  const all = texts.join('\n');
  return Array.from({ length: Math.floor(all.length / PIECE) }, (_, n) =>
    all.slice(n * PIECE, (n + 1) * PIECE),
  );
}

/**
 * Megabytes of UTF-8 that our detectors read in workerd in a second of processor time, its own threads for garbage and compiling included:
 * what a second on the clock holds of it is up to whatever else the machine does.
 */
export async function inWorkerd(texts: readonly string[], folder: string, quick: boolean): Promise<number> {
  const bundles = await bundleAll(['test/bench/pii/wrangler.toml'], join(folder, 'bundles'));
  const workerd = await startWorkerd({
    bundles,
    secrets: {},
    vendorPort: 9,
    sockets: { pii: 'toolgate-bench-pii' },
    folder: join(folder, 'workerd'),
  });
  try {
    const port = workerd.ports['pii'] ?? 0;
    const run = async (times: number): Promise<unknown> => send({ port, path: '/run', body: String(times) });
    await send({ port, path: '/set', body: JSON.stringify(texts) });
    await run(10);
    const times = quick ? 20 : 100;
    const before = usageOf(workerd.pid).cpuMs;
    await run(times);
    return (megabytes(texts) * times * 1000) / (usageOf(workerd.pid).cpuMs - before);
  } finally {
    await workerd.stop();
  }
}

/** The same in Node, where the peers run. */
export async function inNode({ find }: Engine, texts: readonly string[], quick: boolean): Promise<number> {
  const some = texts.slice(0, quick ? 2 : 8);
  const round = async (): Promise<number> => {
    const before = process.cpuUsage();
    for (const text of some) await find(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  await round();
  const rounds = [await round(), await round()];
  return megabytes(some) / Math.min(...rounds);
}

function megabytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
}
