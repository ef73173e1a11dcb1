import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../bin/lib/run.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { toolKit, vendors, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => kit.reset());

const front = async (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(new URL(path, gate.url).href, { redirect: 'manual', ...init });
const secret = (worker: string, name: string): string => gate.secrets.workers[worker]![name]!;

/** The credential of the crm tool that fits a request. */
function fitting(method: string, path: string): string {
  const reads = method === 'GET' || path.endsWith('/search');
  return secret('crm', reads ? 'HUBSPOT_READ_TOKEN' : 'HUBSPOT_WRITE_TOKEN');
}

/** The vendor's API over plain HTTP, with the tool's own credential unless another is given. */
async function hubspot(method: string, path: string, body?: unknown, token = fitting(method, path)) {
  return front(`/simulator/hubspot/api/crm/v3/objects${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

describe('front door', () => {
  test('what has no host here is a 404 problem, not an error', async () => {
    for (const path of ['/hooks', '/hooks/teams', '/simulator/salesforce', '/simulator/__proto__/log']) {
      const response = await front(path);
      expect(response.status, path).toBe(404);
      expect(response.headers.get('content-type'), path).toBe('application/problem+json');
    }
  });

  test('the index of the simulator names every vendor and where its pages are', async () => {
    const list = await (await front('/simulator')).json<{ vendor: string; pages: string[] }[]>();
    expect(list.map(({ vendor }) => vendor)).toEqual([...vendors]);
    expect((await front(new URL(list[0]!.pages[0]!).pathname)).status).toBe(200);
  });
});

describe('steering a simulated vendor', () => {
  test('a fault that does not exist, or is not well said, is refused and changes nothing', async () => {
    for (const body of [{ fault: 'fire' }, { fault: '500', times: 0 }, { fault: '500', extra: 1 }, {}, []]) {
      expect((await kit.simulator('POST', 'hubspot/faults', body)).status).toBe(422);
    }
    expect(await (await kit.simulator('GET', 'hubspot/faults')).json()).toEqual([]);
  });

  test("another site's page may not steer it", async () => {
    const headers = { origin: 'https://evil.example' };
    const answer = await front('/simulator/hubspot/faults', {
      method: 'POST',
      headers,
      body: '{"fault":"500"}',
    });
    expect(answer.status).toBe(403);
    expect(await (await kit.simulator('GET', 'hubspot/faults')).json()).toEqual([]);
  });

  test('a fault with a count hits so often, and only its path and method', async () => {
    await kit.fault('hubspot', { fault: '500', times: 2, method: 'GET', path: '/crm/v3/objects/contacts' });
    const of = async (path: string) => (await hubspot('GET', path)).status;
    expect(await of('/companies/501')).toBe(200);
    expect([await of('/contacts/101'), await of('/contacts/101'), await of('/contacts/101')]).toEqual([
      500, 500, 200,
    ]);
  });

  test('faults are taken away, and a reset brings the first data back', async () => {
    await kit.fault('hubspot', { fault: '500' });
    expect((await hubspot('GET', '/contacts/101')).status).toBe(500);
    await kit.simulator('DELETE', 'hubspot/faults');
    await hubspot('PATCH', '/contacts/101', { properties: { firstname: 'Changed' } });
    await kit.simulator('POST', 'hubspot/reset');
    const record = await (await kit.simulator('GET', 'hubspot/records/contacts/101')).json();
    expect(record).toMatchObject({ properties: { firstname: 'Ada' } });
    expect(await kit.log('hubspot')).toEqual([]);
  });

  test('the log says what came when and what it changed, and holds no person and no credential', async () => {
    const before = Date.now();
    await hubspot('GET', '/contacts/ada%40acme.example?idProperty=email');
    await hubspot('POST', '/contacts', { properties: { email: 'new@acme.example' } });
    await kit.fault('hubspot', { fault: 'drop-after-commit', times: 1 });
    await hubspot('PATCH', '/contacts/101', { properties: { firstname: 'Changed' } });
    const log = await kit.log('hubspot');
    expect(log).toMatchObject([
      { method: 'GET', path: '/crm/v3/objects/contacts/[email]', status: 200, changed: false },
      { method: 'POST', path: '/crm/v3/objects/contacts', status: 201, changed: true },
      {
        method: 'PATCH',
        path: '/crm/v3/objects/contacts/101',
        status: null,
        changed: true,
        fault: 'drop-after-commit',
      },
    ]);
    for (const { at } of log) {
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(Date.now());
    }
    const text = JSON.stringify(log);
    for (const hidden of ['ada@', 'new@', secret('crm', 'HUBSPOT_READ_TOKEN'), 'Bearer'])
      expect(text).not.toContain(hidden);
  });
});

describe('toolgate sandbox', () => {
  async function toolgate(...args: string[]): Promise<unknown> {
    let text = '';
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
    const terminal = { stdout, stderr: stdout };
    const code = await runCommandLine([...args, '--json'], { TOOLGATE_GATE: gate.url.origin }, terminal);
    if (code !== 0) throw new Error(`${code}: ${text}`);
    return JSON.parse(text) as unknown;
  }
  const read = async (path = '/contacts/101') => (await hubspot('GET', path)).status;
  const firstName = async () =>
    (await (await kit.simulator('GET', 'hubspot/records/contacts/101')).json<{ properties: object }>())
      .properties;

  test('lists every vendor, and makes one fail just so often as was said', async () => {
    const list = (await toolgate('sandbox', 'list')) as { vendor: string; tool: string | null }[];
    expect(list.map(({ vendor }) => vendor)).toEqual([...vendors]);
    const toolless = list.flatMap(({ vendor, tool }) => (tool === null ? [vendor] : []));
    expect(toolless).toEqual(['notice-slack', 'notice-mail', 'receiver']);
    await toolgate('sandbox', 'fault', 'crm', '--kind', '500', '--times', '2');
    expect([await read(), await read(), await read()]).toEqual([500, 500, 200]);
    await toolgate('sandbox', 'fault', 'crm', '--kind', '429');
    expect(await toolgate('sandbox', 'fault', 'crm', '--clear')).toEqual([]);
    expect(await read()).toBe(200);
  });

  test('seed brings the data back and keeps faults and log; reset clears them, too', async () => {
    await hubspot('PATCH', '/contacts/101', { properties: { firstname: 'Changed' } });
    await toolgate('sandbox', 'fault', 'crm', '--kind', '500', '--path', '/nowhere');
    expect(await toolgate('sandbox', 'seed', 'crm')).toMatchObject([
      { vendor: 'hubspot', faults: [{ fault: '500' }], requests: 1 },
    ]);
    expect(await firstName()).toMatchObject({ firstname: 'Ada' });
    await hubspot('PATCH', '/contacts/101', { properties: { firstname: 'Changed' } });
    const [hub] = (await toolgate('sandbox', 'reset')) as object[];
    expect(hub).toMatchObject({ vendor: 'hubspot', faults: [], requests: 0 });
    expect(await firstName()).toMatchObject({ firstname: 'Ada' });
  });

  test('the log holds no address, no name and no number that came in a path', async () => {
    for (const part of ['ada%40acme.example', 'Ada%20M%C3%BCller', '%E5%B1%B1%E7%94%B0', '4111111111111111'])
      await read(`/contacts/${part}`);
    const log = (await toolgate('sandbox', 'log', 'crm')) as { path: string }[];
    expect(log.map(({ path }) => path.split('/').at(-1))).toEqual([
      '[email]',
      '[text]',
      '[text]',
      '[number]',
    ]);
    await hubspot('PATCH', '/contacts/101', { properties: { firstname: 'Changed' } });
    expect(await toolgate('sandbox', 'log', 'crm', '--changes')).toMatchObject([{ method: 'PATCH' }]);
  });
});

describe('what the look-alikes answer', () => {
  test('HubSpot: no, a wrong or an almost right token is 401 with its body, and does nothing', async () => {
    const right = secret('crm', 'HUBSPOT_WRITE_TOKEN');
    for (const token of [
      'wrong',
      `${right}x`,
      right.slice(0, -1),
      secret('sandbox', 'HUBSPOT_WRITE_TOKEN_SHA256'),
    ]) {
      const answer = await hubspot('POST', '/contacts', { properties: { email: 'new@acme.example' } }, token);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ status: 'error', category: 'INVALID_AUTHENTICATION' });
    }
    const contacts = await (await kit.simulator('GET', 'hubspot/records/contacts')).json<unknown[]>();
    expect(JSON.stringify(contacts)).not.toContain('new@acme.example');
  });

  test('HubSpot: bad values are 400, a second contact with an address is 409, unknown ids are 404', async () => {
    const create = async (properties: unknown) => {
      const answer = await hubspot('POST', '/contacts', { properties });
      return [answer.status, (await answer.json<{ category?: string }>()).category];
    };
    expect(await create({ email: 'no address' })).toEqual([400, 'VALIDATION_ERROR']);
    expect(await create({ shoe_size: '44' })).toEqual([400, 'VALIDATION_ERROR']);
    expect(await create({ firstname: ['a'] })).toEqual([400, 'VALIDATION_ERROR']);
    expect(await create(null)).toEqual([400, 'VALIDATION_ERROR']);
    expect(await create({ email: 'Ada@ACME.example' })).toEqual([409, 'CONFLICT']);
    expect((await hubspot('GET', '/contacts/424242')).status).toBe(404);
    expect(
      (await hubspot('PATCH', '/contacts/102', { properties: { email: 'ada@acme.example' } })).status,
    ).toBe(400);
    expect((await kit.log('hubspot')).some(({ changed }) => changed)).toBe(false);
  });

  test('HubSpot: a new contact can be read at once and searched only after some time', async () => {
    const properties = { email: 'fresh@acme.example' };
    const made = await (await hubspot('POST', '/contacts', { properties })).json<{ id: string }>();
    const find = async () => {
      const filters = [{ propertyName: 'email', operator: 'EQ', value: properties.email }];
      const answer = await hubspot('POST', '/contacts/search', { filterGroups: [{ filters }] });
      return (await answer.json<{ total: number }>()).total;
    };
    expect((await hubspot('GET', `/contacts/${made.id}`)).status).toBe(200);
    expect(await find()).toBe(0);
    await expect.poll(find, { timeout: 5_000, interval: 400 }).toBe(1);
  });

  test('HubSpot: the sixth search within a second and the 191st request within ten are 429, unless unlimited', async () => {
    const search = async () => (await hubspot('POST', '/contacts/search', {})).status;
    const found = await Promise.all(Array.from({ length: 12 }, search));
    expect(found.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5);
    expect(found).toContain(429);
    await kit.fault('hubspot', { fault: 'unlimited' });
    expect(await Promise.all(Array.from({ length: 12 }, search))).not.toContain(429);
    await kit.simulator('DELETE', 'hubspot/faults');
    const read = await hubspot('GET', '/contacts/101');
    expect(read.headers.get('x-hubspot-ratelimit-max')).toBe('190');
    expect(read.headers.get('x-hubspot-ratelimit-remaining')).toBe('189');
  });

  test('Hunter: the key in the header; 401 without, 404 for nobody, 451 for who objected, 400 without a question', async () => {
    const hunter = async (path: string, key = secret('enrichment', 'HUNTER_API_KEY')) =>
      front(`/simulator/hunter/api/v2/${path}`, { headers: { 'x-api-key': key } });
    expect((await hunter('companies/find?domain=acme.example')).status).toBe(200);
    expect((await hunter('companies/find?domain=acme.example', 'wrong')).status).toBe(401);
    expect((await hunter('companies/find?domain=nobody.example')).status).toBe(404);
    expect((await hunter('people/find?email=private@acme.example')).status).toBe(451);
    const answer = await hunter('people/find');
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { errors: [{ id: 'wrong_params', code: 400 }] },
    ]);
  });

  test('Slack: refusals come as 200 with ok false, its limit as 429 with Retry-After', async () => {
    const slack = async (body: unknown, token = secret('chat', 'SLACK_BOT_TOKEN')) =>
      front('/simulator/slack/api/api/chat.postMessage', {
        method: 'POST',
        headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const error = async (answer: Response) => [
      answer.status,
      (await answer.json<{ error?: string }>()).error,
    ];
    const good = { channel: 'C0LEADS001', text: 'hello' };
    expect(await error(await slack(good, ''))).toEqual([200, 'not_authed']);
    expect(await error(await slack(good, 'xoxb-wrong'))).toEqual([200, 'invalid_auth']);
    expect(await error(await slack({ ...good, text: '' }))).toEqual([200, 'no_text']);
    expect(await error(await slack({ ...good, channel: 'C0NOSUCH' }))).toEqual([200, 'channel_not_found']);
    const many = await Promise.all(Array.from({ length: 25 }, async () => slack(good)));
    const limited = many.find(({ status }) => status === 429);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    const posted = await (await kit.simulator('GET', 'slack/records/messages')).json<{ ts: string }[]>();
    // The refused one counted, too.
    expect(new Set(posted.map(({ ts }) => ts)).size).toBe(19);
    expect(posted).toHaveLength(19);
  });

  test('Intercom: error lists as it documents them, its limit in headers, and no request of another version', async () => {
    const fits = (method: string, path: string) =>
      method === 'GET' || path.endsWith('/search') ? 'INTERCOM_READ_TOKEN' : 'INTERCOM_WRITE_TOKEN';
    const intercom = async (method: string, path: string, { body, ...more }: Record<string, unknown> = {}) =>
      front(`/simulator/intercom/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${secret('support', fits(method, path))}`,
          'intercom-version': '2.15',
          ...more,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const code = async (answer: Promise<Response>) => {
      const { status, json } = await answer.then(async (got) => ({
        status: got.status,
        json: await got.json<{ type: string; request_id: string; errors: { code: string }[] }>(),
      }));
      expect(json).toMatchObject({ type: 'error.list', request_id: expect.any(String) as string });
      return [status, json.errors[0]?.code];
    };
    const admin_id = '7001';
    expect(await code(intercom('GET', '/me', { authorization: 'Bearer wrong' }))).toEqual([
      401,
      'unauthorized',
    ]);
    expect(await code(intercom('GET', '/me', { 'intercom-version': '1.0' }))).toEqual([
      400,
      'intercom_version_invalid',
    ]);
    expect(await code(intercom('GET', '/conversations/1'))).toEqual([404, 'not_found']);
    expect(await code(intercom('DELETE', '/conversations/2001/tags/86', { body: { admin_id } }))).toEqual([
      404,
      'tag_not_found',
    ]);
    for (const query of [
      { field: 'password', operator: '=', value: 'x' },
      { field: 'tag_ids', operator: '~', value: '86' },
      { field: 'team_assignee_id', operator: '=', value: '8001' },
      { field: 'updated_at', operator: '>=', value: 1 },
      { operator: 'AND', value: Array.from({ length: 16 }, () => ({})) },
    ]) {
      expect(await code(intercom('POST', '/conversations/search', { body: { query } }))).toEqual([
        400,
        'parameter_invalid',
      ]);
    }
    const ticket = { contacts: [{ id: '6762f2d81bb69f9f2193bc10' }], conversation_to_link_id: '2001' };
    const create = async (body: object) =>
      code(intercom('POST', '/tickets', { body: { ...ticket, ...body } }));
    expect(await create({ ticket_type_id: '74' })).toEqual([404, 'ticket_type_not_found']);
    // Only a back-office ticket can be linked to a conversation.
    expect(await create({ ticket_type_id: '73' })).toEqual([400, 'parameter_invalid']);
    expect(await create({ ticket_type_id: '71', contacts: [] })).toEqual([400, 'parameter_invalid']);
    expect((await kit.log('intercom')).some(({ changed }) => changed)).toBe(false);
    const me = await intercom('GET', '/me');
    expect(me.headers.get('x-ratelimit-limit')).toBe('1667');
    expect(Number(me.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
  });
});
