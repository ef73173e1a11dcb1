import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { HaltProbe, StopPreview, StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

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

async function status(): Promise<StopsView> {
  return (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
}

async function probe(): Promise<{ status: number; body: HaltProbe }> {
  const answer = await gate.ops('auditor', 'GET', '/halt-probe');
  return { status: answer.status, body: await answer.json<HaltProbe>() };
}

const control = () => gate.server.getWorker('toolgate-control');

/** What control's own alerts said. */
function alerts(): unknown[] {
  const lines = gate.server.getLogs().map(({ message }) => message);
  return lines
    .filter((line) => line.startsWith('{"alert":"control.'))
    .map((line) => JSON.parse(line) as unknown);
}

async function evict(agent: string): Promise<void> {
  await gate.evict('toolgate-guard', 'Guard', agent);
}

/** Gives an agent's guard a live lease, and then makes it answer nobody: its storage says that other code owns it. */
async function breakGuard(agent: string): Promise<void> {
  await read(gate.agent(agent));
  const storage = gate.server.getWorker('toolgate-guard').getDurableObjectStorage('GUARD', { name: agent });
  await (await storage).exec(`INSERT INTO migration (n, id) VALUES (99, 'of other code')`);
  await evict(agent);
}

/** Entries of a kind in the audit log, once there are any. */
async function journaled(kind: string): Promise<{ data: Record<string, unknown> }[]> {
  return eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/journal?kind=${kind}`);
    const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
    return entries.length > 0 ? entries : undefined;
  });
}

async function preview(target: string, person = 'approver') {
  const answer = await gate.ops(person, 'GET', `/stops/preview?target=${target}`);
  type Approvals = { waiting: { agent: string; action: string }[]; approved: unknown[] } | null;
  return answer.json<StopPreview & { approvals: Approvals }>();
}

describe('the halt probe', () => {
  test('reaches every live guard, and leaves leases and epoch as they are', async () => {
    expect((await read()).status).toBe(200);
    const before = await status();
    const { status: code, body } = await probe();
    expect(code).toBe(200);
    expect(body).toMatchObject({
      canHalt: true,
      reasons: [],
      storage: { ok: true },
      guards: [{ agent: 'lead-router', found: 'reached' }],
    });
    expect(await status()).toMatchObject({
      epoch: before.epoch,
      stops: [],
      lastProbe: { at: body.at, canHalt: true },
    });
    expect((await read()).status).toBe(200);
  });

  test('reaches a guard that has a call under way', async () => {
    await fetch(`${gate.url.origin}/simulator/hubspot/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'slow', delayMs: 800, times: 1 }),
    });
    const seen = (await simulatorLog(gate, 'hubspot')).length;
    const under = read();
    await eventually(async () => ((await simulatorLog(gate, 'hubspot')).length > seen ? true : undefined));
    const { body } = await probe();
    expect(body).toMatchObject({ canHalt: true, guards: [{ found: 'reached' }] });
    expect((await under).status).toBe(200);
  });

  test('counts a guard that was replaced as reached', async () => {
    expect((await read()).status).toBe(200);
    await evict('lead-router');
    const { body } = await probe();
    expect(body.canHalt).toBe(true);
    expect(body.guards.map(({ found }) => found)).toContain('replaced');
  });
});

describe('the preview of a stop', () => {
  test('lists agents, calls under way and approvals that it would hit, and changes nothing', async () => {
    const contacts = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
    const id = (await contacts.json<{ id: string }[]>())[0]?.id ?? '';
    const because = { goal: 'keep the CRM right', explanation: 'The form names another company.' };
    const waits = await router.call(
      'crm.contact.update',
      { id, company: 'Acme GmbH' },
      { mode: 'execute', key: 'preview', because },
    );
    expect(waits.status).toBe(202);
    await fetch(`${gate.url.origin}/simulator/hubspot/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'slow', delayMs: 1_200, times: 1 }),
    });
    const seen = (await simulatorLog(gate, 'hubspot')).length;
    const under = read();
    await eventually(async () => ((await simulatorLog(gate, 'hubspot')).length > seen ? true : undefined));
    const before = await status();
    const [crm, chat] = await Promise.all([preview('tool:crm'), preview('tool:chat')]);
    expect((await under).status).toBe(200);
    expect(crm).toMatchObject({
      warning: null,
      unheard: [],
      calls: [{ action: 'crm.company.read', ended: 'unknown' }],
    });
    expect(crm.agents.find(({ agent }) => agent === 'lead-router')).toEqual({
      agent: 'lead-router',
      workflow: 'lead-routing',
      live: true,
    });
    expect(crm.approvals).toMatchObject({
      waiting: [{ call: waits.body['call'], action: 'crm.contact.update' }],
      approved: [],
    });
    expect(chat).toMatchObject({ calls: [], approvals: { waiting: [] } });
    const { epoch, stops } = before;
    expect(await status()).toMatchObject({ epoch, stops });
  });

  test.each([
    ['tool:crn', /no such tool; tools are .*chat, .*crm/],
    ['agent:lead-rooter', /no such agent; agents are .*content-writer, .*lead-router/],
    ['workflow:leads', /no such workflow; workflows are/],
    ['action:crm.contact.burn', /no such action; actions are crm\./],
  ])('of %s warns that there is none', async (target, warning) => {
    expect((await preview(target)).warning).toMatch(warning);
  });

  test.each([
    ['auditor', 'everything', 422],
    ['auditor', '', 422],
    ['nobody', 'all', 401],
  ])('is refused to %s of %j', async (person, target, code) => {
    expect((await gate.ops(person, 'GET', `/stops/preview?target=${target}`)).status).toBe(code);
  });
});

describe('while a live guard does not answer', () => {
  test('a preview names it, and does not wait for it', async () => {
    expect((await read()).status).toBe(200);
    await breakGuard('support-agent');
    const began = Date.now();
    const found = await preview('all');
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(found.unheard).toEqual(['support-agent']);
  });

  test('the probe says no: alerted on schedule, journaled once, and so is its end', async () => {
    await breakGuard('content-writer');
    await control().scheduled({ cron: '* * * * *' });
    expect(alerts()).toEqual([
      {
        alert: 'control.cannot-halt',
        reasons: expect.arrayContaining([expect.stringContaining('content-writer')]),
      },
    ]);
    const { status: code, body } = await probe();
    expect(code).toBe(503);
    expect(body).toMatchObject({
      canHalt: false,
      reasons: expect.arrayContaining([expect.stringContaining('content-writer')]),
    });
    expect((await probe()).status).toBe(503);
    expect((await status()).lastProbe).toMatchObject({ canHalt: false });
    // The lease that could not be reached runs out.
    const well = await eventually(async () => {
      const again = await probe();
      return again.status === 200 ? again.body : undefined;
    });
    expect(well.guards.every(({ found }) => found !== 'silent')).toBe(true);
    await journaled('probe.recovered');
    expect(await journaled('probe.failed')).toHaveLength(1);
    expect((await read()).status).toBe(200);
  });
});
