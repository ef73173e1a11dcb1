import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands, runCommandLine } from '../../../bin/lib/run.ts';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command line in this process. */
async function toolgate(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const code = await runCommandLine(args, env, { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...written };
}

describe('help', () => {
  test('lists every command, and asks for one when none is given', async () => {
    const { code, stdout } = await toolgate([]);
    expect(code).toBe(0);
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`  ${name} +${summary.slice(0, 20)}`));
  });

  test.each(commands.map(({ name }) => name))('of %s shows usage and examples', async (name) => {
    const command = commands.find((one) => one.name === name)!;
    expect(command.examples.length).toBeGreaterThan(0);
    expect(command.examples.every((example) => example.includes(`toolgate`) && example.includes(name))).toBe(
      true,
    );
  });

  test('comes with the options of one command', async () => {
    const { code, stdout } = await toolgate(['stop', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('toolgate stop <target> --reason <text>');
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain(
      'Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 the gate is out of reach.',
    );
  });
});

describe('wrong usage exits with 2, says what is right, and asks no gate', () => {
  const token = { TOOLGATE_TOKEN: 'x', TOOLGATE_GATE: 'http://127.0.0.1:9' };
  test.each([
    [['fly'], 'no command'],
    [['stop', 'everything', '--reason', 'x'], 'no target'],
    [['stop', 'all'], '--reason'],
    [['stop', 'all', '--reason', ''], '--reason'],
    [['stop'], 'Usage: toolgate stop'],
    [['stop', 'all', 'tool:crm', '--reason', 'x'], 'Usage: toolgate stop'],
    [['status', '--reason', 'x'], 'no --reason'],
    [['status', '--nonsense'], '--nonsense'],
    [['approve', 'appr_x', '--reason', 'as-expected'], 'no approval'],
    [['approve', 'appr_01JD0000000000000000000000', '--reason', 'because'], 'as-expected'],
    [['call', 'x'], 'no call id'],
    [['calls', '--limit', '0'], '--limit'],
    [['journal', 'verify', '--file', '/no/such/file', '--key', '/no/such/key'], 'no file'],
    [['status', '--gate', 'nonsense'], 'no URL'],
  ])('%j', async (args, hint) => {
    const { code, stdout, stderr } = await toolgate(args, token);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
    expect(stdout).toBe('');
  });

  test('with --json as JSON', async () => {
    const { code, stdout } = await toolgate(['stop', 'all', '--json'], token);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: 'usage' });
  });
});

describe('against something that is not there, or not a gate', () => {
  test('exits with 3 and says how to start one', async () => {
    const { code, stderr } = await toolgate(['status'], {
      TOOLGATE_TOKEN: 'top-secret',
      TOOLGATE_GATE: 'http://127.0.0.1:9',
    });
    expect(code).toBe(3);
    expect(stderr).toContain('npm start');
    expect(stderr).not.toContain('top-secret');
  });

  let server: Server;
  let seen: { url: string; auth: string }[];
  let respond: (url: string) => { status: number; type: string; body: string };
  beforeAll(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', auth: request.headers.authorization ?? '' });
      const { status, type, body } = respond(request.url ?? '');
      response.writeHead(status, { 'content-type': type, location: '/login' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());
  const env = (): Record<string, string> => ({
    TOOLGATE_TOKEN: 'top-secret',
    TOOLGATE_GATE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });

  test.each([
    [302, 'text/html', ''],
    [200, 'text/html', '<h1>Sign in</h1>'],
    [404, 'application/json', '{"message":"no"}'],
    [500, 'text/plain', 'boom'],
  ])('HTTP %d %s is no gate: exit 3', async (status, type, body) => {
    respond = () => ({ status, type, body });
    const before = seen.length;
    expect((await toolgate(['status'], env())).code).toBe(3);
    expect(seen.length - before).toBe(1);
  });

  test('a refusal exits with 1 and shows no control characters of the gate’s', async () => {
    const problem = { code: 'forbidden', status: 403, title: 'No\u001b[2J', detail: 'role\u202e', next: 'x' };
    respond = () => ({ status: 403, type: 'application/problem+json', body: JSON.stringify(problem) });
    const { code, stderr } = await toolgate(['status'], env());
    expect(code).toBe(1);
    expect(stderr).toContain('forbidden');
    for (const control of ['\u001b', '\u202e']) expect(stderr).not.toContain(control);
    expect(stderr).toContain('--as');
  });

  test('a stop waits for its confirmation and shows it', async () => {
    const receipt = {
      id: 'rcpt_01JD0000000000000000000000',
      target: 'all',
      reason: 'x',
      by: 'o',
      stopAt: 't',
      epoch: 2,
      status: 'forming',
      confirmedAt: null,
      settledAt: null,
      guards: { acked: 0, lapsed: 0, unknown: 0, waiting: 1 },
      inFlight: [],
      assumption: 'a',
    };
    let looks = 0;
    respond = (url) => {
      if (url.startsWith('/ops/v1/receipts/')) looks += 1;
      return {
        status: 200,
        type: 'application/json',
        body: JSON.stringify(looks < 2 ? receipt : { ...receipt, status: 'confirmed' }),
      };
    };
    const { code, stdout } = await toolgate(['stop', 'all', '--reason', 'drill'], env());
    expect(code).toBe(0);
    expect(looks).toBe(2);
    expect(stdout).toContain('confirmed: nothing further can start');
  });

  test('an export that is cut off is a failure, not a shorter journal', async () => {
    respond = () => ({ status: 200, type: 'application/x-ndjson', body: '{"seq":1}\n{"seq":2}\n' });
    const { code, stderr } = await toolgate(['journal', 'export'], env());
    expect(code).toBe(1);
    expect(stderr).toContain('not whole');
  });
});
