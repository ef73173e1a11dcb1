import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { Receipt } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let writer: GateClient;
let company = '';

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  writer = gate.agent('content-writer');
  const companies = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
  company = (await companies.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate.close());

/** A read at the vendor; not a search, of which HubSpot allows five a second. */
async function read(client = router) {
  return client.call('crm.company.read', { id: company }, { mode: 'read' });
}

async function stop(target: string, person = 'operator'): Promise<Response> {
  return gate.ops(person, 'POST', '/stops', { target, reason: 'a test of the switch' });
}

async function resume(target: string, person = 'operator'): Promise<Response> {
  return gate.ops(person, 'DELETE', `/stops/${target}`, { reason: 'the test is over' });
}

async function evict(worker: string, object: string, name: string): Promise<void> {
  await gate.evict(worker, object, name);
}

async function confirmed(id: string): Promise<Receipt | undefined> {
  const receipt = await (await gate.ops('operator', 'GET', `/receipts/${id}`)).json<Receipt>();
  return receipt.status === 'forming' ? undefined : receipt;
}

describe('a stop', () => {
  test('is confirmed by evidence, holds at once, says why, and lets go after the resume', async () => {
    expect((await read()).status).toBe(200);
    const answer = await stop('tool:crm');
    expect(answer.status).toBeLessThan(300);
    const receipt = await answer.json<Receipt>();
    expect(receipt).toMatchObject({
      target: 'tool:crm',
      status: expect.stringMatching(/confirmed|settled/),
      confirmedAt: expect.any(String),
    });
    expect(receipt.guards.acked).toBeGreaterThan(0);
    expect(receipt.assumption).toMatch(/Clocks differ/);

    const before = (await simulatorLog(gate, 'hubspot')).length;
    const refused = await read();
    expect(refused.status).toBe(423);
    expect(refused.body).toMatchObject({ code: 'stopped', because: ['tool:crm'] });
    expect(await simulatorLog(gate, 'hubspot')).toHaveLength(before);

    expect((await resume('tool:crm')).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  test('of one tool leaves the others working', async () => {
    await stop('tool:crm');
    const because = { goal: 'tell the team', explanation: 'A lead came in.' };
    const other = await router.call(
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'still here' },
      { mode: 'execute', key: 'other', because },
    );
    expect(other.status).toBe(200);
    await resume('tool:crm');
  });

  test('of one agent leaves the other agents working', async () => {
    await stop('agent:lead-router');
    expect((await read()).status).toBe(423);
    expect((await read(writer)).status).not.toBe(423);
    await resume('agent:lead-router');
  });

  test('stays in force under a narrower resume', async () => {
    await stop('all');
    await stop('tool:crm');
    const resumed = await (await resume('tool:crm')).json<{ stillStoppedBy: string[] }>();
    expect(resumed.stillStoppedBy).toEqual(['all']);
    expect((await read()).status).toBe(423);
    expect((await resume('all')).status).toBe(202);
    expect((await read()).status).toBe(423);
    expect((await resume('all', 'operator2')).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  test('is settled and journaled, with who and why', async () => {
    const { id } = await (await stop('tool:chat')).json<Receipt>();
    const settled = await eventually(async () => {
      const receipt = await (await gate.ops('auditor', 'GET', `/receipts/${id}`)).json<Receipt>();
      return receipt.status === 'settled' ? receipt : undefined;
    });
    expect(settled.settledAt).not.toBeNull();
    await resume('tool:chat');
    const entries = await eventually(async () => {
      const found = await (
        await gate.ops('auditor', 'GET', '/journal?kind=stop.requested')
      ).json<{ entries: { data: Record<string, unknown> }[] }>();
      return found.entries.some((entry) => entry.data['receipt'] === id) ? found.entries : undefined;
    });
    expect(entries.find((entry) => entry.data['receipt'] === id)?.data).toMatchObject({
      person: 'operator@sandbox.example',
      target: 'tool:chat',
      reason: 'a test of the switch',
    });
  });

  test.each(['auditor', 'approver', 'nobody'])('is not made by %s', async (person) => {
    expect([401, 403]).toContain((await stop('all', person)).status);
    expect((await read()).status).toBe(200);
  });

  test.each(['everything', 'tool:', 'tool:CRM', ''])('of %j is refused as no target', async (target) => {
    expect((await stop(target)).status).toBe(422);
  });

  test('is neither made nor resumed with an agent token', async () => {
    const headers = { authorization: `Bearer ${await router.token()}`, 'content-type': 'application/json' };
    const url = `${gate.url.origin}/ops/v1/stops`;
    const made = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ target: 'all', reason: 'as an agent' }),
    });
    await stop('tool:crm');
    const resumed = await fetch(`${url}/tool:crm`, {
      method: 'DELETE',
      headers,
      body: JSON.stringify({ reason: 'as an agent' }),
    });
    expect([made.status, resumed.status]).toEqual([401, 401]);
    expect((await read()).status).toBe(423);
    await resume('tool:crm');
  });

  test('persists when control is evicted', async () => {
    await stop('tool:crm');
    await evict('toolgate-control', 'Control', 'control');
    const stops = await (await gate.ops('operator', 'GET', '/stops')).json<{ stops: { target: string }[] }>();
    expect(stops.stops.map((found) => found.target)).toEqual(['tool:crm']);
    expect((await read()).status).toBe(423);
    await resume('tool:crm');
  });

  test('made right after control was replaced is confirmed within the bound, and not before the old leases ran out', async () => {
    const leasedAt = Date.now();
    expect((await read()).status).toBe(200);
    await evict('toolgate-control', 'Control', 'control');
    const { id } = await (await stop('tool:crm')).json<Receipt>();
    const receipt = await eventually(async () => confirmed(id));
    const took = Date.parse(receipt.confirmedAt ?? '') - Date.parse(receipt.stopAt);
    expect(took).toBeLessThanOrEqual(6_200);
    // The new instance cannot know who holds a lease of the old one, so it must not be quick.
    expect(Date.parse(receipt.confirmedAt ?? '')).toBeGreaterThan(leasedAt + 4_000);
    await resume('tool:crm');
  });

  test("of an agent whose guard was evicted is confirmed only when the old incarnation's lease has lapsed", async () => {
    expect((await read()).status).toBe(200);
    await evict('toolgate-guard', 'Guard', 'lead-router');
    const { id } = await (await stop('agent:lead-router')).json<Receipt>();
    const receipt = await eventually(async () => confirmed(id));
    expect(receipt.guards.lapsed).toBeGreaterThan(0);
    expect((await read()).status).toBe(423);
    await resume('agent:lead-router');
  });

  test('finds a call under way at the vendor, waits for it, and says how it ended', async () => {
    await fetch(`${gate.url.origin}/simulator/hubspot/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'slow', delayMs: 800, times: 1 }),
    });
    const under = read();
    await eventually(async () =>
      (await simulatorLog(gate, 'hubspot')).at(-1)?.fault === 'slow' ? true : undefined,
    );
    const stopping = stop('workflow:lead-routing');
    const receipt = await (await stopping).json<Receipt>();
    expect((await under).status).toBe(200);
    expect(receipt.inFlight).toEqual([
      expect.objectContaining({ agent: 'lead-router', action: 'crm.company.read', ended: 'succeeded' }),
    ]);
    // Not before the call that could still send something had its answer.
    expect(Date.parse(receipt.confirmedAt ?? '') - Date.parse(receipt.stopAt)).toBeGreaterThan(200);
    await resume('workflow:lead-routing');
  });
});
