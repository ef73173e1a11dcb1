import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GateAnswer, GateClient } from '../../examples/gate-client.ts';
import type { Approval, ApprovalPage } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let writer: GateClient;

const because = { goal: 'keep records right', explanation: 'The form says so.' };
const channel = 'C0LEADS001';

beforeAll(async () => {
  // Each test finds its vendors as they are, whatever the one before made of them.
  const calm = { VENDOR_BREAKER: 'off' };
  gate = await bootGate({ vars: { chat: calm, crm: calm, ads: calm } });
  router = gate.agent('lead-router');
  writer = gate.agent('content-writer');
});
afterAll(async () => gate.close());
afterEach(async () => {
  for (const vendor of ['slack', 'hubspot', 'meta'])
    await fetch(`${gate.url.origin}/simulator/${vendor}/faults`, { method: 'DELETE' });
});

let made = 0;
/** A key that no call used. */
const fresh = () => `modes-${(made += 1)}`;

async function propose(action: string, input: Record<string, unknown>, client = router) {
  return client.call(action, input, { mode: 'propose', because });
}

/** A message to the team's channel: policy lets it be executed without a person. */
async function proposeMessage(text: string): Promise<string> {
  const answer = await propose('chat.message.post', { channel, text });
  expect(answer.status).toBe(200);
  return String(answer.body['call']);
}

async function execute(action: string, proposal: string, key = fresh(), client = router) {
  return client.executeProposal(action, proposal, { key, because });
}

/** In a session of its own: what other tests read there is more sensitive than what may go to the team's channel. */
const post = async (proposal: string, key = fresh()) =>
  router.executeProposal('chat.message.post', proposal, { key, because, session: 'messages' });

/** Sends a body as it is, to the route of an action. */
async function raw(action: string, body: unknown, key = fresh()): Promise<GateAnswer> {
  const [tool = '', ...rest] = action.split('.');
  const answer = await fetch(`${gate.url.origin}/v1/tools/${tool}/${rest.join('.')}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await router.token()}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** Changes a contact at HubSpot behind the gate's back. */
async function atHubspot(id: string, properties: Record<string, string>): Promise<void> {
  const answer = await fetch(`${gate.url.origin}/simulator/hubspot/api/crm/v3/objects/contacts/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${gate.secrets.workers['crm']!['HUBSPOT_WRITE_TOKEN']}` },
    body: JSON.stringify({ properties }),
  });
  expect(answer.status).toBe(200);
}

async function fault(vendor: string, kind: string, more: object = {}): Promise<void> {
  const body = JSON.stringify({ fault: kind, ...more });
  const answer = await fetch(`${gate.url.origin}/simulator/${vendor}/faults`, { method: 'POST', body });
  expect(answer.status).toBe(201);
}

async function messages(text: string): Promise<number> {
  const answer = await fetch(`${gate.url.origin}/simulator/slack/records/messages`);
  return (await answer.json<{ text: string }[]>()).filter((message) => message.text === text).length;
}

/** What the vendor was asked during `work`. */
async function asked(vendor: string, work: () => Promise<unknown>) {
  const before = (await simulatorLog(gate, vendor)).length;
  await work();
  return (await simulatorLog(gate, vendor)).slice(before);
}

async function company(id: string): Promise<unknown> {
  const answer = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts/${id}`);
  return (await answer.json<{ properties: { company: string } }>()).properties.company;
}

async function approvalOf(call: unknown): Promise<Approval | undefined> {
  const answer = await gate.ops('auditor', 'GET', '/approvals');
  return (await answer.json<ApprovalPage>()).approvals.find((approval) => approval.call === call);
}

async function approve(approval: unknown): Promise<void> {
  const body = { decision: 'approve', reason: 'as-expected' };
  const answer = await gate.ops('approver', 'POST', `/approvals/${String(approval)}/decision`, body);
  expect(answer.status).toBe(200);
}

describe('a proposal', () => {
  test('tells before and after, who would have to approve and the way back, and the vendor is only read', async () => {
    const was = await company('101');
    let answer: GateAnswer | undefined;
    const requests = await asked('hubspot', async () => {
      answer = await propose('crm.contact.update', { id: '101', company: 'Proposed GmbH' });
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        call: expect.stringMatching(/^call_/),
        status: 'proposed',
        would: { decision: 'approval', approvers: 1 },
        preview: {
          before: { id: '101', company: was },
          after: { id: '101', company: 'Proposed GmbH' },
          changes: [{ field: 'company', before: was, after: 'Proposed GmbH' }],
          undo: { action: 'crm.contact.update' },
        },
        undo: { action: 'crm.contact.update' },
        expiresAt: expect.stringMatching(/Z$/),
      },
    });
    expect(requests.map(({ method, changed }) => [method, changed])).toEqual([['GET', false]]);
    expect(await company('101')).toBe(was);
  });

  test('tells of a person nothing that the agent may not read', async () => {
    const answer = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts/101`);
    const { properties } = await answer.json<{ properties: Record<string, string> }>();
    const { email, phone, firstname } = properties;
    const input = { id: '101', email: 'x@guess.example', phone: '+49 30 1', firstName: 'X', company: 'Y' };
    const { status, body } = await propose('crm.contact.update', input);
    expect(status).toBe(200);
    expect(body['preview']).toMatchObject({ before: { id: '101' }, after: { company: 'Y' } });
    for (const held of [email, phone, firstname].filter((value) => value))
      expect(JSON.stringify(body)).not.toContain(held);
    // A right guess and a wrong one are told alike.
    const guessed = await propose('crm.contact.update', { ...input, email: email ?? '' });
    expect(guessed.body['preview']).toEqual(body['preview']);
  });

  test('of spending money shows the budget as it is, and only reads', async () => {
    const input = {
      account: 'act_1010101010',
      campaign: '120210000000001',
      dailyBudget: 6_000,
      currency: 'EUR',
    };
    const requests = await asked('meta', async () => {
      const answer = await propose('ads.budget.update', input, writer);
      expect(answer.body).toMatchObject({
        status: 'proposed',
        // Its manifest lets it propose and no more.
        would: { decision: 'deny' },
        preview: { changes: [{ field: 'dailyBudget', before: 5_000, after: 6_000 }] },
      });
      const call = String(answer.body['call']);
      expect((await execute('ads.budget.update', call, fresh(), writer)).status).toBe(403);
    });
    // The campaign for the facts, then campaign and account for the preview.
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  test('under the shipped grants tells nothing of a person that reading them does not', async () => {
    const input = {
      id: '103',
      email: 'guess@acme.example',
      firstName: 'A',
      lastName: 'B',
      phone: '+49 30 1',
    };
    const answer = await propose('crm.contact.update', input);
    expect(answer.body['preview']).toMatchObject({
      before: { id: '103' },
      after: { id: '103' },
      changes: [],
    });
    expect(JSON.stringify(answer.body)).not.toContain('@');
  });

  test('is journaled with what changes, personal fields masked', async () => {
    const answer = await propose('crm.contact.update', { id: '101', phone: '+49 30 5550177' });
    const call = String(answer.body['call']);
    const entry = await eventually(async () => {
      const found = await gate.ops('auditor', 'GET', `/journal?call=${call}`);
      const { entries } = await found.json<{ entries: { kind: string; data: Record<string, unknown> }[] }>();
      return entries.find(({ kind }) => kind === 'call.proposed');
    });
    expect(entry.data).toMatchObject({
      changes: [{ field: 'phone', before: '[phone]', after: '[phone]' }],
      preview: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(JSON.stringify(entry)).not.toContain('55501');
  });

  test('that the vendor would refuse is refused at once, and nothing is kept of it', async () => {
    const missing = await propose('crm.contact.update', { id: '999999', company: 'Nobody' });
    expect(missing).toMatchObject({ status: 502, body: { code: 'vendor-failed', because: ['not-found'] } });
    const poll = await router.get(`/v1/calls/${String(missing.body['call'])}`);
    expect(poll.status).toBe(404);
    const again = await execute('crm.contact.update', String(missing.body['call']));
    expect(again.status).toBe(404);
  });

  test.each([
    ['500', /^\d+$/],
    ['429', /^\d+$/],
    // That does not pass by itself.
    ['garbled', /^never$/],
  ])('is not made thinner while the vendor answers %s', async (kind, comesBack) => {
    await fault('hubspot', kind);
    const answer = await propose('crm.contact.update', { id: '101', company: 'Down' });
    expect(answer).toMatchObject({ status: 502, body: { code: 'vendor-failed' } });
    expect(answer.body).not.toHaveProperty('preview');
    expect(answer.headers.get('retry-after') ?? 'never').toMatch(comesBack);
  });

  test('of a stopped tool asks the vendor nothing', async () => {
    const stop = await gate.ops('operator', 'POST', '/stops', { target: 'tool:crm', reason: 'a test' });
    expect(stop.ok).toBe(true);
    const requests = await asked('hubspot', async () => {
      const answer = await propose('crm.contact.update', { id: '101', company: 'Stopped' });
      expect([423, 503]).toContain(answer.status);
    });
    expect(requests).toEqual([]);
    const resumed = await gate.ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'the test is over' });
    expect(resumed.ok).toBe(true);
    await eventually(async () =>
      (await propose('crm.contact.update', { id: '101', company: 'Resumed' })).status === 200
        ? true
        : undefined,
    );
  });

  test('can be looked at by its agent while it lasts, and by no other', async () => {
    const call = await proposeMessage('looked at');
    const shown = await router.get(`/v1/calls/${call}`);
    expect(shown).toMatchObject({ status: 200, body: { call, status: 'proposed' } });
    expect((await writer.get(`/v1/calls/${call}`)).status).toBe(404);
  });
});

describe('executing a proposal', () => {
  test('runs exactly what was proposed, once, and a repeat with its key is a replay', async () => {
    const proposal = await proposeMessage('exactly this');
    expect(await messages('exactly this')).toBe(0);
    const key = fresh();
    const done = await post(proposal, key);
    expect(done).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect(done.body['call']).not.toBe(proposal);
    const again = await post(proposal, key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(done.body);
    expect(await messages('exactly this')).toBe(1);
    const shown = await router.get(`/v1/calls/${proposal}`);
    expect(shown.body).toMatchObject({ status: 'proposed', executedBy: done.body['call'] });
  });

  test('a second time says which call ran it, and runs nothing', async () => {
    const proposal = await proposeMessage('only once');
    const done = await post(proposal);
    const second = await post(proposal);
    expect(second).toMatchObject({
      status: 409,
      body: { code: 'proposal-changed', changed: [{ what: 'executed', call: done.body['call'] }] },
    });
    expect(await messages('only once')).toBe(1);
  });

  test('ten times at once runs once', async () => {
    const proposal = await proposeMessage('ten at once');
    const answers = await Promise.all(Array.from({ length: 10 }, async () => post(proposal)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect(await messages('ten at once')).toBe(1);
  });

  test('works after the guard was evicted', async () => {
    const proposal = await proposeMessage('after eviction');
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    expect(await post(proposal)).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    expect((await post(proposal)).status).toBe(409);
    expect(await messages('after eviction')).toBe(1);
  });

  test('can be tried again when it surely failed', async () => {
    const proposal = await proposeMessage('tried again');
    await fault('slack', '429', { method: 'POST', times: 1 });
    const failed = await post(proposal);
    expect(failed.body).toMatchObject({ code: 'vendor-failed', because: ['vendor-limited'] });
    expect((await post(proposal)).status).toBe(200);
    expect(await messages('tried again')).toBe(1);
  });

  test('is not tried again when nobody knows whether it ran', async () => {
    const proposal = await proposeMessage('who knows');
    await fault('slack', 'drop-after-commit', { method: 'POST', times: 1 });
    expect((await post(proposal)).body['code']).toBe('indeterminate');
    expect((await post(proposal)).status).toBe(409);
    expect(await messages('who knows')).toBe(1);
  });

  test.each([
    ['one that never was', async () => 'call_01JD00000000000000000000ZZ'],
    ['an executed call', async () => String((await post(await proposeMessage('a call'))).body['call'])],
    [
      'one of another action',
      async () => {
        const answer = await propose('crm.contact.update', { id: '101', company: 'Other' });
        return String(answer.body['call']);
      },
    ],
    [
      "another agent's",
      async () => {
        const input = { channel: 'C0CONTENT1', text: 'theirs' };
        return String((await propose('chat.message.post', input, writer)).body['call']);
      },
    ],
  ])('%s is answered like one that is not there, and asks nobody', async (_what, find) => {
    const proposal = await find();
    const requests = await asked('slack', async () => {
      const answer = await post(proposal);
      const { status, code, detail } = answer.body;
      expect({ status, code, detail }).toEqual({
        status: 404,
        code: 'not-found',
        detail: 'This agent has no such proposal, or it has expired.',
      });
    });
    expect(requests).toEqual([]);
  });

  test('brings no input, no other mode, and needs a key and a reason like any execute', async () => {
    const proposal = await proposeMessage('strict');
    const input = { channel, text: 'another text' };
    const action = 'chat.message.post';
    expect((await raw(action, { mode: 'execute', proposal, input, because })).status).toBe(422);
    expect((await raw(action, { mode: 'propose', proposal, because })).status).toBe(422);
    expect((await raw(action, { mode: 'execute', proposal: 'call_../../x', because })).status).toBe(422);
    expect((await raw(action, { mode: 'execute', proposal })).status).toBe(403);
    const keyless = await router.executeProposal(action, proposal, {} as { key: string });
    expect(keyless.status).toBe(422);
    expect(await messages('strict')).toBe(0);
    expect(await messages('another text')).toBe(0);
  });

  test('a key of another call is a conflict', async () => {
    const key = fresh();
    await post(await proposeMessage('first of its key'), key);
    const other = await proposeMessage('second of its key');
    expect((await post(other, key)).body['code']).toBe('idempotency-conflict');
    expect(await messages('second of its key')).toBe(0);
  });
});

describe('what changed since', () => {
  test('at the vendor is told by field, nobody is asked to approve it, and nothing is written', async () => {
    const proposed = await propose('crm.contact.update', { id: '102', company: 'New Ltd' });
    await atHubspot('102', { company: 'Meanwhile Ltd', jobtitle: 'of no concern' });
    const requests = await asked('hubspot', async () => {
      const answer = await execute('crm.contact.update', String(proposed.body['call']));
      expect(answer).toMatchObject({ status: 409, body: { code: 'proposal-changed' } });
      expect(answer.body['changed']).toEqual([{ what: 'field', field: 'company', now: 'Meanwhile Ltd' }]);
      expect(await approvalOf(answer.body['call'])).toBeUndefined();
    });
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
    expect(await company('102')).toBe('Meanwhile Ltd');
  });

  test('in fields that the proposal does not touch does not matter; people see the input and what changes', async () => {
    const was = await company('103');
    const proposed = await propose('crm.contact.update', { id: '103', company: 'Approved Ltd' });
    await atHubspot('103', { jobtitle: 'Somebody else' });
    const held = await execute('crm.contact.update', String(proposed.body['call']));
    expect(held).toMatchObject({ status: 202, body: { status: 'waiting' } });
    expect(await approvalOf(held.body['call'])).toMatchObject({
      input: { id: '103', company: 'Approved Ltd' },
      preview: { changes: [{ field: 'company', before: was, after: 'Approved Ltd' }] },
    });
    // While it waits, the proposal is taken.
    const second = await execute('crm.contact.update', String(proposed.body['call']));
    expect(second.body['changed']).toEqual([{ what: 'executed', call: held.body['call'] }]);
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await approve(held.body['approval']);
    const done = await router.wait(String(held.body['call']), 20);
    expect(done).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect(await company('103')).toBe('Approved Ltd');
  });

  test('between the asking and the approval ends it, and it is not run', async () => {
    const proposed = await propose('crm.contact.update', { id: '104', company: 'Too late Ltd' });
    const held = await execute('crm.contact.update', String(proposed.body['call']));
    expect(held.status).toBe(202);
    await atHubspot('104', { company: 'In between Ltd' });
    await approve(held.body['approval']);
    const done = await router.wait(String(held.body['call']), 20);
    expect(done).toMatchObject({
      status: 409,
      body: {
        code: 'proposal-changed',
        changed: [{ what: 'field', field: 'company', now: 'In between Ltd' }],
      },
    });
    expect(await company('104')).toBe('In between Ltd');
  });

  test('to something that the vendor would refuse now says so', async () => {
    const postAt = new Date(Date.now() + 7_200_000).toISOString().replace(/\.\d+/, '');
    const proposed = await propose('chat.message.schedule', { channel, text: 'later', postAt });
    expect(proposed.body).toMatchObject({
      preview: {
        sideEffects: [
          `It goes to #sales-leads at ${new Date(postAt).toISOString()}, and its members see it.`,
        ],
      },
    });
    await fault('slack', 'garbled', { path: '/api/conversations.info' });
    const answer = await execute('chat.message.schedule', String(proposed.body['call']));
    expect(answer).toMatchObject({ status: 502, body: { code: 'vendor-failed', because: ['contract'] } });
  });
});
