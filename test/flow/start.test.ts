import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { endOrphans, portIsFree } from '../../bin/lib/gate-process.ts';
import type { LocalFile } from '../../bin/lib/secrets.ts';
import { findWorkers } from '../../bin/lib/workers.ts';
import { root } from '../harness.ts';
import { freePort } from '../free-port.ts';

/** A copy of the repository, so that nobody's own sandbox is touched. */
let copy: string;
let port: number;
const started: ChildProcess[] = [];

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'toolgate-start-'));
  for (const name of [
    'bin',
    'shared',
    'flags',
    'workers',
    'governance',
    'examples',
    'package.json',
    'wrangler.toml',
    'tsconfig.json',
  ]) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/\/\.(wrangler|dev\.vars)/.test(path),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  port = await freePort();
});
afterEach(async () => {
  for (const child of started.splice(0)) await end(child);
});
afterAll(async () => {
  await endOrphans(copy);
  rmSync(copy, { recursive: true, force: true });
});

interface Start {
  child: ChildProcess;
  /** Resolves with its output once it is ready or has ended. */
  ready: Promise<{ output: string; code: number | null }>;
}

/** `npm start` with nothing on its standard input, from another folder. */
function start(...flags: string[]): Start {
  const child = spawn(process.execPath, [join(copy, 'bin/start.ts'), '--port', String(port), ...flags], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  const ready = new Promise<{ output: string; code: number | null }>((resolve) => {
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Toolgate is up') || output.includes('"ready":true'))
        resolve({ output, code: null });
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('close', (code) => resolve({ output, code }));
  });
  return { child, ready };
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}

async function toolgate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(copy, 'bin/toolgate.ts'), ...args],
      { cwd: tmpdir() },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}

function local(): LocalFile {
  return JSON.parse(readFileSync(join(copy, '.toolgate/local.json'), 'utf8')) as LocalFile;
}

/** Processes that were started in the copy: wrangler, esbuild, workerd. */
function leftBehind(): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(copy) ? [command] : [];
      } catch {
        return []; // It ended meanwhile.
      }
    });
}

async function gone(): Promise<void> {
  for (let waited = 0; waited < 5000 && leftBehind().length > 0; waited += 100) await sleep(100);
  expect(leftBehind()).toEqual([]);
  expect(await portIsFree(port)).toBe(true);
}

describe('npm start', () => {
  test('boots a governed gate, with secrets that only their owner can read, and ends without a trace', async () => {
    const { child, ready } = start();
    const { output } = await ready;
    expect(output).toContain(`Toolgate is up at http://127.0.0.1:${port}`);
    expect(local().gate).toBe(`http://127.0.0.1:${port}`);
    for (const { client_secret } of Object.values(local().agents))
      expect(output).not.toContain(client_secret);
    for (const { token } of Object.values(local().people)) expect(output).not.toContain(token);
    const files = findWorkers(copy)
      .map(({ folder }) => join(copy, folder, '.dev.vars'))
      .filter((path) => existsSync(path));
    for (const path of [join(copy, '.toolgate/local.json'), ...files])
      expect(statSync(path).mode & 0o777, path).toBe(0o600);
    expect(files.length).toBeGreaterThan(8);

    const doctor = await toolgate('doctor');
    expect(doctor.stdout).not.toMatch(/^(failed|warning)/m);
    expect(doctor.code).toBe(0);
    const token = await toolgate('token', 'lead-router');
    const me = await fetch(`http://127.0.0.1:${port}/v1/me`, {
      headers: { authorization: `Bearer ${token.stdout.trim()}` },
    });
    expect(me.status).toBe(200);

    const second = await start().ready;
    expect(second.code).toBe(1);
    expect(second.output).toContain('already up');

    expect(await end(child, 'SIGINT')).toBe(0);
    await gone();
    expect((await toolgate('status')).code).toBe(3);
  });

  test('keeps state and secrets over a restart and over a kill -9, and wipes both with --fresh', async () => {
    const before = readFileSync(join(copy, '.dev.vars'), 'utf8');
    const first = start('--json');
    expect(JSON.parse((await first.ready).output)).toMatchObject({ ready: true });
    expect(readFileSync(join(copy, '.dev.vars'), 'utf8')).toBe(before);
    expect((await toolgate('stop', 'tool:crm', '--reason', 'a test')).code).toBe(0);

    await end(first.child, 'SIGKILL');
    expect(leftBehind().length).toBeGreaterThan(0);

    const second = start('--json');
    expect((await second.ready).output).toContain('"ready":true');
    const status = await toolgate('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ stops: [{ target: 'tool:crm' }] });
    const verify = await toolgate('journal', 'verify');
    expect(verify.stdout).toContain('the journal holds');
    await end(second.child);
    await gone();

    const third = start('--json', '--fresh');
    expect((await third.ready).output).toContain('"ready":true');
    expect(readFileSync(join(copy, '.dev.vars'), 'utf8')).not.toBe(before);
    expect(JSON.parse((await toolgate('status', '--json')).stdout)).toMatchObject({ stops: [] });
  }, 180_000);

  test('puts a wider policy set in force as two local people, and says so', async () => {
    const manifest = join(copy, 'governance/manifests/content-writer.yaml');
    const before = readFileSync(manifest, 'utf8');
    const first = start('--json');
    expect(JSON.parse((await first.ready).output)).toMatchObject({ widened: null });
    await end(first.child);
    await gone();
    const after = before
      .replace('max: 120', 'max: 240')
      .replace(/^version: (\d+)$/m, (_, n) => `version: ${Number(n) + 1}`);
    writeFileSync(manifest, after);
    try {
      const { output } = await start().ready;
      expect(output).toContain('applied as owner@sandbox.example, approved as commander@sandbox.example');
      expect(output).toContain(
        'content-writer limit of all calls together raised from 120 per 60 s to 240 per 60 s',
      );
      expect((await toolgate('status')).stdout).not.toContain('NOT in force');
      expect((await toolgate('policy', 'history')).stdout).toMatch(
        /2 \* +ps_[0-9a-f]{32} .*commander@sandbox/,
      );

      // Back to the files of before: that set was in force, so it is rolled back to, with its manifest's own number.
      await end(started.at(-1)!);
      await gone();
      writeFileSync(manifest, before);
      expect((await start('--json').ready).output).toContain('"ready":true');
      expect((await toolgate('policy', 'history')).stdout).toContain('owner@sandbox.example (rollback)');
    } finally {
      writeFileSync(manifest, before);
    }
  }, 180_000);

  test('says what to do when the port is taken, and starts nothing', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const { output, code } = await start().ready;
    server.close();
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} of 127.0.0.1 is taken`);
    expect(output).toContain(`--port ${port + 1}`);
    expect(leftBehind()).toEqual([]);
  });

  test.each([['--port', 'x'], ['--port', '0'], ['--nonsense'], ['extra']])(
    'refuses %s %s with 2',
    async (...flags) => {
      const { output, code } = await start(...flags).ready;
      expect(code).toBe(2);
      expect(output).toContain('--help');
    },
  );

  test('ends at once when it is interrupted while starting', async () => {
    const { child } = start('--json');
    for (let waited = 0; waited < 20_000 && !existsSync(join(copy, '.toolgate/run.json')); waited += 50)
      await sleep(50);
    expect(await end(child, 'SIGINT')).toBe(1);
    await gone();
  });
});
