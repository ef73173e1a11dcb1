import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalGate, type LocalGate } from '../../bin/lib/local-gate.ts';
import { root } from '../harness.ts';
import { freePort } from '../free-port.ts';

/** A copy of this repository in a folder of its own, with its own secrets, state and port, that can be killed and started. */
export interface Checkout {
  folder: string;
  port: number;
  start(): Promise<LocalGate>;
  /** SIGKILL to every process of the gate at once. */
  kill(gate: LocalGate): Promise<void>;
  remove(): void;
}

const parts = ['workers', 'shared', 'flags', 'governance', 'wrangler.toml', 'package.json', 'tsconfig.json'];

export async function makeCheckout(): Promise<Checkout> {
  const folder = mkdtempSync(join(tmpdir(), 'toolgate-'));
  for (const part of parts) {
    // Secrets of the developer's own gate stay where they are, and so does what wrangler keeps.
    const ours = (path: string): boolean => !/\.dev\.vars|\.wrangler/.test(path);
    cpSync(join(root, part), join(folder, part), { recursive: true, filter: ours });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const port = await freePort();
  return {
    folder,
    port,
    start: async () => {
      const options = { port, fresh: false, interrupted: new AbortController().signal };
      const started = await startLocalGate(folder, options);
      if (!started.ok) throw new Error(`${started.fault}\n${started.remedy}`);
      return started.gate;
    },
    kill: async ({ process: gate }) => {
      if (gate.group !== undefined) process.kill(-gate.group, 'SIGKILL');
      await gate.ended;
      // Only tidies up after the dead: the run file, which a later start would take for a running gate of this process.
      await gate.stop();
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
