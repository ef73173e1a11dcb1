import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { FlagsView, StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { Outside } from './outside.ts';
import { eventually } from '../flow/support.ts';

let outside: Outside;
let gate: GateUnderTest;
let router: GateClient;
let company = '';

beforeAll(async () => {
  outside = await Outside.start();
  outside.flags.clear();
  gate = await bootGate({ vars: { control: outside.settings } });
  router = gate.agent('lead-router');
  const companies = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
  company = (await companies.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => {
  await gate.close();
  await outside.close();
});

async function read() {
  return router.call('crm.company.read', { id: company }, { mode: 'read' });
}

/**
 * The webhook, so that each step of a push is looked at and none falls between two polls. Without a body: control reads none, so
 * the connection would close behind it, and the next request that reuses it would fail.
 */
async function hint(): Promise<void> {
  const headers = { authorization: 'secret-of-the-webhook' };
  const before = outside.asked.unleash;
  await fetch(`${gate.url.origin}/hooks/unleash`, { method: 'POST', headers });
  await eventually(async () => (outside.asked.unleash > before ? true : undefined));
}

async function view(): Promise<StopsView> {
  return (await gate.ops('operator', 'GET', '/stops')).json<StopsView>();
}

async function unleashSource(): Promise<StopsView['sources'][number] | undefined> {
  return (await view()).sources.find(({ name }) => name === 'unleash');
}

async function stateOf(flag: string): Promise<string | undefined> {
  const { flags } = await (await gate.ops('operator', 'GET', '/flags')).json<FlagsView>();
  return flags.find(({ name }) => name === flag)?.state;
}

async function evict(): Promise<void> {
  await gate.evict('toolgate-control', 'Control', 'control');
}

test('an Unleash that has none of the switches closes everything, says what to do, and stops nothing', async () => {
  expect(await read()).toMatchObject({
    status: 423,
    body: {
      code: 'stopped',
      because: ['gate.enabled'],
      detail: 'gate.enabled is not in Unleash: run toolgate flags push.',
    },
  });
  expect((await view()).stops).toEqual([]);
  expect((await unleashSource())?.detail).toMatch(/^Never seen in Unleash: closed: gate\.enabled, .*more\./);
  expect(await stateOf('tool.crm.enabled')).toBe('never-seen');
});

test('pushing switches one by one while the gate follows latches nothing, and opens with the last that a call needs', async () => {
  const last = 'tool.crm.enabled';
  const others = outside.names.filter((name) => name !== last);
  for (const name of others) {
    // As a push does it: made, which is off, and turned on a moment later.
    outside.set(name, { enabled: false });
    await hint();
    expect((await read()).status).toBe(423);
    outside.set(name, {});
  }
  outside.set(last, { enabled: false });
  await eventually(async () => ((await stateOf(last)) === 'never-on' ? true : undefined));
  expect((await read()).body).toMatchObject({
    because: [last],
    detail: `${last} is in Unleash and was never on: turn it on there.`,
  });
  await evict();
  expect((await read()).status).toBe(423);
  expect((await view()).stops).toEqual([]);
  outside.set(last, {});
  await eventually(async () => ((await read()).status === 200 ? true : undefined), 4_000);
  expect(await unleashSource()).toMatchObject({ state: 'fresh', detail: '' });
  expect((await view()).stops).toEqual([]);
}, 60_000);

test('archiving one afterwards latches a stop, also by a control that began anew meanwhile', async () => {
  outside.unleash = 'failing';
  await evict();
  outside.flags.delete('tool.crm.enabled');
  outside.unleash = 'answers';
  await eventually(async () => ((await read()).status === 423 ? true : undefined));
  const stop = await eventually(async () => (await view()).stops[0]);
  expect(stop).toMatchObject({ target: 'tool:crm', source: 'unleash', held: true });
  expect(stop.reason).toMatch(/archived/);
  // The document that it keeps holds the switch no longer; that it was ever there must not be forgotten.
  await evict();
  await read();
  outside.set('kill-all', {});
  await hint();
  await hint();
  expect((await view()).stops).toMatchObject([{ target: 'tool:crm', held: true }]);
  outside.set('tool.crm.enabled', {});
  await eventually(async () => ((await view()).stops[0]?.held === false ? true : undefined));
  expect((await read()).status).toBe(423);
  await gate.ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'seen' });
  await eventually(async () => ((await read()).status === 200 ? true : undefined));
});

test('once it has sent some, the same empty document stops everything, and only people resume', async () => {
  const { names } = outside;
  outside.flags.clear();
  await eventually(async () => ((await view()).stops.length === names.length ? true : undefined), 8_000);
  expect((await read()).body).toMatchObject({ because: ['all'] });
  outside.allOn();
  await eventually(async () => ((await view()).stops.every(({ held }) => !held) ? true : undefined));
  expect((await read()).status).toBe(423);
});
