import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { newId } from '../../shared/ids.ts';
import type { Approval, ApprovalPage, Resumption } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let contact = '';
/** What approvals reaches of guards. */
let resumption: Resumption;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  const env = await gate.server.getWorker('toolgate-approvals').getEnv();
  resumption = (env as { RESUMPTION: Resumption }).RESUMPTION;
  const records = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
  contact = (await records.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate?.close());

const workflow = 'lead-routing';
const by = 'approver@toolgate.example';
const because = { goal: 'keep the CRM right', explanation: 'The form names another company.' };

/** A call that waits for one person, and its approval. */
async function held(company: string): Promise<Approval> {
  const key = newId('call', Date.now());
  const input = { id: contact, company };
  const answer = await router.call('crm.contact.update', input, { mode: 'execute', key, because });
  expect(answer.status).toBe(202);
  return approvalOf(String(answer.body['approval']));
}

async function approvalOf(id: string): Promise<Approval> {
  const { approvals } = await (await gate.ops('auditor', 'GET', '/approvals')).json<ApprovalPage>();
  const found = approvals.find((approval) => approval.id === id);
  if (!found) throw new Error('no such approval');
  return found;
}

async function decide(id: string, person = 'approver'): Promise<void> {
  const said = { decision: 'approve', reason: 'as-expected' };
  expect((await gate.ops(person, 'POST', `/approvals/${id}/decision`, said)).status).toBe(200);
}

/** Makes approvals ask about another digest, as only a broken one would. */
async function asks(id: string, digest: string): Promise<void> {
  const storage = await gate.server
    .getWorker('toolgate-approvals')
    .getDurableObjectStorage('Approvals', { name: workflow });
  await storage.exec(`UPDATE approval SET body = json_set(body, '$.digest', '${digest}') WHERE id = '${id}'`);
}

const changes = async (): Promise<number> =>
  (await simulatorLog(gate, 'hubspot')).filter(({ changed }) => changed).length;
const companyOf = async (): Promise<string> => {
  const record = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts/${contact}`);
  return record.text();
};
const entries = async (kind: string, call: string): Promise<Record<string, unknown>[]> => {
  const answer = await gate.ops('auditor', 'GET', `/journal?kind=${kind}&call=${call}`);
  return (await answer.json<{ entries: { data: Record<string, unknown> }[] }>()).entries.map(
    ({ data }) => data,
  );
};
const entry = async (kind: string, call: string): Promise<Record<string, unknown>> =>
  eventually(async () => (await entries(kind, call))[0]);

describe('what a person is asked', () => {
  test('says what would change, what it touches, and that it can be taken back; personal fields masked', async () => {
    const approval = await held('Preview GmbH');
    expect(approval).toMatchObject({
      revision: 0,
      preview: {
        before: expect.anything(),
        after: { company: 'Preview GmbH' },
        changes: [expect.objectContaining({ field: 'company', after: 'Preview GmbH' })],
      },
      usage: { records: 1, recipients: 0 },
      sensitivity: expect.any(String),
      irreversible: false,
      group: 'approvers',
    });
    expect(Date.parse(approval.respondBy)).toBeLessThan(Date.parse(approval.deadline));
    expect(JSON.stringify(approval)).not.toMatch(/@(?!toolgate)/);
  });
});

describe('an edited call', () => {
  test('runs the very revision that was approved, once, and tells the agent where it was edited', async () => {
    const before = await changes();
    const { id, call, digest } = await held('As Asked Ltd');
    const edits = [{ pointer: '/company', value: 'As Edited Ltd' }];
    const amended = await resumption.amend('lead-router', call, digest, edits, by);
    expect(amended).toMatchObject({
      ok: true,
      value: {
        request: {
          needs: 1,
          input: { company: 'As Edited Ltd' },
          preview: { after: { company: 'As Edited Ltd' } },
        },
        differences: [{ pointer: '/company', before: 'As Asked Ltd', after: 'As Edited Ltd' }],
      },
    });
    if (!amended.ok) throw new Error('not amended');
    expect(amended.value.request.digest).not.toBe(digest);
    // Again, and by an object that has forgotten all but what it stored: the same revision.
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    expect(await resumption.amend('lead-router', call, digest, edits, by)).toEqual(amended);
    expect(await changes()).toBe(before);

    const said = { decision: 'modify', reason: 'wrong-data', digest, edits };
    const modified = await gate.ops('approver', 'POST', `/approvals/${id}/decision`, said);
    expect(await modified.json()).toMatchObject({ revision: 1, digest: amended.value.request.digest });
    const done = await router.wait(call, 20);
    expect(done.body).toMatchObject({ status: 'succeeded', edited: ['/company'] });
    expect(await changes()).toBe(before + 1);
    expect(await companyOf()).toContain('As Edited Ltd');
    expect(await companyOf()).not.toContain('As Asked Ltd');
    expect(await entry('call.amended', call)).toMatchObject({ person: by, from: digest, revision: 1 });
    expect(await entry('call.intent', call)).toMatchObject({
      digest: amended.value.request.digest,
      approval: id,
      edited: ['/company'],
      input: { company: 'As Edited Ltd' },
    });
    // An agent that asks again with its key and its own body gets this very call.
    expect(await entries('call.amended', call)).toHaveLength(1);
  });

  test('runs as it was asked where only that is approved', async () => {
    const { id, call, digest } = await held('Only Asked Ltd');
    await resumption.amend('lead-router', call, digest, [{ pointer: '/company', value: 'Never Ltd' }], by);
    await decide(id);
    expect((await router.wait(call, 20)).body).toMatchObject({ status: 'succeeded' });
    expect(await companyOf()).toContain('Only Asked Ltd');
    expect(await companyOf()).not.toContain('Never Ltd');
  });

  test('runs nothing where people approved what the guard does not hold', async () => {
    const before = await changes();
    const { id, call } = await held('Forged Ltd');
    await asks(id, 'f'.repeat(64));
    await decide(id);
    const done = await router.wait(call, 20);
    expect(done.status).toBe(403);
    expect(done.body).toMatchObject({ because: ['approval-void'] });
    expect(await changes()).toBe(before);
  });

  test.each([
    ['a field that the contract does not know', [{ pointer: '/nickname', value: 'x' }], 'invalid'],
    ['a value that does not fit', [{ pointer: '/company', value: 7 }], 'invalid'],
    ['what an object inherits from', [{ pointer: '/__proto__', value: {} }], 'invalid'],
    ['nothing', [{ pointer: '/company', value: 'Same Ltd' }], 'invalid'],
    ['no edits', [], 'invalid'],
    ['a body that is too large', [{ pointer: '/company', value: 'x'.repeat(300_000) }], 'too-large'],
  ])('is refused for %s, and waits on as it was', async (_what, edits, code) => {
    const { call, digest } = await held('Same Ltd');
    const refused = await resumption.amend('lead-router', call, digest, edits, by);
    expect(refused).toMatchObject({ ok: false, problem: { code } });
    expect(await entries('call.amended', call)).toEqual([]);
    expect((await router.get(`/v1/calls/${call}`)).body['status']).toBe('waiting');
  });

  test('is refused for another digest, another call, and one that has ended', async () => {
    const { id, call, digest } = await held('Other Ltd');
    const edits = [{ pointer: '/company', value: 'Edited Ltd' }];
    const amend = async (of: string, from: string) => resumption.amend('lead-router', of, from, edits, by);
    expect(await amend(call, 'e'.repeat(64))).toMatchObject({ problem: { code: 'conflict' } });
    expect(await amend(newId('call', Date.now()), digest)).toMatchObject({ problem: { code: 'conflict' } });
    await gate.ops('approver', 'POST', `/approvals/${id}/decision`, {
      decision: 'reject',
      reason: 'wrong-data',
    });
    const ended = await router.wait(call, 20);
    expect(ended.body['detail']).toContain('Read the data again');
    expect(await amend(call, digest)).toMatchObject({ problem: { code: 'conflict' } });
  });

  test('is refused while it is stopped', async () => {
    const { call, digest } = await held('Stopped Ltd');
    await gate.ops('operator', 'POST', '/stops', { target: 'tool:crm', reason: 'a test' });
    const edits = [{ pointer: '/company', value: 'Edited Ltd' }];
    const refused = await resumption.amend('lead-router', call, digest, edits, by);
    await gate.ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'a test' });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'stopped' } });
  });
});

describe('an agent that would rather wait', () => {
  test('is answered with the end of its call by `Prefer: wait`, and how it stands where that is late', async () => {
    const post = async (prefer: string): Promise<Response> =>
      fetch(`${gate.url.origin}/v1/tools/crm/contact.update`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await router.token()}`,
          'content-type': 'application/json',
          'idempotency-key': 'would-rather-wait',
          prefer,
        },
        body: JSON.stringify({ mode: 'execute', input: { id: contact, company: 'Waiting Ltd' }, because }),
      });
    const late = await post('wait=0');
    expect([late.status, late.headers.get('preference-applied')]).toEqual([202, 'wait=0']);
    const { approval } = await late.json<{ approval: string }>();
    const waiting = post('wait=20');
    await decide(approval);
    const done = await waiting;
    expect(done.status).toBe(200);
    expect(done.headers.get('preference-applied')).toBe('wait=20');
    expect(await done.json()).toMatchObject({ status: 'succeeded' });
  });
});

describe('a value that a person has shown', () => {
  const to = { by, credential: 'c'.repeat(64), reason: 'is it the right one' };

  test('is told once it is journaled who saw it and why', async () => {
    const { call, digest } = await held('Shown Ltd');
    expect(await resumption.reveal('lead-router', call, digest, '/company', to)).toEqual({
      ok: true,
      value: { pointer: '/company', value: 'Shown Ltd' },
    });
    const told = await entry('call.revealed', call);
    expect(told).toMatchObject({
      person: by,
      credential: to.credential,
      reason: to.reason,
      pointer: '/company',
    });
    expect(JSON.stringify(told)).not.toContain('Shown Ltd');
  });

  test.each([
    ['/nowhere', undefined, 'not-found'],
    ['', undefined, 'not-found'],
    ['/company', 'e'.repeat(64), 'conflict'],
  ])('is not told at %s of digest %s', async (pointer, other, code) => {
    const { call, digest } = await held('Hidden Ltd');
    const refused = await resumption.reveal('lead-router', call, other ?? digest, pointer, to);
    expect(refused).toMatchObject({ ok: false, problem: { code } });
    expect(await entries('call.revealed', call)).toEqual([]);
  });
});
