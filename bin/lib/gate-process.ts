import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writePrivate } from './dev-vars.ts';
import { localPaths, readJsonFile } from './local.ts';
import { findWorkers } from './workers.ts';

/** `.toolgate/run.json`: which processes are up, so that a later start finds them. */
export interface Run {
  /** The process that started the gate. */
  pid: number;
  port: number;
  /** In the environment of every process of the gate, which tells them from all others. */
  mark: string;
}

export interface GateProcess {
  /** Id of the process group of everything that was started; undefined when nothing was. */
  group: number | undefined;
  /** Resolves with the exit code once wrangler has ended. */
  ended: Promise<number | null>;
  /** Ends the whole tree: asks first, then insists. */
  stop(): Promise<void>;
}

const MARK = 'TOOLGATE_RUN';

/** Starts `wrangler dev` over every Worker. Its own output goes to `.toolgate/dev.log`. */
export function launchGate(at: string, port: number): GateProcess {
  const paths = localPaths(at);
  const mark = randomBytes(8).toString('hex');
  const log = openSync(paths.log, 'w', 0o600);
  const configs = findWorkers(at).flatMap(({ configPath }) => ['-c', configPath]);
  const child = spawn(
    process.execPath,
    [
      join(at, 'node_modules/wrangler/bin/wrangler.js'),
      'dev',
      ...configs,
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--inspector-port=0',
      `--persist-to=${paths.state}`,
      '--show-interactive-dev-session=false',
    ],
    {
      cwd: at,
      // A process group of its own, so that the whole tree can be ended by one id: wrangler alone would orphan workerd.
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        [MARK]: mark,
        WRANGLER_SEND_METRICS: 'false',
        // With its banner goes its look for a newer version on the internet.
        WRANGLER_HIDE_BANNER: 'true',
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        // Else Workers of the same name in another checkout on this machine could answer for ours.
        WRANGLER_REGISTRY_PATH: paths.registry,
        WRANGLER_LOG_PATH: join(paths.folder, 'wrangler.log'),
        NO_COLOR: '1',
      },
    },
  );
  closeSync(log);
  writePrivate(paths.run, JSON.stringify({ pid: process.pid, port, mark } satisfies Run));
  return supervise(child, paths.run);
}

function supervise(child: ChildProcess, runFile: string): GateProcess {
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  return {
    group: child.pid,
    ended,
    stop: async () => {
      if (child.pid !== undefined) await endGroup(child.pid);
      rmSync(runFile, { force: true });
    },
  };
}

/** Ends a process group by its id: SIGTERM, five seconds, SIGKILL. */
async function endGroup(group: number): Promise<void> {
  signal(-group, 'SIGTERM');
  for (let waited = 0; waited < 5000 && signal(-group, 0); waited += 50) await sleep(50);
  signal(-group, 'SIGKILL');
}

/** Sends a signal (0 only asks); false when there is nobody to get it. */
function signal(id: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(id, name);
  } catch {
    return false;
  }
}

function readRun(at: string): Run | undefined {
  return readJsonFile(localPaths(at).run) as Run | undefined;
}

/** The gate that runs from this folder now, if any. */
export function runningGate(at: string): Run | undefined {
  const run = readRun(at);
  if (!run || !signal(run.pid, 0)) return undefined;
  // Ids are reused: where the system tells, make sure that it still is the same program.
  const command = `/proc/${run.pid}/cmdline`;
  if (!existsSync(command)) return run;
  return /bin\/(start|demo)\.ts/.test(readFileSync(command, 'utf8')) || run.pid === process.pid
    ? run
    : undefined;
}

/** Ends what a start that was itself killed left behind. Finds it by its mark, so that nothing else is ever hit. */
export async function endOrphans(at: string): Promise<number> {
  const run = readRun(at);
  if (!run || runningGate(at)) return 0;
  const orphans = marked(run.mark);
  for (const pid of orphans) signal(pid, 'SIGTERM');
  for (let waited = 0; waited < 5000 && marked(run.mark).length > 0; waited += 100) await sleep(100);
  for (const pid of marked(run.mark)) signal(pid, 'SIGKILL');
  rmSync(localPaths(at).run, { force: true });
  return orphans.length;
}

/** Ids of the processes that carry a mark. Only Linux shows it; elsewhere there are none to be found. */
function marked(mark: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environment(pid).includes(`${MARK}=${mark}`));
}

function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return ''; // It has ended, or is another user's.
  }
}

/** Whether this port of 127.0.0.1 can be listened on. */
export async function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
