import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { FlagsView, StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let company = '';

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  const companies = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
  company = (await companies.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate.close());

async function read(client = router) {
  return client.call('crm.company.read', { id: company }, { mode: 'read' });
}

async function set(name: string, body: object, person = 'operator'): Promise<Response> {
  return gate.ops(person, 'PUT', `/flags/${name}`, { reason: 'a test', ...body });
}

async function view(): Promise<StopsView> {
  return (await gate.ops('operator', 'GET', '/stops')).json<StopsView>();
}

const only = (agent: string): object[] => [
  { name: 'default', constraints: [{ contextName: 'userId', operator: 'IN', values: [agent] }] },
];

describe('with no Unleash configured, the embedded flags', () => {
  test('are all on, and the outside sources are shown as not configured', async () => {
    const { source, flags } = await (await gate.ops('auditor', 'GET', '/flags')).json<FlagsView>();
    expect(source).toBe('embedded');
    expect(flags.map(({ name }) => name)).toContain('gate.enabled');
    expect(new Set(flags.map(({ state }) => state))).toEqual(new Set(['on']));
    expect((await view()).sources.map(({ name, state }) => [name, state])).toEqual([
      ['unleash', 'not-configured'],
      ['embedded', 'fresh'],
      ['break-glass', 'not-configured'],
    ]);
    expect((await read()).status).toBe(200);
  });

  test('turned off stop at once in the name of who did it, and on again are only resumable', async () => {
    expect((await read()).status).toBe(200);
    expect((await set('tool.crm.enabled', { enabled: false })).status).toBe(200);
    expect((await read()).body).toMatchObject({ code: 'stopped', because: ['tool:crm'] });
    expect((await view()).stops).toEqual([
      expect.objectContaining({
        target: 'tool:crm',
        source: 'embedded',
        by: 'operator@sandbox.example',
        reason: 'a test',
        held: true,
      }),
    ]);
    const reason = { reason: 'again' };
    expect((await gate.ops('operator', 'DELETE', '/stops/tool:crm', reason)).status).toBe(409);
    expect((await set('tool.crm.enabled', { enabled: true })).status).toBe(200);
    expect((await read()).status).toBe(423);
    expect((await gate.ops('operator', 'DELETE', '/stops/tool:crm', reason)).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  test('follow strategies as Unleash would, at once, and journal it with who and why', async () => {
    expect((await read()).status).toBe(200);
    await set('tool.crm.enabled', { enabled: true, strategies: only('content-writer') });
    expect((await read()).body).toMatchObject({ code: 'stopped', because: ['tool.crm.enabled'] });
    expect((await view()).stops).toEqual([]);
    await set('tool.crm.enabled', { enabled: true });
    expect((await read()).status).toBe(200);
    const entry = await eventually(async () => {
      const answer = await gate.ops('auditor', 'GET', '/journal?kind=flag.set');
      const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
      return entries.find(({ data }) => (data['strategies'] as unknown[]).length === 1);
    });
    expect(entry.data).toMatchObject({
      person: 'operator@sandbox.example',
      credential: expect.stringMatching(/^[0-9a-f]{64}$/),
      flag: 'tool.crm.enabled',
      reason: 'a test',
    });
  });

  test('that are bound to a time close when it comes, though nobody sets anything', async () => {
    const until = new Date(Date.now() + 2_500).toISOString();
    const constraints = [{ contextName: 'currentTime', operator: 'DATE_BEFORE', value: until }];
    const strategies = [{ name: 'default', constraints }];
    expect((await set('tool.crm.enabled', { enabled: true, strategies })).status).toBe(200);
    expect((await read()).status).toBe(200);
    await eventually(async () => (await read()).status !== 200 || undefined, 6_000);
    expect((await set('tool.crm.enabled', { enabled: true })).status).toBe(200);
    await eventually(async () => (await read()).status === 200 || undefined);
  });

  test('last over an eviction of control', async () => {
    await set('tool.crm.enabled', { enabled: true, strategies: only('content-writer') });
    await gate.evict('toolgate-control', 'Control', 'control');
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    expect((await read()).body).toMatchObject({ because: ['tool.crm.enabled'] });
    await set('tool.crm.enabled', { enabled: true });
    expect((await read()).status).toBe(200);
  });

  test.each([
    ['an unknown flag', 'kill-all', { enabled: true }, 404],
    ['no reason', 'tool.crm.enabled', { enabled: false, reason: '' }, 422],
    ['a state that is none', 'tool.crm.enabled', { enabled: 'off' }, 422],
    [
      'a strategy that nobody here evaluates',
      'tool.crm.enabled',
      { enabled: true, strategies: [{ name: 'moon' }] },
      422,
    ],
    ['strategies for the whole gate', 'gate.enabled', { enabled: true, strategies: only('x') }, 409],
  ])('refuse %s', async (_, name, body, status) => {
    expect((await set(name, body)).status).toBe(status);
    expect((await view()).stops).toEqual([]);
  });

  test.each(['auditor', 'approver', 'nobody'])('are not set by %s', async (person) => {
    expect([401, 403]).toContain((await set('gate.enabled', { enabled: false }, person)).status);
    expect((await read()).status).toBe(200);
  });

  test('are neither set nor read with an agent token', async () => {
    const headers = { authorization: `Bearer ${await router.token()}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ enabled: true, reason: 'as an agent' });
    const url = `${gate.url.origin}/ops/v1/flags`;
    expect((await fetch(`${url}/gate.enabled`, { method: 'PUT', headers, body })).status).toBe(401);
    expect((await fetch(url, { headers })).status).toBe(401);
  });

  test('hear no webhook', async () => {
    expect((await fetch(`${gate.url.origin}/hooks/unleash`, { method: 'POST' })).status).toBe(404);
  });
});
