import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;

const because = { goal: 'tell the team', explanation: 'A lead came in.' };

beforeAll(async () => {
  // Each test finds its vendors as they are, whatever the one before made of them.
  const vars = { VENDOR_TIMEOUT_MS: '700', VENDOR_BREAKER: 'off' };
  gate = await bootGate({ vars: { chat: vars, crm: vars } });
  router = gate.agent('lead-router');
});
afterAll(async () => gate.close());
afterEach(async () => {
  for (const vendor of ['slack', 'hubspot']) {
    await fetch(`${gate.url.origin}/simulator/${vendor}/faults`, { method: 'DELETE' });
  }
});

async function fault(vendor: string, kind: string, more: object = {}): Promise<void> {
  const body = JSON.stringify({ fault: kind, ...more });
  const answer = await fetch(`${gate.url.origin}/simulator/${vendor}/faults`, { method: 'POST', body });
  expect(answer.status).toBe(201);
}

async function post(text: string, key: string) {
  return router.call('chat.message.post', { channel: 'C0LEADS001', text }, { mode: 'execute', key, because });
}

async function read() {
  return router.call('crm.company.read', { id: '501' }, { mode: 'read' });
}

async function messages(text: string): Promise<number> {
  const answer = await fetch(`${gate.url.origin}/simulator/slack/records/messages`);
  return (await answer.json<{ text: string }[]>()).filter((message) => message.text === text).length;
}

/** Calls that a person is shown as of unknown outcome. */
async function unknown(): Promise<string[]> {
  const answer = await gate.ops('operator', 'GET', '/calls?tool=chat&limit=100');
  const { calls } = await answer.json<{ calls: { call: string; status: string }[] }>();
  return calls.filter((call) => call.status === 'indeterminate').map((call) => call.call);
}

describe('when the vendor', () => {
  test('closes the connection after it did the work, the call is indeterminate, listed for a person, and not repeated', async () => {
    await fault('slack', 'drop-after-commit', { times: 1 });
    const answer = await post('dropped', 'dropped');
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ code: 'indeterminate', call: expect.stringMatching(/^call_/) });
    const again = await post('dropped', 'dropped');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await messages('dropped')).toBe(1);
    await eventually(async () =>
      (await unknown()).includes(String(answer.body['call'])) ? true : undefined,
    );
  });

  test('hangs on an execute, the gate gives up in time and does not call it failed', async () => {
    await fault('slack', 'slow', { delayMs: 5_000, times: 1 });
    const started = Date.now();
    const answer = await post('slow', 'slow');
    expect(answer.body['code']).toBe('indeterminate');
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  test('hangs on a read, the call failed and changed nothing', async () => {
    // It is asked a second time.
    await fault('hubspot', 'slow', { delayMs: 5_000, times: 2 });
    expect((await read()).body).toMatchObject({ code: 'vendor-failed', because: ['unavailable'] });
  });

  test('answers 500 to an execute, nobody guesses', async () => {
    await fault('slack', '500', { times: 1 });
    expect((await post('five hundred', 'five-hundred')).body['code']).toBe('indeterminate');
    expect(await messages('five hundred')).toBe(0);
  });

  test('limits us, the call failed with nothing done, and says when to come back', async () => {
    await fault('slack', '429', { times: 1 });
    const answer = await post('limited', 'limited');
    expect(answer.body).toMatchObject({ code: 'vendor-failed', because: ['vendor-limited'] });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await messages('limited')).toBe(0);
  });

  test.each(['html', 'huge', 'garbled', 'empty', 'redirect'])(
    'answers %s to a read, it fails closed and its text stays outside',
    async (kind) => {
      await fault('hubspot', kind, { times: 1 });
      const answer = await read();
      expect(answer.status).toBe(502);
      expect(answer.body['code']).toBe('vendor-failed');
      expect(JSON.stringify(answer.body)).not.toMatch(/<html|http/i);
    },
  );
});

describe('when the storage of a guard fails', () => {
  const storage = async () =>
    gate.server.getWorker('toolgate-guard').getDurableObjectStorage('GUARD', { name: 'lead-router' });

  /** How far the chain goes; numbers of entries have no gap, shipped or not. */
  async function head(): Promise<number> {
    const [row] = await (await storage()).exec('SELECT max(seq) AS seq FROM journal');
    return (row as { seq: number }).seq;
  }

  test('half-way through an intent, nothing of it stays, nothing is sent, and the next call goes through', async () => {
    await (
      await storage()
    ).exec(`CREATE TRIGGER fails BEFORE INSERT ON call BEGIN SELECT RAISE(ABORT, 'no'); END`);
    const before = await head();
    expect((await post('half an intent', 'half-intent')).status).toBe(503);
    expect(await head()).toBe(before);
    await (await storage()).exec('DROP TRIGGER fails');
    expect(await messages('half an intent')).toBe(0);
    expect((await post('half an intent', 'half-intent')).status).toBe(200);
    expect(await messages('half an intent')).toBe(1);
  });

  test('under many calls at once, each is sent once or not at all, and none twice when it is asked again', async () => {
    await (
      await storage()
    )
      .exec(`CREATE TRIGGER fails BEFORE INSERT ON call WHEN (SELECT count(*) FROM call WHERE state = 'running') >= 4
            BEGIN SELECT RAISE(ABORT, 'no'); END`);
    const names = Array.from({ length: 12 }, (_, n) => `one of many ${n}`);
    const key = (name: string) => name.replaceAll(' ', '-');
    const first = await Promise.all(names.map(async (name) => post(name, key(name))));
    expect(first.filter(({ status }) => status === 503)).not.toHaveLength(0);
    await (await storage()).exec('DROP TRIGGER fails');
    for (const name of names) {
      await eventually(async () => ((await post(name, key(name))).status === 200 ? true : undefined));
      expect(await messages(name)).toBe(1);
    }
  });

  test('half-way through an outcome, nothing of it stays, and it is recorded once storage is back', async () => {
    await (
      await storage()
    ).exec(`CREATE TRIGGER fails BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'no'); END`);
    const before = await head();
    expect((await post('half an outcome', 'half-outcome')).status).toBe(503);
    // The intent alone.
    expect(await head()).toBe(before + 1);
    await (await storage()).exec('DROP TRIGGER fails');
    const again = await eventually(async () => {
      const answer = await post('half an outcome', 'half-outcome');
      return answer.status === 200 ? answer : undefined;
    });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await messages('half an outcome')).toBe(1);
  });
});

describe('a hostile body', () => {
  const path = '/v1/tools/crm/company.read';

  async function send(body: string): Promise<Response> {
    const headers = { authorization: `Bearer ${await router.token()}`, 'content-type': 'application/json' };
    return fetch(gate.url.origin + path, { method: 'POST', headers, body });
  }

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['a null', 'null'],
    ['10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000)],
    [
      '10,000 levels inside the input',
      `{"mode":"read","input":{"id":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
    ],
    [
      'a lone surrogate in a reason',
      '{"mode":"read","input":{"id":"501"},"because":{"goal":"\\ud800","explanation":"x"}}',
    ],
    ['a lone surrogate in a key', '{"mode":"read","input":{"id":"501","\\ud800":1}}'],
    ['__proto__ in the input', '{"mode":"read","input":{"id":"501","__proto__":{"x":1}}}'],
    ['a number too large', '{"mode":"read","input":{"id":1e999}}'],
  ])('of %s is a 4xx and reaches no vendor', async (_what, body) => {
    const before = (await simulatorLog(gate, 'hubspot')).length;
    const answer = await send(body);
    expect([400, 422]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await simulatorLog(gate, 'hubspot')).toHaveLength(before);
  });

  test('of a megabyte is 413', async () => {
    expect((await send(JSON.stringify({ mode: 'read', input: { id: 'x'.repeat(1_000_000) } }))).status).toBe(
      413,
    );
  });
});
