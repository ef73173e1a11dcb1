import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { Outside } from './outside.ts';
import { eventually } from './support.ts';

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

async function view(): Promise<StopsView> {
  return (await gate.ops('operator', 'GET', '/stops')).json<StopsView>();
}

test('an Unleash that has never sent a switch is silence: nothing runs, and nothing has to be resumed once it does', async () => {
  expect((await read()).body).toMatchObject({ code: 'stopped', because: ['source-silent'] });
  const { stops, sources } = await view();
  expect(stops).toEqual([]);
  expect(sources.find(({ name }) => name === 'unleash')).toMatchObject({
    state: 'silent',
    lastHeard: null,
    detail: expect.stringMatching(/toolgate flags push/),
  });
  outside.allOn();
  await eventually(async () => ((await read()).status === 200 ? true : undefined), 4_000);
  expect((await view()).stops).toEqual([]);
});

test('once it has sent some, the same empty document stops everything, and only people resume', async () => {
  const names = [...outside.flags.keys()];
  outside.flags.clear();
  await eventually(async () => ((await view()).stops.length === names.length ? true : undefined), 8_000);
  expect((await read()).body).toMatchObject({ because: ['all'] });
  outside.allOn();
  await eventually(async () => ((await view()).stops.every(({ held }) => !held) ? true : undefined));
  expect((await read()).status).toBe(423);
});
