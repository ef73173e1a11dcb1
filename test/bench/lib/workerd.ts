import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { capnpConfig, type Plan } from './capnp.ts';

/** One workerd process on a configuration of its own. */
export interface Workerd {
  pid: number;
  /** Socket name -> port; `inspector` too, when asked for. */
  ports: Record<string, number>;
  stop: () => Promise<void>;
}

export interface WorkerdOptions extends Omit<Plan, 'storage'> {
  /** Its folder: configuration, databases, log. Wiped first, unless `keep` says to go on with the databases there. */
  folder: string;
  keep?: boolean;
  inspector?: boolean;
}

/** Starts workerd and resolves when every socket listens. */
export async function startWorkerd({ folder, keep, inspector, ...plan }: WorkerdOptions): Promise<Workerd> {
  const storage = resolve(folder, 'storage');
  if (!keep) rmSync(folder, { recursive: true, force: true });
  mkdirSync(storage, { recursive: true });
  const config = resolve(folder, 'config.capnp');
  // It holds the secrets of this run.
  writeFileSync(config, capnpConfig({ ...plan, storage }), { mode: 0o600 });
  const wanted = [...Object.keys(plan.sockets), ...(inspector ? ['inspector'] : [])];
  const log = join(folder, 'workerd.log');
  const child = launch(config, log, inspector === true);
  const ports = await listening(child, wanted, log);
  return { pid: child.pid ?? 0, ports, stop: async () => stopped(child) };
}

function launch(config: string, log: string, inspector: boolean): ChildProcess {
  const out = openSync(log, 'w');
  const flags = inspector ? ['--inspector-addr=127.0.0.1:0'] : [];
  const child = spawn(resolve('node_modules/.bin/workerd'), ['serve', ...flags, '--control-fd=3', config], {
    stdio: ['ignore', out, out, 'pipe'],
  });
  closeSync(out);
  return child;
}

async function listening(
  child: ChildProcess,
  wanted: string[],
  log: string,
): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const event = JSON.parse(line) as { event: string; socket?: string; port: number };
    ports[event.event === 'listen-inspector' ? 'inspector' : (event.socket ?? '')] = event.port;
    if (wanted.every((name) => name in ports)) return ports;
  }
  throw new Error(`workerd did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGKILL');
  await ended;
}
