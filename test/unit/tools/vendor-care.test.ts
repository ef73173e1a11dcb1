/** What the client of a vendor does besides one request: tries again, spares a vendor that is down, alerts, passes a trace on. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { OPENS_AFTER } from '../../../shared/tool/breaker.ts';
import { Door } from '../../../shared/tool/door.ts';
import { Gate, type About } from '../../../shared/tool/gate.ts';
import { HttpVendor, type VendorRequest } from '../../../shared/tool/http-vendor.ts';

const SECRET = 'pat-eu1-not-to-be-seen';

let server: Server;
let origin: string;
/** Status and body of the next answers, the last of them for good. */
let answers: [status: number, body: string, headers?: Record<string, string>][];
let seen: { method: string | undefined; headers: IncomingMessage['headers'] }[];
let alerts: Record<string, unknown>[];

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    seen.push({ method: request.method, headers: request.headers });
    request.resume();
    const [status, body, headers] = (answers.length > 1 ? answers.shift() : answers[0])!;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  alerts = [];
  answers = [[200, '{"id":"1"}']];
  vi.spyOn(console, 'error').mockImplementation((line: string) => {
    alerts.push(JSON.parse(line) as Record<string, unknown>);
  });
});
afterEach(() => vi.restoreAllMocks());

const about: About = { tool: 'crm', action: 'crm.contact.read', workflow: 'lead-routing' };
const gateOf = (more: About = {}): Gate =>
  new Gate({ intentAt: 0, startBefore: Infinity, ...about, ...more });

function vendor({ gate = gateOf(), door = new Door(), settings = { X_READ: SECRET, X_WRITE: SECRET } } = {}) {
  const credentials = { read: 'X_READ', write: 'X_WRITE', header: 'authorization', prefix: 'Bearer ' };
  const live = { VENDOR_MODE: 'live', VENDOR_ORIGIN: origin, VENDOR_TIMEOUT_MS: '300' };
  return new HttpVendor({ origin, credentials }, { ...live, ...settings }, gate, door);
}

const shape = z.object({ id: z.string() });
const get: VendorRequest<typeof shape> = { method: 'GET', path: '/things/1', changes: false, answer: shape };
const post: VendorRequest<typeof shape> = { ...get, method: 'POST', json: {}, changes: true };

describe('a read without a clear answer', () => {
  test('is sent once more, and that answer counts', async () => {
    answers = [
      [503, '{}'],
      [200, '{"id":"1"}'],
    ];
    expect(await vendor().send(get)).toMatchObject({ ok: true });
    expect(seen).toHaveLength(2);
  });

  test('is not sent a third time', async () => {
    answers = [[503, '{}']];
    expect(await vendor().send(get)).toMatchObject({ ok: false, outcome: { reason: 'unavailable' } });
    expect(seen).toHaveLength(2);
  });

  test.each([
    [429, '{}'],
    [404, '{}'],
    [401, '{}'],
    [200, '{"id":1}'],
    [200, '<html>'],
    [302, ''],
  ])('is only one without: %i %s is not asked for again', async (status, body) => {
    answers = [[status, body]];
    await vendor().send(get);
    expect(seen).toHaveLength(1);
  });

  test('is not sent again once its time to start has passed, and says what the first answer said', async () => {
    answers = [[503, '{}']];
    const gate = new Gate({ intentAt: 0, startBefore: Date.now() + 30 });
    expect(await vendor({ gate }).send(get)).toMatchObject({
      outcome: { detail: 'the vendor answered 503' },
    });
    expect(seen).toHaveLength(1);
  });

  test('is not sent again when there is no time left for a look-up', async () => {
    answers = [[503, '{}']];
    const gate = Gate.reading({ intentAt: 0, startBefore: Infinity }, 40);
    expect(await vendor({ gate }).send(get)).toMatchObject({ outcome: { reason: 'unavailable' } });
    expect(seen).toHaveLength(1);
  });

  test('is the only one: a change without a key of the vendor’s is never sent twice', async () => {
    answers = [[503, '{}']];
    const gate = gateOf();
    const sent = await vendor({ gate }).send(post);
    expect(seen).toHaveLength(1);
    if (!sent.ok) expect(gate.settled(sent.outcome)).toMatchObject({ kind: 'indeterminate' });
  });
});

describe('a vendor that does not answer', () => {
  const down = async (door: Door): Promise<void> => {
    answers = [[503, '{}']];
    for (let n = 0; n < OPENS_AFTER; n += 1) await vendor({ door }).send(post);
    seen = [];
  };

  test('is not asked any more: nothing is sent, and the call failed cleanly with a time to try again', async () => {
    const door = new Door();
    await down(door);
    const gate = gateOf();
    const sent = await vendor({ door, gate }).send(post);
    if (sent.ok) throw new Error('it was sent');
    expect(gate.settled(sent.outcome)).toEqual({
      kind: 'failed',
      reason: 'unavailable',
      detail: 'the vendor has not answered lately: nothing was sent',
      retryAfter: expect.any(Number) as number,
    });
    expect(seen).toEqual([]);
    expect(alerts).toEqual([{ alert: 'vendor.silent', tool: 'crm', origin }]);
  });

  test('is asked for a person, and is asked for everybody again once it has answered', async () => {
    const door = new Door();
    await down(door);
    answers = [[200, '{"id":"1"}']];
    const gate = gateOf({ lane: 'operators' });
    expect(await vendor({ door, gate }).send(post)).toMatchObject({ ok: true });
    expect(await vendor({ door }).send(post)).toMatchObject({ ok: true });
    expect(seen).toHaveLength(2);
  });

  test('in the middle of a call leaves what was changed before indeterminate', async () => {
    const door = new Door();
    const gate = gateOf();
    const client = vendor({ door, gate });
    expect(await client.send(post)).toMatchObject({ ok: true });
    await down(door);
    const second = await client.send(post);
    if (second.ok) throw new Error('it was sent');
    expect(gate.settled(second.outcome)).toMatchObject({ kind: 'indeterminate' });
  });

  test.each([
    ['refuses', 404, '{}'],
    ['answers otherwise than it did', 200, '{"id":1}'],
    ['redirects', 302, ''],
  ])('is not one that %s', async (_, status, body) => {
    const door = new Door();
    answers = [[status, body]];
    for (let n = 0; n < OPENS_AFTER + 3; n += 1) await vendor({ door }).send(post);
    expect(seen).toHaveLength(OPENS_AFTER + 3);
  });

  test('is not one whose answer a stop kept us from waiting for', async () => {
    const door = new Door();
    for (let n = 0; n < OPENS_AFTER + 3; n += 1) {
      const gate = gateOf();
      const sending = vendor({ door, gate }).send(post);
      gate.callOff();
      await sending;
    }
    seen = [];
    await vendor({ door }).send(post);
    expect(seen).toHaveLength(1);
  });
});

describe("a vendor's limit", () => {
  test('keeps the next requests of the same credential from being sent, for as long as the vendor said', async () => {
    const door = new Door();
    answers = [
      [429, '{}', { 'retry-after': '7' }],
      [200, '{"id":"1"}'],
    ];
    await vendor({ door }).send(get);
    expect(await vendor({ door }).send(get)).toMatchObject({
      ok: false,
      outcome: { kind: 'failed', reason: 'vendor-limited', retryAfter: 7 },
    });
    expect(seen).toHaveLength(1);
    expect(await vendor({ door }).send(post)).toMatchObject({ ok: true });
    expect(await vendor({ door, gate: gateOf({ lane: 'operators' }) }).send(get)).toMatchObject({ ok: true });
  });

  test('without a time keeps nothing from being sent', async () => {
    const door = new Door();
    answers = [
      [429, '{}'],
      [200, '{"id":"1"}'],
    ];
    await vendor({ door }).send(get);
    expect(await vendor({ door }).send(get)).toMatchObject({ ok: true });
  });
});

describe('a credential that is no good', () => {
  test.each([
    [401, '{"message":"The token expired 3 days ago, says Ada"}', 'has expired'],
    [401, '{"code":"token_revoked"}', 'was revoked'],
    [403, '{"category":"MISSING_SCOPES"}', 'lacks a right that this needs'],
    [401, '{"message":"nope"}', 'is wrong, revoked or expired'],
    [401, '', 'is wrong, revoked or expired'],
    [401, 'x'.repeat(100_000), 'is wrong, revoked or expired'],
  ])(
    'is told by its setting and why (%i %.40s), and alerts; its value and the vendor’s text go nowhere',
    async (status, body, why) => {
      answers = [[status, body]];
      const gate = gateOf();
      const sent = await vendor({ gate }).send(post);
      const detail = `X_WRITE ${why}: the vendor answered ${status}`;
      if (sent.ok) throw new Error('it was accepted');
      expect(gate.settled(sent.outcome)).toEqual({ kind: 'failed', reason: 'credential', detail });
      const { tool, action } = about;
      expect(alerts).toEqual([{ alert: 'vendor.credential', tool, action, why: detail }]);
      expect(JSON.stringify([sent, alerts])).not.toMatch(/Ada|not-to-be-seen/);
    },
  );

  test('alerts too when there is none, and nothing is sent', async () => {
    await vendor({ settings: { X_READ: SECRET, X_WRITE: '' } }).send(post);
    expect(seen).toEqual([]);
    expect(alerts).toMatchObject([{ alert: 'vendor.credential', why: 'X_WRITE is set to nothing' }]);
  });
});

describe('an answer that breaks the contract', () => {
  test('alerts with tool, action and place, and never with what stood there', async () => {
    answers = [[200, '{"id":{"email":"ada@acme.example"}}']];
    expect(await vendor().send(get)).toMatchObject({ outcome: { reason: 'contract' } });
    const why = "the vendor's answer does not fit at /id";
    expect(alerts).toEqual([{ alert: 'vendor.contract', tool: 'crm', action: 'crm.contact.read', why }]);
  });

  test('is none that has more in it than is read', async () => {
    answers = [[200, '{"id":"1","new_field":"ada@acme.example"}']];
    expect(await vendor().send(get)).toEqual({ ok: true, status: 200, data: { id: '1' } });
    expect(alerts).toEqual([]);
  });
});

describe('a trace', () => {
  const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

  test('goes on to the vendor with a span of each request’s own, and nothing else of it', async () => {
    answers = [
      [503, '{}'],
      [200, '{"id":"1"}'],
    ];
    await vendor({ gate: gateOf({ trace }) }).send(get);
    const sent = seen.map(({ headers }) => headers['traceparent']);
    for (const one of sent) expect(one).toMatch(/^00-a{32}-[0-9a-f]{16}-01$/);
    expect(new Set([...sent, trace]).size).toBe(3);
    for (const { headers } of seen) {
      expect(headers).not.toHaveProperty('tracestate');
      expect(headers).not.toHaveProperty('baggage');
    }
  });

  test('that is not there is not sent', async () => {
    await vendor().send(get);
    expect(seen[0]?.headers).not.toHaveProperty('traceparent');
  });
});
