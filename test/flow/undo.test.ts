import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { OperatorAct } from '../../shared/rpc.ts';
import type { Look } from '../../shared/taking-back.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
});
afterAll(async () => gate?.close());
beforeEach(async () => void (await simulator('POST', 'hubspot/reset')));

const because = { goal: 'a test', explanation: 'of undo' };
let keys = 0;

async function simulator(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${gate.url.origin}/simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

interface Conflicting {
  code: string;
  call: string;
  found?: string;
  conflicts: { field: string; expected: unknown; found: unknown }[];
}

/** Has a contact changed, with the approvals that it needs; resolves when it is. */
async function updated(input: Record<string, unknown>): Promise<string> {
  const options = { mode: 'execute' as const, key: `undo-${(keys += 1)}`, because };
  const asked = await router.call('crm.contact.update', input, options);
  const call = String(asked.body['call']);
  for (const person of ['approver', 'approver2'])
    await gate.ops(person, 'POST', `/approvals/${String(asked.body['approval'])}/decision`, {
      decision: 'approve',
      reason: 'as-expected',
    });
  await eventually(async () => ((await polled(call))['status'] === 'succeeded' ? true : undefined));
  return call;
}

const polled = async (call: string): Promise<Record<string, unknown>> =>
  (await router.get(`/v1/calls/${call}`)).body;

async function undo(call: string, force?: string, person = 'operator'): Promise<Response> {
  const body = { reason: 'a test', agent: 'lead-router', ...(force !== undefined && { force }) };
  return gate.ops(person, 'POST', `/calls/${call}/undo`, body);
}

async function held(property = 'hs_lead_status'): Promise<unknown> {
  const record = await simulator('GET', 'hubspot/records/contacts/102');
  return (await record.json<{ properties: Record<string, unknown> }>()).properties[property];
}

/** What a colleague does in HubSpot itself, past the gate. */
async function byHand(properties: Record<string, unknown>): Promise<void> {
  const answer = await simulator('PATCH', 'hubspot/records/contacts/102', { properties });
  if (!answer.ok) throw new Error(`the simulator: ${answer.status} ${await answer.text()}`);
}

const writes = async (): Promise<number> =>
  (await simulatorLog(gate, 'hubspot')).filter(({ changed }) => changed).length;

async function entriesOf(call: string, kind: string): Promise<{ data: Record<string, unknown> }[]> {
  return eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/journal?call=${call}&kind=${kind}`);
    const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
    return entries.length > 0 ? entries : undefined;
  });
}

describe('an undo', () => {
  test('writes back what was there, looks at the vendor again, and says that it holds it', async () => {
    const before = await held();
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    const act = await (await undo(call)).json<OperatorAct>();
    expect(act).toMatchObject({ outcome: 'succeeded', verified: true });
    expect(await held()).toBe(before);
    expect((await entriesOf(act.call, 'call.verified'))[0]?.data).toMatchObject({
      verified: 'yes',
      of: call,
    });
  });

  test('can itself be undone', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    const first = await (await undo(call)).json<OperatorAct>();
    expect(await (await undo(first.call)).json()).toMatchObject({ outcome: 'succeeded', verified: true });
    expect(await held()).toBe('CONNECTED');
  });

  test('of two people at once is done once', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    const before = await writes();
    const answers = await Promise.all([undo(call), undo(call, undefined, 'operator2')]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    expect(await writes()).toBe(before + 1);
  });
});

test('how long a call can be undone is told to its agent and to people, as time left', async () => {
  const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
  const { undo: told } = (await polled(call)) as { undo: { until: string; left: string } };
  expect(Date.parse(told.until)).toBeGreaterThan(Date.now());
  expect(told.left).toMatch(/^(\d+ d )?\d+ h( \d+ min)? left$/);
  const shown = await eventually(async () => {
    const { code, stdout } = await runAs(gate, 'auditor', ['call', call]);
    return code === 0 && stdout.includes('left') ? stdout : undefined;
  });
  expect(shown).toMatch(/undo +crm\.contact\.update, .* left \(until 2/);
  await undo(call);
  expect(await polled(call)).toMatchObject({ undone: { at: expect.any(String) } });
});

describe('an undo of what somebody has changed since', () => {
  test('writes nothing, says where, masked, and leaves the call free to be undone', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED', phone: '+49 170 5550123' });
    await byHand({ hs_lead_status: 'BAD_TIMING', phone: '+49 170 5550199' });
    const before = await writes();
    const answer = await undo(call);
    expect(answer.status).toBe(409);
    const problem = await answer.json<Conflicting>();
    expect(problem).toMatchObject({
      code: 'changed-since',
      conflicts: [
        { field: 'phone', expected: '[phone]', found: '[phone]' },
        { field: 'leadStatus', expected: 'CONNECTED', found: 'BAD_TIMING' },
      ],
    });
    expect(await writes()).toBe(before);
    expect(await held()).toBe('BAD_TIMING');
    const told = JSON.stringify(await entriesOf(problem.call, 'call.outcome'));
    expect(told).toContain('BAD_TIMING');
    expect(told).not.toContain('5550');
    await byHand({ hs_lead_status: 'CONNECTED', phone: '+49 170 5550123' });
    expect(await (await undo(call)).json()).toMatchObject({ outcome: 'succeeded', verified: true });
  });

  test('is forced over exactly what was found, and over nothing newer', async () => {
    const was = await held();
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    await byHand({ hs_lead_status: 'BAD_TIMING' });
    const { found = '' } = await (await undo(call)).json<Conflicting>();
    await byHand({ hs_lead_status: 'OPEN_DEAL' });
    const before = await writes();
    const stale = await undo(call, found);
    expect([stale.status, await writes(), await held()]).toEqual([409, before, 'OPEN_DEAL']);
    const { found: newer = '' } = await stale.json<Conflicting>();
    expect(newer).not.toBe(found);
    const act = await (await undo(call, newer)).json<OperatorAct>();
    expect(act).toMatchObject({ outcome: 'succeeded', forced: true, verified: true });
    expect(await held()).toBe(was);
    expect((await entriesOf(act.call, 'call.intent'))[0]?.data).toMatchObject({
      forced: true,
      overridden: [{ field: 'leadStatus', expected: 'CONNECTED', found: 'OPEN_DEAL' }],
      operator: { reason: 'a test' },
    });
  });

  test('is not forced by a guess, nor without a reason', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    await byHand({ hs_lead_status: 'BAD_TIMING' });
    const before = await writes();
    expect((await undo(call, 'f'.repeat(16))).status).toBe(409);
    expect((await undo(call, 'unseen')).status).toBe(409);
    expect((await undo(call, 'yes')).status).toBe(422);
    const bare = { agent: 'lead-router', force: 'f'.repeat(16) };
    expect((await gate.ops('operator', 'POST', `/calls/${call}/undo`, bare)).status).toBe(422);
    expect(await writes()).toBe(before);
  });

  test('writes nothing while the vendor cannot be looked at', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    await simulator('POST', 'hubspot/faults', { fault: '500', method: 'GET' });
    const before = await writes();
    expect(await (await undo(call)).json()).toMatchObject({ outcome: 'failed' });
    expect((await undo(call, 'unseen')).status).toBe(409);
    expect(await writes()).toBe(before);
    expect(await held()).toBe('CONNECTED');
  });
});

describe('a look before an undo', () => {
  const look = async (call: string, person = 'operator'): Promise<Response> =>
    gate.ops(person, 'GET', `/calls/${call}/undo?agent=lead-router`);

  test('tells what the vendor holds and writes nothing', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    const before = await writes();
    expect(await (await look(call)).json()).toMatchObject({ state: 'as-left', conflicts: [] });
    await byHand({ hs_lead_status: 'BAD_TIMING' });
    const seen = await (await look(call)).json<Look>();
    expect(seen).toMatchObject({ state: 'changed', conflicts: [{ field: 'leadStatus' }] });
    expect(await writes()).toBe(before);
    expect(await (await undo(call, seen.found ?? '')).json()).toMatchObject({ outcome: 'succeeded' });
    expect((await entriesOf(call, 'lane.looked')).length).toBeGreaterThan(0);
  });

  test('is for those who may undo', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    for (const [person, status] of [
      ['auditor', 403],
      ['approver', 403],
      ['nobody', 401],
    ] as const)
      expect((await look(call, person)).status).toBe(status);
  });

  test('and the undo, on the command line', async () => {
    const call = await updated({ id: '102', leadStatus: 'CONNECTED' });
    await byHand({ hs_lead_status: 'BAD_TIMING' });
    const agent = ['--agent', 'lead-router'];
    const looked = await runAs(gate, 'operator', ['undo', call, '--dry-run', ...agent]);
    expect([looked.code, looked.stdout]).toEqual([0, expect.stringContaining('leadStatus')]);
    const told = await runAs(gate, 'operator', ['undo', call, '--reason', 'a test', ...agent]);
    expect(told.code).toBe(1);
    const [, force = ''] = /--force ([0-9a-f]{16})/.exec(told.stderr) ?? [];
    const forced = ['undo', call, '--reason', 'a test', '--force', force, ...agent];
    const done = await runAs(gate, 'operator', forced);
    expect(done.stdout).toContain('yes: the vendor was looked at again');
    expect(done.code).toBe(0);
  });
});
