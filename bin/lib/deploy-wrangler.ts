import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import type { Deployable } from './deploy-configs.ts';
import { printable } from './output.ts';

/** How one run of wrangler ended; `code` is null when it did not start or was ended by a signal. */
export interface Ran {
  code: number | null;
  stdout: string;
  /** Everything that it wrote, for people. */
  output: string;
}

/** What the account says of one Worker. */
export type Account =
  | { state: 'exists'; secrets: string[] }
  | { state: 'absent' }
  /** It could not be asked. */
  | { state: 'unknown'; why: string };

/** A question takes a second or two; an upload a few more. */
const ASK_MS = 60_000;
const DEPLOY_MS = 300_000;
/** Wrangler is a program of 15 MB: more at once only take the machine's memory. */
const AT_ONCE = 3;

/**
 * Runs the `wrangler` of the PATH, else this repository's own. It asks nothing: whatever it would ask for is an error. `input`
 * is what it reads: a secret goes in this way, as everybody on a machine can see the arguments of its programs.
 */
export async function wrangler(
  root: string,
  args: readonly string[],
  timeout = DEPLOY_MS,
  input?: string,
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn('wrangler', args, {
      cwd: root,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout,
      env: {
        ...process.env,
        PATH: [process.env['PATH'] ?? '', join(root, 'node_modules/.bin')].join(delimiter),
        CI: 'true',
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
      },
    });
    let stdout = '';
    let output = '';
    // One that ended before it read this says why by itself.
    child.stdin?.on('error', () => undefined).end(input);
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', (error) => resolve({ code: null, stdout, output: error.message }));
    child.once('close', (code) => resolve({ code, stdout, output }));
  });
}

/** Which Workers the account has, and the names of their secrets, by the Worker's name. Changes nothing. */
export async function askAccount(
  root: string,
  environment: string,
  workers: readonly Deployable[],
): Promise<Map<string, Account>> {
  const answers = new Map<string, Account>();
  const first = workers[0];
  if (!first) return answers;
  // Whoever is not logged in is told so once, and not eleven times by programs that take a second each.
  answers.set(first.name, await askOne(root, environment, first));
  const left = workers.slice(1);
  const known = answers.get(first.name);
  const ask = async (): Promise<void> => {
    for (let worker = left.shift(); worker; worker = left.shift()) {
      answers.set(worker.name, known?.state === 'unknown' ? known : await askOne(root, environment, worker));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return answers;
}

const secretList = z.array(z.object({ name: z.string() }));

async function askOne(root: string, environment: string, { configPath }: Deployable): Promise<Account> {
  const args = ['secret', 'list', '--env', environment, '--config', configPath, '--format', 'json'];
  return readAnswer(await wrangler(root, args, ASK_MS));
}

/** Reads what `wrangler secret list` said. Whatever is neither a list nor a clear "no such Worker" is unknown. Pure. */
export function readAnswer({ code, stdout, output }: Ran): Account {
  if (code === 0) {
    try {
      return { state: 'exists', secrets: secretList.parse(JSON.parse(stdout)).map(({ name }) => name) };
    } catch {
      return { state: 'unknown', why: 'wrangler secret list did not answer with a list' };
    }
  }
  // Cloudflare's API: 10007 no such Worker, 10090 no such environment of it.
  if (/code: (10007|10090)\b/.test(output)) return { state: 'absent' };
  if (/CLOUDFLARE_API_TOKEN|not (logged in|authenticated)/i.test(output)) {
    return { state: 'unknown', why: 'not logged in' };
  }
  return { state: 'unknown', why: lastLines(output, 1) || 'wrangler did not run' };
}

/** The end of a program's output, safe to print. */
export function lastLines(output: string, count: number): string {
  const lines = printable(output)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/Logs were written to/.test(line));
  return lines.slice(-count).join('\n');
}
