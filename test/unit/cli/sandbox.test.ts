import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../bin/lib/run.ts';
import type { Fault } from '../../../workers/sandbox/faults.ts';
import type { LogEntry } from '../../../workers/sandbox/request-log.ts';

const index = [
  { vendor: 'hubspot', looksLike: 'https://api.hubapi.com', types: ['contacts'] },
  { vendor: 'slack', looksLike: 'https://slack.com', types: ['messages'] },
];
const summary = { origin: 'https://api.hubapi.com', records: { contacts: 12 }, faults: [], requests: 3 };
const hit: Fault = { n: 1, fault: '500', times: 3, path: '/', method: null, delayMs: 10_000 };
const entry: LogEntry = {
  at: 0,
  method: 'GET',
  path: '/x',
  status: 200,
  changed: false,
  fault: null,
  trace: null,
};

let server: Server;
let asked: { line: string; body: string; authorization: string | undefined }[];
let respond: (line: string) => unknown;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const line = `${request.method} ${request.url}`;
      asked.push({ line, body, authorization: request.headers.authorization });
      const answer = line === 'GET /simulator' ? index : respond(line);
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { code: 'not-found', status: 404, title: 'Not found' }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  respond = () => summary;
});

async function toolgate(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const sink = (): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
  const gate = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { TOOLGATE_GATE: gate, TOOLGATE_TOKEN: 'a-person' };
  const code = await runCommandLine(args, env, { stdout: sink(), stderr: sink() });
  return { code, text };
}

const lines = () => asked.map(({ line }) => line);

describe('sandbox list, seed and reset', () => {
  test('list shows each vendor, the tool that reaches it, and what it holds', async () => {
    const { code, text } = await toolgate('sandbox', 'list');
    expect(code).toBe(0);
    expect(text).toMatch(/hubspot +crm +https:\/\/api\.hubapi\.com +3 +12 contacts/);
    expect(text).toMatch(/slack +chat/);
    expect(lines()).toEqual(['GET /simulator', 'GET /simulator/hubspot', 'GET /simulator/slack']);
  });

  test.each([
    [
      ['sandbox', 'reset'],
      ['POST /simulator/hubspot/reset', 'POST /simulator/slack/reset'],
    ],
    [['sandbox', 'reset', 'slack'], ['POST /simulator/slack/reset']],
    [['sandbox', 'reset', 'crm'], ['POST /simulator/hubspot/reset']],
    [['sandbox', 'seed', 'crm'], ['POST /simulator/hubspot/seed']],
  ])('%j asks %j', async (args, wanted) => {
    expect((await toolgate(...args)).code).toBe(0);
    expect(lines()).toEqual(['GET /simulator', ...wanted]);
  });

  test('--json is a list, with the faults as they are', async () => {
    respond = () => ({ ...summary, faults: [hit] });
    const { text } = await toolgate('sandbox', 'list', '--json');
    expect(JSON.parse(text)).toMatchObject([{ vendor: 'hubspot', tool: 'crm', faults: [hit] }, {}]);
  });

  test("takes no person's token along", async () => {
    await toolgate('sandbox', 'reset');
    expect(asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  });

  test('a vendor that is not simulated is wrong usage, and nothing is reset', async () => {
    for (const name of ['salesforce', 'ads', '../ops', '__proto__']) {
      const { code, text } = await toolgate('sandbox', 'reset', name);
      expect(code).toBe(2);
      expect(text).toContain('There are: hubspot (crm), slack (chat).');
    }
    expect(new Set(lines())).toEqual(new Set(['GET /simulator']));
  });
});

describe('sandbox fault', () => {
  test('puts a fault as it was said, and shows it in words', async () => {
    respond = () => [hit];
    const { code, text } = await toolgate('sandbox', 'fault', 'crm', '--kind', '500', '--times', '3');
    expect(code).toBe(0);
    expect(text).toBe('hubspot goes wrong:\n  500, 3 times\n');
    expect(asked.at(-1)).toMatchObject({ line: 'POST /simulator/hubspot/faults' });
    expect(JSON.parse(asked.at(-1)!.body)).toMatchObject({ fault: '500', times: 3, path: '/' });
  });

  test('says where and how late, and that it stays', async () => {
    respond = () => [{ ...hit, fault: 'slow', times: null, method: 'POST', path: '/api', delayMs: 300 }];
    const narrow = ['--kind', 'slow', '--delay', '300', '--method', 'post', '--path', '/api'];
    const { text } = await toolgate('sandbox', 'fault', 'slack', ...narrow);
    expect(text).toContain('slow, 300 ms late, until it is taken away, POST /api');
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({
      fault: 'slow',
      delayMs: 300,
      method: 'POST',
      path: '/api',
    });
  });

  test('shows the faults, and takes them away', async () => {
    respond = () => [];
    expect((await toolgate('sandbox', 'fault', 'crm')).text).toBe('hubspot is well.\n');
    expect((await toolgate('sandbox', 'fault', 'crm', '--clear', '--json')).text).toBe('[]\n');
    expect(lines()).toEqual([
      'GET /simulator',
      'GET /simulator/hubspot/faults',
      'GET /simulator',
      'DELETE /simulator/hubspot/faults',
    ]);
  });

  test.each([
    [['crm', '--kind', 'fire'], '--kind is one of slow, drip, 500,'],
    [['crm', '--kind', '500', '--times', '0'], '--times is a whole number'],
    [['crm', '--kind', '500', '--times', 'often'], '--times is a whole number'],
    [['crm', '--kind', '500', '--path', 'crm'], '--path is the beginning'],
    [['crm', '--kind', '500', '--method', 'LOOK'], '--method is GET'],
    [['crm', '--kind', 'slow', '--delay', '9e9'], '--delay is a whole number'],
    [['crm', '--times', '3'], 'Say what goes wrong'],
    [['crm', '--clear', '--kind', '500'], 'say it alone'],
    [['crm', '--clear', '--times', '3'], 'say it alone'],
    [[], 'Usage: toolgate sandbox fault'],
  ])('%j is wrong usage, says what is right, and asks nobody', async (args, hint) => {
    const { code, text } = await toolgate('sandbox', 'fault', ...args);
    expect(code).toBe(2);
    expect(text).toContain(hint);
    expect(asked).toEqual([]);
  });
});

describe('sandbox log', () => {
  test('shows the newest requests, safe on a terminal, and how many came before', async () => {
    const at = Date.parse('2026-11-01T12:00:00Z');
    const broken = { ...entry, at, method: 'PATCH', path: '/y\u001b[2J', status: null, changed: true };
    respond = () => [entry, entry, { ...broken, fault: 'drop-after-commit' }];
    const { code, text } = await toolgate('sandbox', 'log', 'crm', '--limit', '1');
    expect(code).toBe(0);
    expect(text).toMatch(/2026-11-01T12:00:00\.000Z +PATCH +\/y.+broken off +yes +drop-after-commit/);
    expect(text).toContain('2 came before these');
    expect(text).not.toContain('\u001b');
  });

  test('--changes leaves out what only read, and --json gives the same', async () => {
    respond = () => [entry, { ...entry, method: 'POST', changed: true }];
    const { text } = await toolgate('sandbox', 'log', 'crm', '--changes', '--json');
    expect(JSON.parse(text)).toEqual([
      { ...entry, method: 'POST', changed: true, at: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  test('of nothing says so; a limit that is none is wrong usage', async () => {
    respond = () => [];
    expect((await toolgate('sandbox', 'log', 'crm')).text).toBe('No such request came.\n');
    expect((await toolgate('sandbox', 'log', 'crm', '--limit', '0')).code).toBe(2);
  });
});

describe('where no vendor is simulated', () => {
  test.each([
    ['a 404', undefined],
    ['something else', { ok: true }],
  ])('%s: says what to do, and fails', async (_, other) => {
    const elsewhere = createServer((_request, response) => {
      response.writeHead(other ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(other ?? { code: 'not-found', status: 404, title: 'Not found' }));
    });
    await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
    const { port } = elsewhere.address() as AddressInfo;
    const { code, text } = await toolgate('sandbox', 'reset', '--gate', `http://127.0.0.1:${port}`);
    elsewhere.closeAllConnections();
    elsewhere.close();
    expect(code).toBe(1);
    expect(text).toContain('npm start');
  });

  test('nothing there at all exits with 3', async () => {
    expect((await toolgate('sandbox', 'list', '--gate', 'http://127.0.0.1:9')).code).toBe(3);
  });
});
