import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentToken } from '../../bin/lib/client.ts';
import { hostileStrings, jsonCases } from '../unit/gateway/corpora.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

let gate: GateUnderTest;
let token: string;
beforeAll(async () => {
  gate = await bootGate();
  token = await tokenOf('lead-router');
});
afterAll(async () => gate.close());

async function tokenOf(agent: string): Promise<string> {
  const answer = await agentToken(gate.url.origin, gate.secrets.local.agents[agent]!);
  if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer));
  return answer.value.access_token;
}

async function send(path: string, init: Init = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...init.headers };
  return fetch(new URL(path, gate.url), { ...init, headers });
}

async function post(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return send(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

const LIST = '/v1/tools/leads/lead.list';
const read = JSON.stringify({ mode: 'read', input: { status: 'new', limit: 5 } });

describe('through the front door, on real guards', () => {
  test('an agent learns who it is and what it may call, and may call it', async () => {
    const me = await (
      await send('/v1/me')
    ).json<{ agent: string; token: { scopes: string[] }; grants: { action: string }[] }>();
    expect(me.agent).toBe('lead-router');
    expect(me.token.scopes).toContain('crm.contact.update:execute');
    const { tools } = await (await send('/v1/tools')).json<{ tools: { name: string }[] }>();
    expect(tools.map(({ name }) => name).sort()).toEqual(me.grants.map(({ action }) => action).sort());
    expect((await post(LIST, read)).status).toBe(200);
  });

  test('an action of another agent’s manifest and one that does not exist get the same answer', async () => {
    const stranger = { authorization: `Bearer ${await tokenOf('content-writer')}` };
    const foreign = await post('/v1/tools/crm/company.create', read, stranger);
    const unknown = await post('/v1/tools/crm/company.explode', read, stranger);
    expect(foreign.status).toBe(404);
    expect(unknown.status).toBe(404);
    const [a, b] = [
      await foreign.json<{ code: string; call?: string }>(),
      await unknown.json<{ code: string; call?: string }>(),
    ];
    expect({ ...a, call: '' }).toEqual({ ...b, call: '' });
    expect(a.code).toBe('unknown-action');
  });

  test('an agent’s own texts lose people’s data, and a look at them finds what is left', async () => {
    const written = 'Ask Ada Lovelace (ada@acme.example) for the invoice.';
    const first = await post('/v1/redact', JSON.stringify({ texts: [written, 'Fine.'] }));
    const { texts, found } = await first.json<{
      texts: string[];
      found: { class: string; placeholder: string }[];
    }>();
    expect(texts[1]).toBe('Fine.');
    expect(found.map((one) => one.class)).toEqual(['name', 'email']);
    expect(texts[0]).toBe(`Ask ${found[0]!.placeholder} (${found[1]!.placeholder}) for the invoice.`);
    const look = async (...asked: string[]): Promise<{ clean: boolean; findings: object[] }> =>
      (await post('/v1/redact/check', JSON.stringify({ texts: asked }))).json();
    expect(await look(...texts)).toEqual({ clean: true, findings: [] });
    expect((await look(written)).findings).toMatchObject([{ class: 'name' }, { class: 'email', start: 18 }]);
    const stranger = { authorization: `Bearer ${await tokenOf('content-writer')}` };
    const foreign = await post('/v1/redact/check', JSON.stringify({ texts }), stranger);
    expect((await foreign.json<{ findings: object[] }>()).findings).toMatchObject([
      { why: 'unknown' },
      { why: 'unknown' },
    ]);
  });

  test('another agent’s call does not exist', async () => {
    const { call } = await (await post(LIST, read)).json<{ call: string }>();
    expect((await send(`/v1/calls/${call}`)).status).toBe(200);
    const stranger = { authorization: `Bearer ${await tokenOf('content-writer')}` };
    const foreign = await send(`/v1/calls/${call}`, { headers: stranger });
    const unknown = await send('/v1/calls/call_01JD0000000000000000000000', { headers: stranger });
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect(await foreign.text()).toBe(await unknown.text());
  });

  test('a narrowed token is held to its scope by the guard', async () => {
    const client = { ...gate.secrets.local.agents['lead-router']!, scope: 'crm.contact.read:read' };
    const narrow = await agentToken(gate.url.origin, client);
    if (narrow.kind !== 'ok') throw new Error('no token');
    const answer = await post(LIST, read, { authorization: `Bearer ${narrow.value.access_token}` });
    expect([403, 404]).toContain(answer.status);
  });

  test('people’s tokens open nothing here, and agents’ tokens nothing there', async () => {
    for (const { token: person } of Object.values(gate.secrets.local.people)) {
      expect((await send('/v1/me', { headers: { authorization: `Bearer ${person}` } })).status).toBe(401);
      expect((await post(LIST, read, { authorization: `Bearer ${person}` })).status).toBe(401);
    }
    for (const path of [
      '/ops/v1/stops',
      '/ops/v1/journal',
      '/ops/v1/approvals',
      '/ops/v1/leads',
      '/ops/v1/status',
    ]) {
      expect((await send(path)).status, path).toBe(401);
    }
    const stop = await post('/ops/v1/stops', '{"target":"all","reason":"by an agent"}');
    expect(stop.status).toBe(401);
    expect((await post(LIST, read)).status).toBe(200);
  });

  test('bodies of a megabyte and more are 413, and the gate goes on', async () => {
    for (const size of [257 * 1024, 1024 * 1024, 8 * 1024 * 1024]) {
      const answer = await post(LIST, JSON.stringify({ mode: 'read', input: { status: 'x'.repeat(size) } }));
      expect(answer.status, String(size)).toBe(413);
      expect(await answer.json()).toMatchObject({ code: 'too-large' });
    }
    expect((await post(LIST, read)).status).toBe(200);
  });

  test.each([
    ['empty', ''],
    ['not JSON', '{"mode":'],
    ['no object', '[]'],
    ['a bare null', 'null'],
    ['nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    [
      'nested deep in the input',
      `{"mode":"read","input":{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`,
    ],
    ['an unknown field', '{"mode":"read","input":{"status":"new"},"admin":true}'],
    ['a wrong type', '{"mode":"read","input":{"limit":"many"}}'],
    ['a lone surrogate', '{"mode":"read","input":{"status":"\\ud800"}}'],
    ['a lone surrogate for a name', '{"mode":"read","input":{"\\udfaa":1}}'],
    ['a lone surrogate beside the input', '{"mode":"read","input":{},"\\udfaa":1}'],
    ['a number that is none', '{"mode":"read","input":{"limit":1e999}}'],
  ])('a body that is %s is refused, and says where', async (_, body) => {
    const answer = await post(LIST, body);
    expect([400, 422]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('a name that would be a prototype is none', async () => {
    const answer = await post(
      LIST,
      '{"mode":"read","input":{"__proto__":{"limit":"many"}},"__proto__":{"mode":"execute"}}',
    );
    expect([200, 400, 422]).toContain(answer.status);
    expect(await (await post(LIST, read)).json()).toMatchObject({ status: 'succeeded' });
  });
});

/** On real Workers a third of the strings, unless all are asked for: the gateway alone takes every one (unit tests). */
const share = process.env['TOOLGATE_HOSTILE'] === 'all' ? 1 : 3;
const strings = hostileStrings()?.filter((_, index) => index % share === 0);
const cases = jsonCases();

/** Runs a task for each item, eight at a time. */
async function eachOf<T>(
  items: readonly T[],
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const [index, item] of queue) await task(item, index);
    }),
  );
}

describe.skipIf(!strings || !cases)('hostile input on real Workers', () => {
  const targets: ((text: string) => Promise<Response>)[] = [
    async (text) => post(LIST, JSON.stringify({ mode: 'read', input: { status: text } })),
    async (text) => post(LIST, text),
    async (text) => post(`/v1/tools/crm/${encodeURIComponent(text.toWellFormed())}`, read),
    async (text) => send(`/v1/calls/${encodeURIComponent(text.toWellFormed())}?wait=0`),
    async (text) =>
      post(
        '/v1/tools/crm/contact.search',
        JSON.stringify({ mode: 'read', input: { email: text }, because: { goal: text, explanation: text } }),
      ),
    async (text) =>
      post(
        '/v1/tools/leads/lead.route',
        JSON.stringify({ mode: 'execute', input: { id: text, queue: text, note: text } }),
        { 'idempotency-key': 'hostile-1' },
      ),
    async (text) =>
      send('/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: text, client_secret: text }),
      }),
    async (text) => send(`/${encodeURIComponent(text.toWellFormed())}`, { headers: { accept: 'text/html' } }),
  ];

  // Each string meets one place, in turn.
  test('is never a fault and never comes back as markup', async () => {
    await eachOf(strings ?? [], async (text, index) => {
      const answer = await targets[index % targets.length]!(text);
      const body = await answer.text();
      // 503 would be a guard without a lease, 429 a limit: neither is a fault, and both would hide one.
      expect(
        [200, 400, 401, 403, 404, 405, 413, 415, 422, 429],
        `${index % targets.length}: ${JSON.stringify(text)} -> ${body}`,
      ).toContain(answer.status);
      if (/<\w/.test(text) && !(answer.headers.get('content-type') ?? '').includes('json')) {
        expect(body.includes(text), `echoes ${JSON.stringify(text)}`).toBe(false);
      }
    });
  });

  test('JSON of every kind is answered below 500', async () => {
    await eachOf(cases ?? [], async ({ name, bytes }) => {
      const answer = await post(LIST, new Uint8Array(bytes));
      await answer.text();
      expect([400, 422, 429], name).toContain(answer.status);
    });
  });
});
