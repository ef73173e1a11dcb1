import { describe, expect, test } from 'vitest';
import { problems } from '../../../shared/problems.ts';
import { bearer, gateway, type Gateway } from './support.ts';

const id = 'call_01JD0000000000000000000000';

async function call(
  gate: Gateway,
  over: RequestInit = {},
  path = '/v1/tools/crm/contact.update',
): Promise<Response> {
  const headers = {
    ...bearer(await gate.token()),
    'content-type': 'application/json',
    ...(over.headers as object),
  };
  return gate.fetch(path, { method: 'POST', body: '{"mode":"read"}', ...over, headers });
}

describe('a call', () => {
  test('reaches the agent’s guard once, unparsed, with its key and trace, and the answer comes back as it is', async () => {
    const gate = gateway();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const answer = await call(gate, {
      body: ' {"mode" : "read"}',
      headers: { 'idempotency-key': 'k-1', traceparent },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-from')).toBe('guard');
    expect(await answer.text()).toBe('{"status":"succeeded"}');
    expect(gate.guard.calls).toEqual([
      {
        caller: {
          agent: 'lead-router',
          user: null,
          scopes: ['crm.contact.update:execute', 'crm.contact.read:read'],
        },
        request: {
          tool: 'crm',
          action: 'contact.update',
          body: ' {"mode" : "read"}',
          idempotencyKey: 'k-1',
          traceparent,
        },
      },
    ]);
  });

  test('with a malformed trace goes on with a new one', async () => {
    const gate = gateway();
    await call(gate, { headers: { traceparent: 'x' } });
    expect(gate.guard.calls[0]!.request.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  test('is 503 without a word of the inside when the guard throws, and does not claim that nothing was run', async () => {
    const gate = gateway();
    const token = await gate.token();
    gate.guard.fails = true;
    const answer = await gate.fetch('/v1/tools/crm/contact.update', {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    const text = await answer.text();
    expect(text).not.toContain('secret detail');
    expect(text).not.toContain('nothing was run');
  });

  test.each([
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415],
    ['a content encoding', { headers: { 'content-encoding': 'gzip' } }, 415],
    ['more than 256 KiB', { body: `"${'x'.repeat(256 * 1024)}"` }, 413],
    ['a huge declared length', { headers: { 'content-length': '99999999' } }, 413],
    ['bytes that are not UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
    ['an empty idempotency key', { headers: { 'idempotency-key': '' } }, 422],
    ['a long idempotency key', { headers: { 'idempotency-key': 'k'.repeat(201) } }, 422],
    ['an idempotency key with spaces', { headers: { 'idempotency-key': 'a b' } }, 422],
    ['an idempotency key that is not ASCII', { headers: { 'idempotency-key': 'cl\u00e9' } }, 422],
  ] as [string, RequestInit, number][])('with %s is refused before the guard', async (_, over, status) => {
    const gate = gateway();
    const answer = await call(gate, over);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(gate.guard.calls).toEqual([]);
  });

  test('of 256 KiB to the byte passes, in one piece or many', async () => {
    const gate = gateway();
    const body = `"${'x'.repeat(256 * 1024 - 2)}"`;
    expect((await call(gate, { body })).status).toBe(200);
    const stream = new Blob([body]).stream();
    const streamed = await call(gate, { body: stream, duplex: 'half' } as RequestInit);
    expect(streamed.status).toBe(200);
    expect(gate.guard.calls.map(({ request }) => request.body.length)).toEqual([body.length, body.length]);
  });

  test('that streams on and on without a length is cut off', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const answer = await call(gateway(), { body: endless, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(413);
    // Some is received and thrown away, so that an honest client gets to read the answer.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test.each([
    '/v1/tools/crm.contact/update',
    '/v1/tools/crm/contact',
    '/v1/tools/CRM/contact.update',
    '/v1/tools/crm/contact.update.x',
    '/v1/tools/crm/%2e%2e',
    '/v1/tools/crm/contact%00.update',
    `/v1/tools/crm/${'a'.repeat(5000)}.b`,
  ])('has one spelling: %s is an unknown action', async (path) => {
    const gate = gateway();
    const answer = await call(gate, {}, path);
    expect(answer.status).toBe(404);
    expect(gate.guard.calls).toEqual([]);
  });
});

describe('polling', () => {
  test('waits as many seconds as asked', async () => {
    const gate = gateway();
    await gate.fetch(`/v1/calls/${id}?wait=30`, { headers: bearer(await gate.token()) });
    await gate.fetch(`/v1/calls/${id}`, { headers: bearer(await gate.token()) });
    expect(gate.guard.polls).toEqual([
      { id, waitMs: 30_000 },
      { id, waitMs: 0 },
    ]);
  });

  test.each(['31', '-1', '1.5', 'x', '', '1e1', '999999999999'])('refuses wait=%s', async (wait) => {
    const gate = gateway();
    const answer = await gate.fetch(`/v1/calls/${id}?wait=${wait}`, { headers: bearer(await gate.token()) });
    expect(answer.status).toBe(422);
    expect(gate.guard.polls).toEqual([]);
  });

  test('asks no guard about what is no call id', async () => {
    const gate = gateway();
    const answer = await gate.fetch('/v1/calls/lead_01JD0000000000000000000000', {
      headers: bearer(await gate.token()),
    });
    expect(answer.status).toBe(404);
    expect(gate.guard.polls).toEqual([]);
  });
});

describe('the host', () => {
  test('answers a wrong method with 405 and Allow, an unknown path with 404', async () => {
    const gate = gateway();
    const wrong = await gate.fetch('/oauth/token');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect((await gate.fetch('/v1/me', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD');
    expect((await gate.fetch('/nothing/here')).status).toBe(404);
    expect((await gate.fetch('/ops/v1/stops')).status).toBe(404);
  });

  test('allows no other origin anything', async () => {
    const gate = gateway();
    const preflight = await gate.fetch('/v1/me', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect(preflight.status).toBe(405);
    for (const path of ['/', '/healthz', '/openapi.json', '/v1/me']) {
      const answer = await gate.fetch(path, { headers: { origin: 'https://evil.example' } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  test.each(Object.keys(problems))('explains the problem %s to people and machines', async (code) => {
    const gate = gateway();
    const html = await gate.fetch(`/problems/${code}`, { headers: { accept: 'text/html' } });
    expect(html.headers.get('content-type')).toContain('text/html');
    const text = await html.text();
    expect(text).not.toContain('<script');
    // Everything in it is ours; this fails when somebody puts markup into a problem's words.
    expect(text.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
    const json = await gate.fetch(`/problems/${code}`, { headers: { accept: 'application/json' } });
    expect(await json.json()).toMatchObject({ code });
  });

  test('knows no other problems', async () => {
    for (const code of ['__proto__', 'constructor', '%3Cscript%3E']) {
      expect((await gateway().fetch(`/problems/${code}`)).status).toBe(404);
    }
  });
});
