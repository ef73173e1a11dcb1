import { setTimeout as sleep } from 'node:timers/promises';
import normalized from 'unleash-client/lib/strategy/util.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GateAnswer } from '../../examples/gate-client.ts';
import { switchName } from '../../flags/switches.ts';
import { eventually } from '../flow/support.ts';
import type { GateUnderTest } from '../harness.ts';
import {
  bootFollowing,
  listLeads,
  post,
  pushFlags,
  readCompany,
  resume,
  sourceOf,
  stopOf,
  stopsOf,
  untilItReads,
  webhookSecret,
} from './support.ts';
import { everybody, startUnleash, type Strategy, type UnleashPeer } from './unleash.ts';

let unleash: UnleashPeer;
let gate: GateUnderTest;

beforeAll(async () => {
  unleash = await startUnleash();
  await pushFlags(unleash);
  gate = await bootFollowing({ unleash });
  await untilItReads(gate);
}, 120_000);
afterAll(async () => {
  await gate?.close();
  await unleash?.close();
});

/** Unleash's second, the poll's second, and what a busy machine adds. */
const soon = { timeout: 10_000, interval: 100 };

function stopped(...because: string[]): unknown {
  return expect.objectContaining({ status: 423, body: expect.objectContaining({ because }) });
}
const passed: unknown = expect.objectContaining({ status: 200 });

describe('a switch turned off in Unleash', () => {
  // A test that failed in the middle must not fail the next ones.
  afterEach(async () => {
    for (const { target } of (await stopsOf(gate)).stops) {
      await unleash.toggle(switchName(target), true);
      await eventually(async () => ((await stopOf(gate, target))?.held === false ? true : undefined));
      await resume(gate, target);
    }
    await untilItReads(gate);
  });
  const router = async (): Promise<GateAnswer> => readCompany(gate);
  const writer = async (): Promise<GateAnswer> => readCompany(gate, 'content-writer');
  const leads = async (): Promise<GateAnswer> => listLeads(gate);
  const search = async (): Promise<GateAnswer> =>
    gate.agent('lead-router').call('crm.company.search', { name: 'Acme' }, { mode: 'read' });

  test.each([
    { flag: 'tool.crm.enabled', target: 'tool:crm', hit: router, spared: leads },
    { flag: 'agent.lead-router.enabled', target: 'agent:lead-router', hit: leads, spared: writer },
    { flag: 'workflow.lead-routing.enabled', target: 'workflow:lead-routing', hit: router, spared: writer },
    {
      flag: 'action.crm.company.read.enabled',
      target: 'action:crm.company.read',
      hit: router,
      spared: search,
    },
    { flag: 'gate.enabled', target: 'all', hit: writer, spared: null },
  ])('$flag stops exactly its target, and latches', async ({ flag, target, hit, spared }) => {
    expect(await hit()).toEqual(passed);
    await unleash.toggle(flag, false);
    await expect.poll(hit, soon).toEqual(stopped(target));
    if (spared) expect(await spared()).toEqual(passed);
    expect((await stopsOf(gate)).stops).toEqual([
      expect.objectContaining({ target, source: 'unleash', held: true }),
    ]);

    // While Unleash says stop, nobody else can resume it.
    expect((await resume(gate, target)).status).toBe(409);
    await unleash.toggle(flag, true);
    await expect.poll(async () => (await stopOf(gate, target))?.held, soon).toBe(false);
    expect(await hit()).toEqual(stopped(target));
    expect((await resume(gate, target)).status).toBe(200);
    await expect.poll(hit, soon).toEqual(passed);
  });

  test('and archived stops like one that is off', async () => {
    await unleash.archive('tool.chat.enabled');
    await expect.poll(async () => post(gate), soon).toEqual(stopped('tool:chat'));
    expect((await stopOf(gate, 'tool:chat'))?.reason).toMatch(/archived/);
    await unleash.admin('POST', '/archive/revive/tool.chat.enabled');
    await unleash.toggle('tool.chat.enabled', true);
    await expect.poll(async () => (await stopOf(gate, 'tool:chat'))?.held, soon).toBe(false);
    await resume(gate, 'tool:chat');
    await expect.poll(async () => (await post(gate)).status, soon).toBe(200);
  });

  test('in another environment stops nothing', async () => {
    await unleash.setStrategies('tool.crm.enabled', [everybody], 'production');
    await unleash.toggle('tool.crm.enabled', true, 'production');
    await unleash.toggle('tool.crm.enabled', false, 'production');
    await sleep(3_000);
    expect(await readCompany(gate)).toEqual(passed);
    expect((await stopsOf(gate)).stops).toEqual([]);
  });

  test('that nothing reads does nothing, and people are told so', async () => {
    await unleash.createFlag('kill-all', { type: 'release', on: true });
    const told = async (): Promise<string[]> =>
      (await (await gate.ops('auditor', 'GET', '/flags')).json<{ doNothing: string[] }>()).doNothing;
    await expect.poll(told, soon).toContain('kill-all');
    expect(await readCompany(gate)).toEqual(passed);
  });
});

describe("a switch's strategies", () => {
  const flag = 'tool.crm.enabled';
  const own = async (strategy: Strategy): Promise<void> => unleash.setStrategies(flag, [strategy]);
  afterEach(async () => {
    await own(everybody);
    for (const agent of ['lead-router', 'content-writer']) await untilItReads(gate, agent);
  });
  /** A rollout closes and opens without a resume, so nothing may latch. */
  async function closedTo(agent: string, openTo: string): Promise<void> {
    await expect.poll(async () => readCompany(gate, agent), soon).toEqual(stopped(flag));
    expect(await readCompany(gate, openTo)).toEqual(passed);
    expect((await stopsOf(gate)).stops).toEqual([]);
  }

  test('let only the agents through that userIds name', async () => {
    // Servers from before Unleash 6 bring this strategy along; on others it is made by hand.
    await unleash.admin('POST', '/strategies', {
      name: 'userWithId',
      parameters: [{ name: 'userIds', type: 'list', description: '', required: false }],
    });
    await own({ name: 'userWithId', parameters: { userIds: 'content-writer,support-agent' } });
    await closedTo('lead-router', 'content-writer');
  });

  test('let a share of the agents through, the same ones each time', async () => {
    const of = (agent: string, group: string): number => normalized.normalizedStrategyValue(agent, group);
    const groups = Array.from({ length: 50 }, (_, n) => `group-${n}`);
    const groupId = groups.find(
      (group) => of('lead-router', group) > 10 && of('content-writer', group) <= 10,
    );
    expect(groupId).toBeDefined();
    const parameters = { rollout: '10', stickiness: 'userId', groupId: groupId ?? '' };
    await own({ name: 'flexibleRollout', parameters });
    await closedTo('lead-router', 'content-writer');
    for (let n = 0; n < 5; n += 1) expect((await readCompany(gate)).status).toBe(423);
  });

  test('may look at workflow, tool, action and mode', async () => {
    const on = (contextName: string, ...values: string[]): Strategy => ({
      name: 'default',
      constraints: [{ contextName, operator: 'IN', values }],
    });
    await own(on('workflow', 'content'));
    await closedTo('lead-router', 'content-writer');
    await own(on('action', 'crm.company.search'));
    await expect.poll(async () => readCompany(gate, 'content-writer'), soon).toEqual(stopped(flag));
    await own(on('mode', 'read'));
    await expect.poll(async () => (await readCompany(gate)).status, soon).toBe(200);
    await unleash.setStrategies('gate.enabled', [on('mode', 'read', 'propose')]);
    await expect.poll(async () => post(gate), soon).toEqual(stopped('gate.enabled'));
    expect(await listLeads(gate)).toEqual(passed);
    await unleash.setStrategies('gate.enabled', [everybody]);
    await expect.poll(async () => (await post(gate)).status, soon).toBe(200);
  });

  test('may use a segment, and follow it when it is changed', async () => {
    const routing = [{ contextName: 'workflow', operator: 'IN', values: ['content'] }];
    const id = await unleash.createSegment('only the campaign', routing);
    await own({ ...everybody, segments: [id] });
    await closedTo('lead-router', 'content-writer');
    const both = [{ contextName: 'workflow', operator: 'IN', values: ['content', 'lead-routing'] }];
    await unleash.admin('PUT', `/segments/${id}`, { name: 'only the campaign', constraints: both });
    await expect.poll(async () => (await readCompany(gate)).status, soon).toBe(200);
  });
});

describe("Unleash's webhook", () => {
  const path = '/hooks/unleash';
  /** Requests for the features document since then. */
  const askedSince = (at: number): number => unleash.proxy.seen.filter((seen) => seen.at >= at).length;
  /** Control asks by itself only while leases are live; five seconds and the margin after the last call none is. */
  beforeEach(async () => {
    const quiet = (): boolean => Date.now() - (unleash.proxy.seen.at(-1)?.at ?? 0) > 2_500;
    await eventually(async () => (quiet() ? true : undefined), 20_000);
  });

  test('with the right secret makes control ask Unleash', async () => {
    const at = Date.now();
    const headers = { authorization: `Bearer ${webhookSecret}` };
    const answer = await fetch(gate.url.origin + path, { method: 'POST', headers, body: '{"forged": true}' });
    expect(answer.status).toBeLessThan(300);
    await expect.poll(() => askedSince(at), soon).toBeGreaterThanOrEqual(1);
  });

  test.each([
    ['a wrong secret', { authorization: 'Bearer guessed' }],
    ['no secret', {}],
  ])('with %s does nothing', async (_, headers) => {
    const at = Date.now();
    const answer = await fetch(gate.url.origin + path, { method: 'POST', headers });
    expect(answer.status).toBe(401);
    await sleep(1_500);
    expect(askedSince(at)).toBe(0);
  });

  test('sent by Unleash itself stops before anybody calls', async () => {
    // From its first event on Unleash keeps its list of integrations for a minute; a restart reads it at once.
    await unleash.webhook(`${gate.url.origin}${path}`, `Bearer ${webhookSecret}`);
    await unleash.restart();
    const at = Date.now();
    await unleash.toggle('tool.crm.enabled', false);
    await expect.poll(() => askedSince(at), soon).toBeGreaterThanOrEqual(1);
    // The webhook comes up to a second before Unleash's own document says the same.
    await sleep(2_000);
    expect(await readCompany(gate)).toEqual(stopped('tool:crm'));
    await unleash.toggle('tool.crm.enabled', true);
    await expect.poll(async () => (await stopOf(gate, 'tool:crm'))?.held, soon).toBe(false);
    await resume(gate, 'tool:crm');
    expect(await sourceOf(gate, 'unleash')).toMatchObject({ state: 'fresh' });
  });
});
