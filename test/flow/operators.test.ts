import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { OperatorAct, Receipt } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
});
afterAll(async () => gate.close());
beforeEach(async () => {
  for (const vendor of ['hubspot', 'slack']) await simulator('POST', `${vendor}/reset`);
});
afterEach(async () => {
  const { stops } = await (
    await gate.ops('operator', 'GET', '/stops')
  ).json<{ stops: { target: string }[] }>();
  // Two people: a stop of all needs them.
  for (const { target } of stops)
    for (const person of ['operator', 'owner'])
      await gate.ops(person, 'DELETE', `/stops/${target}`, { reason: 'the test is over' });
});

const because = { goal: 'a test', explanation: 'of the lane' };
const channel = 'C0LEADS001';
let keys = 0;
const key = () => `lane-${(keys += 1)}`;

async function simulator(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${gate.url.origin}/simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const post = async (text: string) =>
  router.call('chat.message.post', { channel, text }, { mode: 'execute', key: key(), because });

async function schedule(text: string): Promise<string> {
  const postAt = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
  const options = { mode: 'execute' as const, key: key(), because };
  const answer = await router.call('chat.message.schedule', { channel, text, postAt }, options);
  expect(answer.status).toBe(200);
  return String(answer.body['call']);
}

/** Has a contact changed, with the approval that it needs. Returns the call, which then runs. `held`: done once people are asked. */
async function approvedUpdate(
  input: object,
  held = async (): Promise<unknown> => undefined,
): Promise<string> {
  const options = { mode: 'execute' as const, key: key(), because };
  const asked = await router.call('crm.contact.update', input as Record<string, unknown>, options);
  expect(asked.status).toBe(202);
  await held();
  for (const person of ['approver', 'approver2']) {
    const body = { decision: 'approve', reason: 'as-expected' };
    await gate.ops(person, 'POST', `/approvals/${String(asked.body['approval'])}/decision`, body);
  }
  return String(asked.body['call']);
}

/** What was posted once the vendor's clock has passed every schedule. */
async function postedInTheEnd(): Promise<string[]> {
  await simulator('POST', 'slack/clock', { aheadSeconds: 3_600 });
  const messages = await simulator('GET', 'slack/records/messages');
  return (await messages.json<{ text: string }[]>()).map(({ text }) => text);
}

const stop = async (target: string, cancel = false): Promise<Receipt> =>
  (await gate.ops('operator', 'POST', '/stops', { target, reason: 'a test', cancel })).json<Receipt>();

async function receiptWhen(id: string, ready: (receipt: Receipt) => boolean): Promise<Receipt> {
  return eventually(async () => {
    const receipt = await (await gate.ops('auditor', 'GET', `/receipts/${id}`)).json<Receipt>();
    return ready(receipt) ? receipt : undefined;
  }, 20_000);
}
/** Whether an act stands on the receipt, and how it ended. */
const acted =
  ({ call }: OperatorAct, outcome: OperatorAct['outcome']) =>
  ({ operators }: Receipt) =>
    operators.some((act) => act.call === call && act.outcome === outcome);
/** What the guard journaled of an operators' call, once it has all arrived. */
async function entriesOf(call: string): Promise<{ kind: string; data: Record<string, unknown> }[]> {
  return eventually(async () => {
    const found = await gate.ops('auditor', 'GET', `/journal?call=${call}`);
    const { entries } = await found.json<{ entries: { kind: string; data: Record<string, unknown> }[] }>();
    const both = ['call.intent', 'call.outcome'].every((kind) =>
      entries.some((entry) => entry.kind === kind),
    );
    return both ? entries : undefined;
  });
}
const settled = async ({ id }: Receipt) => receiptWhen(id, ({ status }) => status === 'settled');

async function lane(kind: OperatorAct['kind'], call: string, person = 'operator'): Promise<Response> {
  return gate.ops(person, 'POST', `/calls/${call}/${kind}`, { reason: 'a test', agent: 'lead-router' });
}

describe('a stop that cancels', () => {
  test('calls off a request under way: a change is unclear, and at once', async () => {
    await simulator('POST', 'slack/faults', { fault: 'slow', times: 1, delayMs: 6_000 });
    const under = post('slow');
    await eventually(async () => ((await simulatorLog(gate, 'slack')).length > 0 ? true : undefined));
    const receipt = await stop('tool:chat', true);
    const answer = await under;
    expect(answer).toMatchObject({ status: 502, body: { code: 'indeterminate' } });
    expect(receipt).toMatchObject({ cancel: true, status: expect.stringMatching(/confirmed|settled/) });
    // Drained, it would have waited for the token's two seconds or the vendor's six.
    expect(receipt.confirmMs).toBeLessThan(1_900);
    expect(receipt.inFlight).toEqual([
      expect.objectContaining({ action: 'chat.message.post', ended: 'indeterminate', cancelled: 'yes' }),
    ]);
  });

  test('calls off a read: it failed, and says why', async () => {
    await simulator('POST', 'hubspot/faults', { fault: 'slow', times: 1, delayMs: 6_000, method: 'GET' });
    const under = router.call('crm.company.read', { id: '502' }, { mode: 'read' });
    await eventually(async () => ((await simulatorLog(gate, 'hubspot')).length > 0 ? true : undefined));
    const receipt = await stop('agent:lead-router', true);
    expect(await under).toMatchObject({
      status: 502,
      body: { code: 'vendor-failed', because: ['cancelled'] },
    });
    expect(receipt.inFlight).toEqual([expect.objectContaining({ ended: 'failed', cancelled: 'yes' })]);
  });

  test('calls off a call between two of its requests: the second is never sent', async () => {
    const slow = { fault: 'slow', times: 1, delayMs: 6_000, method: 'GET' };
    const update = { id: '102', phone: '+49 170 5550111' };
    // One look is for the people that are asked; the next one is the call's own.
    const call = await approvedUpdate(update, async () => simulator('POST', 'hubspot/faults', slow));
    await eventually(async () => ((await simulatorLog(gate, 'hubspot')).length > 1 ? true : undefined));
    const receipt = await stop('workflow:lead-routing', true);
    expect(receipt.inFlight).toEqual([expect.objectContaining({ call, ended: 'failed', cancelled: 'yes' })]);
    expect((await router.get(`/v1/calls/${call}`)).body).toMatchObject({ because: ['cancelled'] });
    expect((await simulatorLog(gate, 'hubspot')).map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  test('has what is unclear looked up in the lane, while the stop stands', async () => {
    await simulator('POST', 'slack/faults', { fault: 'slow', times: 1, delayMs: 6_000 });
    const under = post('looked up');
    await eventually(async () => ((await simulatorLog(gate, 'slack')).length > 0 ? true : undefined));
    const receipt = await settled(await stop('tool:chat', true));
    const call = receipt.inFlight[0]?.call ?? '';
    expect((await under).body).toMatchObject({ code: 'indeterminate', call });
    // Others' acts stand on the receipt, too, if they end while it is in force.
    const lookOf = ({ operators }: Receipt) => operators.find(({ of }) => of === call);
    const looking = await receiptWhen(receipt.id, (receipt) => lookOf(receipt) !== undefined);
    expect(lookOf(looking)).toMatchObject({ kind: 'recovery', outcome: 'waiting' });
    // Slack is asked 30 seconds after; the agent's own recovery would wait for the resume.
    const found = await eventually(async () => {
      const state = await router.get(`/v1/calls/${call}`);
      return state.status === 200 ? state : undefined;
    }, 45_000);
    expect(found.body).toMatchObject({ status: 'succeeded' });
    await receiptWhen(receipt.id, (receipt) => lookOf(receipt)?.outcome === 'succeeded');
  });

  test('leaves calls alone that its target does not cover', async () => {
    await simulator('POST', 'slack/faults', { fault: 'slow', times: 1, delayMs: 900 });
    const under = post('not covered');
    await eventually(async () => ((await simulatorLog(gate, 'slack')).length > 0 ? true : undefined));
    const receipt = await stop('tool:crm', true);
    expect((await under).status).toBe(200);
    expect(receipt.inFlight).toEqual([]);
  });

  test('without --cancel the call ends by itself', async () => {
    await simulator('POST', 'slack/faults', { fault: 'slow', times: 1, delayMs: 600 });
    const under = post('drained');
    await eventually(async () => ((await simulatorLog(gate, 'slack')).length > 0 ? true : undefined));
    const receipt = await stop('tool:chat');
    expect((await under).status).toBe(200);
    expect(receipt.inFlight).toEqual([expect.objectContaining({ ended: 'succeeded', cancelled: 'no' })]);
  });

  test('cancels what is scheduled, in the lane, and the vendor never posts it', async () => {
    const [first, second] = [await schedule('one'), await schedule('two')];
    const receipt = await settled(await stop('agent:lead-router', true));
    const cancellations = receipt.deferred.map(({ call, cancelled }) => [call, cancelled]);
    expect(new Map(cancellations as [string, string][])).toEqual(
      new Map([first, second].map((call) => [call, 'yes'])),
    );
    const cancelled = ({ operators }: Receipt) =>
      operators.filter(({ kind, outcome }) => kind === 'cancel' && outcome === 'succeeded');
    const told = await receiptWhen(receipt.id, (receipt) => cancelled(receipt).length === 2);
    expect(cancelled(told)).toMatchObject([
      { kind: 'cancel', person: 'operator@sandbox.example', action: 'chat.message.unschedule' },
      { kind: 'cancel', person: 'operator@sandbox.example', action: 'chat.message.unschedule' },
    ]);
    expect(await postedInTheEnd()).toEqual([]);
    expect((await simulatorLog(gate, 'slack')).filter(({ method }) => method === 'DUE')).toEqual([]);
  });

  test('has it listed by a guard whose own word on it has not arrived at control', async () => {
    const call = await schedule('just now');
    const control = gate.server.getWorker('toolgate-control');
    const storage = await control.getDurableObjectStorage('Control', { name: 'control' });
    await storage.exec('DELETE FROM deferring');
    const receipt = await settled(await stop('tool:chat'));
    expect(receipt.deferred).toMatchObject([{ call, cancelled: 'no' }]);
    expect((await lane('cancel', call)).status).toBe(200);
  });

  test('of an agent that sleeps cancels what it has scheduled, too', async () => {
    await schedule('asleep');
    // Long enough for control to have been told, and for the lease to be over.
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    const receipt = await settled(await stop('tool:chat', true));
    expect(receipt.deferred).toMatchObject([{ cancelled: 'yes' }]);
    expect(await postedInTheEnd()).toEqual([]);
  });

  test('drained, only lists what is scheduled and how to cancel it; what it does not cover is not listed', async () => {
    const call = await schedule('listed');
    const other = await settled(await stop('tool:crm'));
    expect(other.deferred).toEqual([]);
    const receipt = await settled(await stop('tool:chat'));
    expect(receipt.deferred).toEqual([
      expect.objectContaining({
        call,
        cancelled: 'no',
        how: expect.stringContaining(`toolgate cancel ${call}`),
      }),
    ]);
    // By hand, while the stop stands.
    const answer = await lane('cancel', call);
    expect(answer.status).toBe(200);
    const act = await answer.json<OperatorAct>();
    expect(act).toMatchObject({ kind: 'cancel', of: call, outcome: 'succeeded' });
    const told = await receiptWhen(receipt.id, acted(act, 'succeeded'));
    expect(told.operators).toContainEqual(expect.objectContaining({ of: call, person: act.person }));
    expect(await postedInTheEnd()).toEqual([]);
  });
});

describe("the operators' lane", () => {
  test('undoes under a stop that covers the call, once; the agent learns it, the journal has who and why', async () => {
    const call = await schedule('to undo');
    const receipt = await stop('all');
    expect((await post('blocked')).status).toBe(423);
    const first = await (await lane('undo', call)).json<OperatorAct>();
    expect(first).toMatchObject({ kind: 'undo', of: call, outcome: 'succeeded' });
    const again = await lane('undo', call);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'conflict', call: first.call });
    expect((await lane('cancel', call)).status).toBe(409);

    const polled = await router.get(`/v1/calls/${call}`);
    expect(polled.body).toMatchObject({ status: 'succeeded', undone: { at: expect.any(String) } });
    const told = await receiptWhen(receipt.id, acted(first, 'succeeded'));
    expect(told.operators).toContainEqual(expect.objectContaining({ kind: 'undo', of: call }));
    const entries = await entriesOf(first.call);
    expect(entries.find(({ kind }) => kind === 'call.intent')?.data).toMatchObject({
      lane: 'operators',
      operator: { kind: 'undo', of: call, person: 'operator@sandbox.example', reason: 'a test' },
    });
    expect(JSON.stringify(entries)).not.toContain('to undo');
  });

  test("writes back what a contact held, from a plan that stays in the guard's storage", async () => {
    const phone = async () =>
      (
        await (
          await simulator('GET', 'hubspot/records/contacts/105')
        ).json<{
          properties: { phone: string | null };
        }>()
      ).properties.phone;
    const before = await phone();
    const call = await approvedUpdate({ id: '105', phone: '+49 170 5550123' });
    await eventually(async () => ((await phone()) === '+49 170 5550123' ? true : undefined));
    await stop('tool:crm');
    const undone = await (await lane('undo', call)).json<OperatorAct>();
    expect(undone).toMatchObject({ action: 'crm.contact.update', outcome: 'succeeded' });
    expect(await phone()).toBe(before);
    const entries = await entriesOf(undone.call);
    const text = JSON.stringify(entries);
    expect(text).toContain('[phone]');
    expect(before === null || !text.includes(before)).toBe(true);
    const record = await (await gate.ops('auditor', 'GET', `/calls/${call}`)).json<{ call: object }>();
    expect(record.call).toMatchObject({ status: 'succeeded', undone: { by: undone.call } });
  });

  test.each([
    ['an auditor', 'auditor', 403],
    ['an approver', 'approver', 403],
    ['nobody', 'nobody', 401],
  ])('refuses %s', async (_who, person, status) => {
    const call = await schedule('stays');
    for (const kind of ['undo', 'cancel', 'recovery'] as const)
      expect((await lane(kind, call, person)).status).toBe(status);
    expect(await postedInTheEnd()).toEqual(['stays']);
  });

  test('refuses an agent, with the token that the gate gave it', async () => {
    const call = await schedule('mine');
    const answer = await fetch(`${gate.url.origin}/ops/v1/calls/${call}/undo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await router.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'as an agent', agent: 'lead-router' }),
    });
    expect(answer.status).toBe(401);
    expect(await postedInTheEnd()).toEqual(['mine']);
  });

  test('says what it cannot do: no such call, nothing to undo, no reason', async () => {
    const posted = String((await post('nothing unclear about it')).body['call']);
    const read = String((await router.call('leads.lead.list', {}, { mode: 'read' })).body['call']);
    expect((await lane('undo', read)).status).toBe(404);
    expect((await lane('recovery', posted)).status).toBe(409);
    expect((await lane('undo', 'call_01JD00000000000000000000ZZ')).status).toBe(404);
    const bare = await gate.ops('operator', 'POST', `/calls/${posted}/undo`, { agent: 'lead-router' });
    expect(bare.status).toBe(422);
  });

  test('finds the agent of a call by itself, from the audit log', async () => {
    const call = await schedule('found');
    const answer = await eventually(async () => {
      const tried = await gate.ops('owner', 'POST', `/calls/${call}/cancel`, { reason: 'a test' });
      return tried.status === 200 ? tried : undefined;
    });
    expect(await answer.json()).toMatchObject({ outcome: 'succeeded', person: 'owner@sandbox.example' });
  });

  test('a cancellation that the vendor refuses is a failure, and may be asked for again', async () => {
    const call = await schedule('too late');
    await simulator('POST', 'slack/clock', { aheadSeconds: 570 });
    expect(await (await lane('cancel', call)).json()).toMatchObject({ outcome: 'failed' });
    await simulator('POST', 'slack/clock', { aheadSeconds: 0 });
    expect(await (await lane('cancel', call)).json()).toMatchObject({ outcome: 'succeeded' });
  });

  test('an undo whose answer was lost is not run again', async () => {
    const call = await schedule('lost');
    await simulator('POST', 'slack/faults', {
      fault: 'drop-after-commit',
      times: 1,
      path: '/api/chat.delete',
    });
    const first = await (await lane('undo', call)).json<OperatorAct>();
    expect(first.outcome).toBe('indeterminate');
    const before = (await simulatorLog(gate, 'slack')).length;
    const again = await lane('undo', call);
    expect([again.status, (await again.json<{ call: string }>()).call]).toEqual([409, first.call]);
    expect(await simulatorLog(gate, 'slack')).toHaveLength(before);
  });

  test('sends nothing without a live lease, and says so', async () => {
    const call = await schedule('no lease');
    const control = await gate.server
      .getWorker('toolgate-control')
      .getDurableObjectStorage('Control', { name: 'control' });
    await control.exec(
      `CREATE TRIGGER fails BEFORE UPDATE OF heartbeat ON authority BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    // An old heartbeat may still grant for a moment.
    const answer = await eventually(async () => {
      const tried = await lane('recovery', call);
      return tried.status === 409 ? undefined : tried;
    });
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([503, 'no-lease']);
    expect((await lane('undo', call)).status).toBe(503);
    await control.exec('DROP TRIGGER fails');
    expect(await postedInTheEnd()).toEqual(['no lease']);
  });

  test('an undo is settled by the tool when the guard went away in the middle of it', async () => {
    const call = await schedule('in the middle');
    await simulator('POST', 'slack/faults', {
      fault: 'slow',
      delayMs: 1_500,
      times: 1,
      path: '/api/chat.delete',
    });
    const asked = lane('undo', call).catch(() => undefined);
    await eventually(async () =>
      (await simulatorLog(gate, 'slack')).some(({ fault }) => fault === 'slow') ? true : undefined,
    );
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await asked;
    const told = await eventually(async () => {
      const again = await lane('undo', call);
      const { detail = '' } = await again.json<{ detail?: string }>();
      return again.status === 409 && detail.includes('(succeeded)') ? detail : undefined;
    });
    expect(told).toContain(call);
    expect(await postedInTheEnd()).toEqual([]);
  });
});
