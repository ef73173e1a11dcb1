import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Gate } from '../../../shared/tool/gate.ts';
import {
  HttpVendor,
  type HttpVendorEnv,
  type VendorRequest,
  type VendorSetup,
} from '../../../shared/tool/http-vendor.ts';

/** A vendor on a real socket, so that redirects, time-outs and broken connections are real ones. */
let server: Server;
let origin: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let seen: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
/** What was said to the log, which here is said to nobody. */
let alerts: Record<string, unknown>[];
beforeEach(() => {
  seen = [];
  alerts = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => {
    alerts.push(JSON.parse(line) as Record<string, unknown>);
  });
  answer = (_, response) => json(response, 200, { id: '1' });
});

afterEach(() => vi.restoreAllMocks());

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Headers at once, and then a byte now and then: each comes well within the time-out, all of them never. */
function drips(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const dripping = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(dripping));
}

const shape = z.object({ id: z.string() });
const SECRET = 'pat-eu1-not-to-be-seen';

function vendor(
  options: {
    env?: HttpVendorEnv;
    setup?: Partial<VendorSetup>;
    gate?: Gate;
    secret?: string | undefined;
  } = {},
): HttpVendor {
  const { env, setup, gate = new Gate({ intentAt: 0, startBefore: Infinity }) } = options;
  const secret = 'secret' in options ? options.secret : SECRET;
  const credentials = {
    read: 'X_TOKEN',
    write: 'X_TOKEN',
    header: 'authorization',
    prefix: 'Bearer ',
  };
  const live = { VENDOR_MODE: 'live', VENDOR_ORIGIN: origin, VENDOR_TIMEOUT_MS: '200' };
  const settings = { ...(env ?? live), ...(secret !== undefined && { X_TOKEN: secret }) };
  return new HttpVendor({ origin, credentials, ...setup }, settings, gate);
}

const get: VendorRequest<typeof shape> = { method: 'GET', path: '/things/1', changes: false, answer: shape };
const post: VendorRequest<typeof shape> = {
  method: 'POST',
  path: '/things',
  json: { name: 'é 桜' },
  changes: true,
  answer: shape,
};
const refused = { ok: false, outcome: { kind: 'failed', reason: 'refused' } };
const credential = { ok: false, outcome: { kind: 'failed', reason: 'credential' } };
const unavailable = { ok: false, outcome: { kind: 'failed', reason: 'unavailable' } };
const contract = { ok: false, outcome: { kind: 'failed', reason: 'contract' } };

describe('the way to the vendor', () => {
  test('is open in live mode with the origin that the code names: method, path, query, headers and body arrive', async () => {
    const result = await vendor().send({ ...post, query: { a: 'x&y', none: undefined } });
    expect(result).toEqual({ ok: true, status: 200, data: { id: '1' } });
    expect(seen).toMatchObject([{ method: 'POST', url: '/things?a=x%26y', body: '{"name":"é 桜"}' }]);
    expect(seen[0]?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, accept: 'application/json' });
    expect(seen[0]?.url).not.toContain(SECRET);
  });

  const service = { fetch: async () => Response.json({ id: 'simulated' }) } as NonNullable<
    HttpVendorEnv['VENDOR']
  >;

  test('goes through VENDOR when that is set, and not to the network', async () => {
    expect(await vendor({ env: { VENDOR: service } }).send(get)).toMatchObject({ data: { id: 'simulated' } });
    expect(seen).toEqual([]);
  });

  test.each<[string, () => HttpVendorEnv]>([
    ['nothing is set', () => ({})],
    ['only the origin is set', () => ({ VENDOR_ORIGIN: origin })],
    ['live mode has no origin', () => ({ VENDOR_MODE: 'live' })],
    [
      'live mode has another origin',
      () => ({ VENDOR_MODE: 'live', VENDOR_ORIGIN: 'https://api.elsewhere.example' }),
    ],
    ['the mode is another word', () => ({ VENDOR_MODE: 'LIVE', VENDOR_ORIGIN: origin })],
    [
      'a simulator and live mode are both set',
      () => ({ VENDOR: service, VENDOR_MODE: 'live', VENDOR_ORIGIN: origin }),
    ],
  ])('is closed when %s', async (_, env) => {
    expect(await vendor({ env: env() }).send(post)).toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  test.each([
    '//elsewhere.example/x',
    'https://elsewhere.example/x',
    '/a/../b',
    '/a/./b',
    '/a?b=c',
    '/a#b',
    '/a\\b',
    'a',
    '',
  ])('is closed for the path %j', async (path) => {
    expect(await vendor().send({ ...get, path })).toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  test.each([undefined, ''])(
    'is closed without the secret (%j), and says which setting is missing',
    async (secret) => {
      const result = await vendor({ secret }).send(post);
      expect(result).toMatchObject(credential);
      expect(JSON.stringify(result)).toContain('X_TOKEN');
      expect(seen).toEqual([]);
    },
  );

  test('is closed for a secret that is no header value, which is never repeated', async () => {
    const result = await vendor({ secret: `${SECRET}\nx: y` }).send(post);
    expect(result).toMatchObject(credential);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(seen).toEqual([]);
  });

  test('is closed once the time to start has passed', async () => {
    const result = await vendor({ gate: new Gate({ intentAt: 0, startBefore: Date.now() - 1 }) }).send(post);
    expect(result).toMatchObject({ ok: false, outcome: { kind: 'lapsed' } });
    expect(seen).toEqual([]);
  });
});

describe('what the vendor answers', () => {
  test.each([
    [400, 'rejected'],
    [401, 'credential'],
    [403, 'credential'],
    [404, 'not-found'],
    [409, 'conflict'],
    [422, 'rejected'],
    [429, 'vendor-limited'],
  ])('%i is a clean %s: nothing was changed, and its text goes nowhere', async (status, reason) => {
    answer = (_, response) => json(response, status, { message: 'Ada Lovelace ada@acme.example' });
    const gate = new Gate({ intentAt: 0, startBefore: Infinity });
    const result = await vendor({ gate }).send(post);
    expect(result).toMatchObject({ ok: false, status, outcome: { kind: 'failed', reason } });
    expect(JSON.stringify(result)).not.toContain('Ada');
    if (!result.ok) expect(gate.settled(result.outcome)).toEqual(result.outcome);
  });

  test.each([301, 302, 307, 308])('%i is not followed, and leaves a change unclear', async (status) => {
    answer = (_, response) => json(response, status, '', { location: `${origin}/elsewhere` });
    const gate = new Gate({ intentAt: 0, startBefore: Infinity });
    const result = await vendor({ gate }).send(post);
    expect(result).toMatchObject(contract);
    expect(seen).toHaveLength(1);
    if (!result.ok) expect(gate.settled(result.outcome)).toMatchObject({ kind: 'indeterminate' });
  });

  test.each<[string, typeof unavailable, (response: ServerResponse) => void]>([
    ['a 500', unavailable, (response) => json(response, 500, {})],
    ['a 503', unavailable, (response) => json(response, 503, {})],
    ['a 408, which says nothing of what was done', unavailable, (response) => json(response, 408, {})],
    ['a page', contract, (response) => json(response, 200, '<html>', { 'content-type': 'text/html' })],
    ['half a JSON text', contract, (response) => json(response, 200, '{"id":"1"')],
    ['another shape', contract, (response) => json(response, 200, { id: 1 })],
    ['nothing', contract, (response) => json(response, 200, '')],
    [
      'over a megabyte',
      contract,
      (response) => json(response, 200, { id: '1', filler: 'x'.repeat(1_000_001) }),
    ],
    ['nothing in time', unavailable, () => undefined],
    ['a body that never ends', unavailable, (response) => void response.writeHead(200).write('{"id":')],
    ['a body that drips', unavailable, drips],
    ['a closed connection', unavailable, (response) => void response.socket?.destroy()],
  ])('%s fails closed: a read failed, a change is unclear', async (_, failed, reply) => {
    answer = (_request, response) => reply(response);
    expect(await vendor().send(get)).toMatchObject(failed);
    const gate = new Gate({ intentAt: 0, startBefore: Infinity });
    const result = await vendor({ gate }).send(post);
    expect(result).toMatchObject(failed);
    if (!result.ok) expect(gate.settled(result.outcome)).toMatchObject({ kind: 'indeterminate' });
  });

  test.each([
    ['7', 7],
    ['0', 1],
    ['1.2', 2],
    ['999999', 3600],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['', undefined],
  ])('Retry-After %j is %j seconds', async (header, seconds) => {
    answer = (_, response) => json(response, 429, {}, { 'retry-after': header });
    const result = await vendor().send(get);
    if (result.ok || result.outcome.kind !== 'failed') throw new Error('not refused');
    expect(result.outcome.retryAfter).toBe(seconds);
  });

  test.each([
    [() => ({ 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 9) }), [9, 10]],
    [() => ({ 'x-ratelimit-reset': '1487332510' }), [1]],
    [() => ({ 'x-ratelimit-reset': '99999999999' }), [3600]],
    [() => ({ 'retry-after': '5', 'x-ratelimit-reset': '99999999999' }), [5]],
    [() => ({ 'x-ratelimit-reset': 'soon' }), [undefined]],
    [() => ({}), [undefined]],
  ])('a limit that ends at a time is a wait from now on (%#)', async (headers, seconds) => {
    answer = (_, response) => json(response, 429, {}, headers());
    const result = await vendor({ setup: { limitEnds: 'x-ratelimit-reset' } }).send(get);
    if (result.ok || result.outcome.kind !== 'failed') throw new Error('it was not limited');
    expect(seconds).toContain(result.outcome.retryAfter);
  });

  test("a setup's own headers go with every request, and cannot replace the credential", async () => {
    const headers = { 'intercom-version': '2.15', authorization: 'Bearer another' };
    await vendor({ setup: { headers } }).send(get);
    expect(seen[0]?.headers).toMatchObject({ 'intercom-version': '2.15' });
    expect(JSON.stringify(seen)).not.toContain('another');
  });

  test('a 4xx means what its body says where the vendor says it there, and is clean only if that is clear', async () => {
    answer = (_, response) => json(response, 400, { error: { code: 4 } });
    for (const [said, reason, kind] of [
      ['vendor-limited', 'vendor-limited', 'failed'],
      ['unavailable', 'unavailable', 'indeterminate'],
      [undefined, 'rejected', 'failed'],
    ] as const) {
      const gate = new Gate({ intentAt: 0, startBefore: Infinity });
      const bodies: unknown[] = [];
      const fault = (body: unknown) => {
        bodies.push(body);
        return said;
      };
      const result = await vendor({ gate, setup: { fault } }).send(post);
      if (result.ok) throw new Error('it was refused');
      expect(result.outcome).toMatchObject({ kind: 'failed', reason });
      expect(gate.settled(result.outcome).kind).toBe(kind);
      expect(bodies).toEqual([{ error: { code: 4 } }]);
    }
  });

  test.each(['PATCH', 'PUT', 'DELETE'] as const)(
    'a %s changes something whatever a tool says of it',
    async (method) => {
      const request = { ...post, method, changes: false };
      const result = await vendor({ gate: Gate.reading({ intentAt: 0, startBefore: Infinity }) }).send(
        request,
      );
      expect(result).toMatchObject({ ok: false, outcome: { kind: 'failed', reason: 'refused' } });
      expect(seen).toEqual([]);
    },
  );

  test('a 200 and a 500 are not asked what a 4xx would mean', async () => {
    const fault = () => {
      throw new Error('asked');
    };
    expect(await vendor({ setup: { fault } }).send(get)).toMatchObject({ ok: true });
    answer = (_, response) => json(response, 500, {});
    expect(await vendor({ setup: { fault } }).send(get)).toMatchObject({
      outcome: { reason: 'unavailable' },
    });
  });

  test('a refusal inside a 200 is clean when the vendor is clear, and unclear when it is not', async () => {
    answer = (_, response) => json(response, 200, { ok: false });
    for (const [reason, kind] of [
      ['rejected', 'failed'],
      ['unavailable', 'indeterminate'],
    ] as const) {
      const gate = new Gate({ intentAt: 0, startBefore: Infinity });
      const result = await vendor({ gate, setup: { refusal: () => reason } }).send(post);
      expect(result).toMatchObject({ ok: false, outcome: { kind: 'failed', reason } });
      if (!result.ok) expect(gate.settled(result.outcome)).toMatchObject({ kind });
    }
  });

  test("an answer that does not fit is told by place, and not by a name of the vendor's choosing", async () => {
    const properties = z.object({ properties: z.record(z.string(), z.string()) });
    const keys = ['ada@acme.example', 'x'.repeat(41), 'Ada Lovelace', 'first_name', 'a', 'b', 'c'];
    answer = (_, response) =>
      json(response, 200, { properties: Object.fromEntries(keys.map((key) => [key, 7])) });
    const result = await vendor().send({ ...get, answer: properties });
    expect(result).toMatchObject({
      outcome: {
        detail:
          "the vendor's answer does not fit at /properties/* /properties/* /properties/* /properties/first_name /properties/a",
      },
    });
  });

  test("a vendor's own meaning of a status counts", async () => {
    answer = (_, response) => json(response, 403, {});
    const result = await vendor({ setup: { statuses: { 403: 'vendor-limited' } } }).send(get);
    expect(result).toMatchObject({ outcome: { reason: 'vendor-limited' } });
  });
});

describe('a request under a key, which the vendor does once', () => {
  const keyed = { ...post, idempotency: { header: 'Idempotency-Key', key: 'call_1' } };
  const flaky = (status: number, then = 200) => {
    answer = (_, response) => json(response, seen.length === 1 ? status : then, { id: '1' });
  };
  const settled = async (request: typeof post, gate = new Gate({ intentAt: 0, startBefore: Infinity })) => {
    const result = await vendor({ gate }).send(request);
    return gate.settled(result.ok ? { kind: 'succeeded', output: {} } : result.outcome);
  };

  test('is sent a second time with the same key and body when the first had no clear answer', async () => {
    flaky(500);
    expect(await settled(keyed)).toMatchObject({ kind: 'succeeded' });
    expect(seen.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
      ['call_1', JSON.stringify(post.json)],
      ['call_1', JSON.stringify(post.json)],
    ]);
  });

  test('is not sent a third time, nor a second when there is no key', async () => {
    flaky(500, 500);
    expect(await settled(keyed)).toMatchObject({ kind: 'indeterminate' });
    expect(seen).toHaveLength(2);
    expect(await settled(post)).toMatchObject({ kind: 'indeterminate' });
    expect(seen).toHaveLength(3);
  });

  test('that is refused the second time may have been done the first', async () => {
    flaky(500, 422);
    expect(await settled(keyed)).toMatchObject({ kind: 'indeterminate' });
  });

  test('that is refused at once is refused, and not sent again', async () => {
    flaky(422);
    expect(await settled(keyed)).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(seen).toHaveLength(1);
  });

  test('is not sent again once the gate is closed, and says what the first answer said', async () => {
    const gate = new Gate({ intentAt: 0, startBefore: Infinity });
    answer = (_, response) => {
      gate.close();
      json(response, 500, {});
    };
    expect(await settled(keyed, gate)).toMatchObject({
      kind: 'indeterminate',
      detail: 'the vendor answered 500',
    });
    expect(seen).toHaveLength(1);
  });
});

test('a request of a bounded look-up is given up when the bound is reached, long before its own time-out', async () => {
  answer = () => undefined;
  const env = { VENDOR_MODE: 'live', VENDOR_ORIGIN: origin, VENDOR_TIMEOUT_MS: '60000' };
  const gate = Gate.reading({ intentAt: 0, startBefore: Infinity }, 100);
  expect(await vendor({ env, gate }).send(get)).toMatchObject(unavailable);
  expect(await vendor({ env, gate }).send(get)).toMatchObject({ outcome: { kind: 'lapsed' } });
  expect(seen).toHaveLength(1);
});

describe('an answer that quotes the credential', () => {
  test.each([
    ['as it is', JSON.stringify({ id: `you sent Bearer ${SECRET}` })],
    ['in a field that nobody reads', JSON.stringify({ id: '1', seen: { authorization: SECRET } })],
    ['escaped', `{"id":"${SECRET.replace('p', String.raw`\u0070`)}"}`],
  ])('%s is passed on to nobody', async (_, body) => {
    answer = (_request, response) => json(response, 200, body);
    const read = await vendor().send(get);
    expect(read).toMatchObject({
      ...contract,
      outcome: { detail: "the vendor's answer quotes X_TOKEN" },
    });
    expect(JSON.stringify([read, alerts])).not.toContain(SECRET);
  });

  test('of a change may have been one', async () => {
    answer = (_request, response) => json(response, 200, { id: SECRET });
    const gate = new Gate({ intentAt: 0, startBefore: Infinity });
    const changed = await vendor({ gate }).send(post);
    if (!changed.ok) expect(gate.settled(changed.outcome).kind).toBe('indeterminate');
    expect(changed.ok).toBe(false);
  });

  test('is no answer that holds a short credential by chance', async () => {
    answer = (_request, response) => json(response, 200, { id: 'an id' });
    expect(await vendor({ secret: 'id' }).send(get)).toMatchObject({ ok: true });
  });
});

describe('while a credential is being replaced', () => {
  const NEXT = 'pat-eu1-nor-this';
  /** What the vendor knows, and what it says to the rest. */
  const knows = (known: readonly string[], status = 401, body: unknown = { message: 'invalid' }): void => {
    answer = ({ headers }, response) =>
      known.some((value) => headers.authorization === `Bearer ${value}`)
        ? json(response, 200, { id: '1' })
        : json(response, status, body);
  };
  const replacing = (gate?: Gate) =>
    vendor({
      env: {
        VENDOR_MODE: 'live',
        VENDOR_ORIGIN: origin,
        VENDOR_TIMEOUT_MS: '200',
        NEXT_X_TOKEN: NEXT,
      } as HttpVendorEnv,
      ...(gate && { gate }),
    });
  const carried = () => seen.map(({ headers }) => headers.authorization);
  const open = () => new Gate({ intentAt: 0, startBefore: Infinity });

  test('the next one is tried first, and alone where the vendor takes it', async () => {
    knows([NEXT, SECRET]);
    const gate = open();
    expect(await replacing(gate).send(post)).toMatchObject({ ok: true });
    expect(carried()).toEqual([`Bearer ${NEXT}`]);
    expect(gate.secrets.use).toEqual({ secrets: ['NEXT_X_TOKEN'] });
    expect(alerts).toEqual([]);
  });

  test('one that the vendor does not know yet gives way to the other, and somebody is told', async () => {
    knows([SECRET]);
    const gate = open();
    const client = replacing(gate);
    expect(await client.send(post)).toMatchObject({ ok: true });
    expect(carried()).toEqual([`Bearer ${NEXT}`, `Bearer ${SECRET}`]);
    expect(gate.secrets.use).toEqual({
      secrets: ['NEXT_X_TOKEN', 'X_TOKEN'],
      secretsRefused: ['NEXT_X_TOKEN'],
    });
    expect(alerts).toContainEqual({
      alert: 'vendor.fallback',
      why: 'NEXT_X_TOKEN is not accepted: X_TOKEN is used',
    });
    expect(JSON.stringify(alerts)).not.toContain(NEXT);
    expect(JSON.stringify(alerts)).not.toContain(SECRET);
  });

  test('which one works is remembered, and left for the other when that is revoked', async () => {
    knows([SECRET]);
    const client = replacing();
    await client.send(get);
    await client.send(get);
    expect(carried().slice(2)).toEqual([`Bearer ${SECRET}`]);
    knows([NEXT]);
    expect(await client.send(get)).toMatchObject({ ok: true });
    expect(await client.send(get)).toMatchObject({ ok: true });
    expect(carried().slice(3)).toEqual([`Bearer ${SECRET}`, `Bearer ${NEXT}`, `Bearer ${NEXT}`]);
  });

  test('each is tried once where the vendor takes neither, and nothing is left unclear', async () => {
    knows([]);
    const gate = open();
    const refusal = await replacing(gate).send(post);
    expect(refusal).toMatchObject(credential);
    expect(seen).toHaveLength(2);
    if (!refusal.ok) expect(gate.settled(refusal.outcome)).toMatchObject(credential.outcome);
    expect(gate.secrets.use.secretsRefused).toEqual(['NEXT_X_TOKEN', 'X_TOKEN']);
  });

  test.each([
    ['lacks a right', 403, { message: 'missing scopes' }],
    ['lacks a right, said with 401', 401, { name: 'restricted_api_key' }],
    ['is merely forbidden something', 403, { message: 'no' }],
  ])('one that %s does not make way for the older one', async (_, status, body) => {
    knows([SECRET], status, body);
    expect(await replacing().send(post)).toMatchObject(credential);
    expect(carried()).toEqual([`Bearer ${NEXT}`]);
  });

  test.each([429, 500, 404])('no answer but a refusal of the credential does: not %i', async (status) => {
    knows([SECRET], status, {});
    expect(await replacing().send(post)).toMatchObject({ ok: false });
    expect(carried()).not.toContain(`Bearer ${SECRET}`);
  });

  test('no second request starts once the time to start has passed', async () => {
    knows([SECRET]);
    let now = 0;
    const gate = new Gate({ intentAt: 0, startBefore: 10 }, () => now);
    const before = answer;
    answer = (request, response) => {
      now = 20;
      before(request, response);
    };
    expect(await replacing(gate).send(post)).toMatchObject(credential);
    expect(carried()).toEqual([`Bearer ${NEXT}`]);
  });
});
