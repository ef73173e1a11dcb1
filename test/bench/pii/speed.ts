import { join } from 'node:path';
import { bundleAll } from '../lib/bundle.ts';
import { send } from '../lib/client.ts';
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
 * Megabytes of UTF-8 a second, by our detectors in workerd. The fastest of some rounds, each less what an empty
 * request takes: a busy machine only makes it slower.
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
    await send({ port, path: '/set', body: JSON.stringify(texts) });
    const times = quick ? 3 : 20;
    const once = async (n: number): Promise<number> => {
      const start = performance.now();
      await send({ port, path: '/run', body: String(n) });
      return performance.now() - start;
    };
    await once(times);
    const rounds: number[] = [];
    for (let n = 0; n < (quick ? 5 : 9); n += 1) rounds.push(((await once(times)) - (await once(0))) / times);
    return megabytes(texts) / (Math.min(...rounds) / 1000);
  } finally {
    await workerd.stop();
  }
}

/** The same in Node, where the peers run. */
export async function inNode({ find }: Engine, texts: readonly string[], quick: boolean): Promise<number> {
  const some = texts.slice(0, quick ? 2 : 8);
  const round = async (): Promise<number> => {
    const start = performance.now();
    for (const text of some) await find(text);
    return performance.now() - start;
  };
  await round();
  const rounds: number[] = [];
  for (let n = 0; n < (quick ? 1 : 3); n += 1) rounds.push(await round());
  return megabytes(some) / (Math.min(...rounds) / 1000);
}

function megabytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
}
