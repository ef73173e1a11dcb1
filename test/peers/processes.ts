import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** One process that a test started, and only by which it ends and freezes it: never by a name. */
export interface Server {
  pid: number;
  port: number;
  /** Sends the process a message of its own protocol; resolves to what it answers. */
  tell(message: object): Promise<unknown>;
  /** SIGSTOP: connections are still taken by the kernel, and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
}

/** How long a server may take to be there; a busy machine needs many times the usual. */
const READY_MS = 60_000;

let reaper: ChildProcess | undefined;

/** Starts one of `servers/*.mjs` with only the environment given, and waits for the port that it tells. */
export async function startServer(script: string, env: Record<string, string>): Promise<Server> {
  const path = new URL(`servers/${script}`, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-deprecation', path], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: bare(env),
  });
  const output = lastOutput(child);
  const port = await new Promise<number>((resolve, reject) => {
    const refuse = (why: string): void =>
      reject(new Error(`${script} ${why}. The end of its output:\n${output()}`));
    const timer = setTimeout(() => refuse(`was not ready within ${READY_MS} ms`), READY_MS);
    child.once('message', (message: { port: number }) => {
      clearTimeout(timer);
      resolve(message.port);
    });
    child.once('error', (error) => refuse(`did not start: ${error.message}`));
    child.once('exit', (code) => refuse(`ended with ${code}`));
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return asServer(child, port, output);
}

/** Wraps a running child, and sees to it that it ends with this process, whatever ends this process. */
export function asServer(child: ChildProcess, port: number, output: () => string): Server {
  const { pid } = child;
  if (pid === undefined) throw new Error('The process has not started.');
  mind({ born: pid });
  let wanted = false;
  child.once('exit', (code, signal) => {
    mind({ ended: pid });
    // Else a crash of a peer would look like a fault of what is tested.
    if (!wanted) console.error(`A peer ended by itself (${code ?? signal}):\n${output()}`);
  });
  // What a test starts must not keep the test running.
  child.unref();
  child.channel?.unref();
  return {
    pid,
    port,
    tell: async (message) => {
      const answered = once(child, 'message');
      child.send(message);
      return (await answered)[0] as unknown;
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      wanted = true;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The few variables that a program needs, so that nothing set on this machine (NODE_ENV, DATABASE_URL) reaches it. */
export function bare(env: Record<string, string>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', TZ: 'UTC', NODE_ENV: 'production', ...env };
}

/** Collects what a child prints, so that it never blocks; the end of it is for error messages. */
export function lastOutput(child: ChildProcess): () => string {
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-2_000);
    });
  }
  return () => tail;
}

function mind(message: { born?: number; ended?: number }): void {
  if (!reaper) {
    const path = new URL('servers/reaper.mjs', import.meta.url).pathname;
    reaper = spawn(process.execPath, [path], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    });
    reaper.unref();
    reaper.channel?.unref();
  }
  if (reaper.connected) reaper.send(message);
}
