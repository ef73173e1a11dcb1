import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateAnswer, GateClient } from '../../examples/gate-client.ts';
import type { Approval, ApprovalPage, Revealed } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { storageText } from './storage-text.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let contact = '';

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  const records = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
  contact = (await records.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate.close());

/** What an agent types in this file, and what nobody outside the vault and the vendor may hold. */
const typed = {
  name: 'Zebulon-Planted',
  mail: 'zebulon.planted@planted.example',
  reason: 'because.planted@planted.example',
  refused: 'refused.planted@planted.example',
  failed: 'failed.planted@planted.example',
  edited: 'Edith-Planted',
  case: 'case.planted@planted.example',
} as const;
const because = { goal: 'keep the CRM right', explanation: `The form of ${typed.reason} says so.` };

let made = 0;
const fresh = (): string => `door-${(made += 1)}`;

async function change(input: Record<string, unknown>, key = fresh()): Promise<GateAnswer> {
  return router.call('crm.contact.update', { id: contact, ...input }, { mode: 'execute', key, because });
}

async function approvalOf(id: unknown): Promise<Approval> {
  const { approvals } = await (await gate.ops('auditor', 'GET', '/approvals')).json<ApprovalPage>();
  const found = approvals.find((approval) => approval.id === id);
  if (!found) throw new Error('no such approval');
  return found;
}

async function reveal({ id, digest }: Approval, pointer: string, person = 'approver') {
  const body = { pointer, reason: 'to compare it', digest };
  return gate.ops(person, 'POST', `/approvals/${id}/reveal`, body);
}

async function approve({ id }: Pick<Approval, 'id'>): Promise<void> {
  const said = { decision: 'approve', reason: 'as-expected' };
  expect((await gate.ops('approver', 'POST', `/approvals/${id}/decision`, said)).status).toBe(200);
}

const recordText = async (): Promise<string> =>
  (await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts/${contact}`)).text();

/** The places that a refusal points at. */
function pointers({ body }: GateAnswer): unknown {
  return (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
}

describe('a call with what an agent typed', () => {
  test('reads at the vendor by the value, and tells it to nobody on the way', async () => {
    const answer = await router.call('crm.contact.search', { email: typed.mail }, { mode: 'read', because });
    expect(answer.body).toMatchObject({ status: 'succeeded', output: { total: 0 } });
    const seen = await simulatorLog(gate, 'hubspot');
    expect(seen.at(-1)?.status).toBe(200);
  });

  test('waits with placeholders, is shown to a person by the vault, and runs with the value', async () => {
    const key = fresh();
    const waiting = await change({ firstName: typed.name }, key);
    expect(waiting.status, JSON.stringify(waiting.body)).toBe(202);
    const approval = await approvalOf(waiting.body['approval']);
    expect(JSON.stringify(approval)).not.toContain('lanted');
    expect(approval.releases).toEqual([
      'name typed by the agent, opened in /firstName: goes to the vendor only',
    ]);
    // The same key with the same body is the same call, though what is kept of it is not what was sent.
    expect((await change({ firstName: typed.name }, key)).body['call']).toBe(waiting.body['call']);
    const shown = await reveal(approval, '/firstName');
    expect(await shown.json<Revealed>()).toEqual({ pointer: '/firstName', value: typed.name });
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await approve(approval);
    const done = await router.wait(String(waiting.body['call']), 20);
    expect(done.body, JSON.stringify(done.body)).toMatchObject({ status: 'succeeded' });
    expect(await recordText()).toContain(typed.name);
    expect((await change({ firstName: typed.name }, key)).body['status']).toBe('succeeded');
    expect((await change({ firstName: 'Another' }, key)).status).toBe(409);
  });

  test('takes what a person types into it as it takes what the agent types', async () => {
    const waiting = await change({ firstName: typed.name, company: 'Door Ltd' });
    const approval = await approvalOf(waiting.body['approval']);
    const edits = [{ pointer: '/firstName', value: typed.edited }];
    const said = { decision: 'modify', reason: 'wrong-data', digest: approval.digest, edits };
    const modified = await gate.ops('approver', 'POST', `/approvals/${approval.id}/decision`, said);
    expect(modified.status).toBe(200);
    const revised = await approvalOf(approval.id);
    expect(revised.edited?.differences).toEqual([
      { pointer: '/firstName', before: '[name]', after: '[name]' },
    ]);
    const done = await router.wait(String(waiting.body['call']), 20);
    expect(done.body, JSON.stringify(done.body)).toMatchObject({
      status: 'succeeded',
      edited: ['/firstName'],
    });
    expect(await recordText()).toContain(typed.edited);
  });

  test('ends clearly when what was approved is gone by the time it would run', async () => {
    const waiting = await change({ lastName: typed.name });
    const vault = await gate.server
      .getWorker('toolgate-vault')
      .getDurableObjectStorage('Vault', { name: 'lead-router' });
    await vault.exec('UPDATE value SET expires = 0');
    await approve(await approvalOf(waiting.body['approval']));
    const done = await router.wait(String(waiting.body['call']), 20);
    expect(done.status).toBe(403);
    expect(done.body['because']).toEqual(['placeholder-gone']);
    expect(await recordText()).not.toContain(`"lastname":"${typed.name}"`);
  });
});

describe('a placeholder', () => {
  test('that is not whole, is nobody’s or stands where none may is refused with its place, and sent nowhere', async () => {
    const before = (await simulatorLog(gate, 'hubspot')).length;
    const cut = '[[email:0123456789';
    const unknown = '[[name:0000000000z]]';
    const first = await change({ firstName: `Ann ${cut}`, lastName: typed.refused });
    expect([first.status, pointers(first)]).toEqual([422, ['/input/firstName']]);
    const second = await change({ company: '[[NAME:0123456789a]]' });
    expect([second.status, pointers(second)]).toEqual([422, ['/input/company']]);
    const third = await change({ firstName: unknown });
    expect(third.status).toBe(422);
    expect(JSON.stringify(third.body)).not.toContain(typed.refused);
    expect(await simulatorLog(gate, 'hubspot')).toHaveLength(before);
  });
});

test('a case is filed with its words sealed', async () => {
  const about = { tool: 'crm', record: contact };
  const filed = await router.handOver({
    kind: 'conflicting',
    about,
    summary: `Asked by ${typed.case}, twice.`,
    tried: [`wrote to ${typed.case}`],
  });
  expect(filed.status).toBe(201);
  expect((await router.flag(about, `Somebody poses as ${typed.case}.`)).status).toBe(201);
});

test('what an agent typed stands in no storage but the vault’s', async () => {
  await fetch(`${gate.url.origin}/simulator/hubspot/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'status', status: 500, times: 1 }),
  });
  await router.call('crm.contact.search', { email: typed.failed }, { mode: 'read', because });
  await fetch(`${gate.url.origin}/simulator/hubspot/faults`, { method: 'DELETE' });
  const month = new Date().toISOString().slice(0, 7);
  const places = [
    ['toolgate-guard', 'Guard', 'lead-router'],
    ['toolgate-approvals', 'Approvals', 'lead-routing'],
    ['toolgate-approvals', 'Triage', 'lead-routing'],
    ['toolgate-ledger', 'Ledger', month],
  ] as const;
  // The audit log has what the guard journaled.
  await eventually(async () => {
    const text = await storageText(gate, 'toolgate-ledger', 'Ledger', month);
    return text.includes('call.revealed') ? text : undefined;
  });
  for (const [worker, className, name] of places) {
    const text = await storageText(gate, worker, className, name);
    expect(text.length, `${worker} holds nothing at all`).toBeGreaterThan(500);
    expect(text.toLowerCase(), `${worker} ${className}`).not.toContain('planted');
  }
});
