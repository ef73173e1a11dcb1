import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { Approval, ApprovalPage } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;

const because = { goal: 'keep the CRM right', explanation: 'The form names another company.' };

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
});
afterAll(async () => gate.close());

let contact = 0;

/** An update of a contact, which changes a person's data and so waits for one person. */
async function update(key: string, company = 'Acme GmbH') {
  contact = contact || (await someContact());
  return router.call(
    'crm.contact.update',
    { id: String(contact), company },
    { mode: 'execute', key, because },
  );
}

async function someContact(): Promise<number> {
  const answer = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
  const [first] = await answer.json<{ id: string }[]>();
  return Number(first?.id);
}

async function decide(person: string, approval: unknown, decision: string, reason = 'as-expected') {
  return gate.ops(person, 'POST', `/approvals/${String(approval)}/decision`, { decision, reason });
}

async function approvalOf(call: unknown): Promise<Approval> {
  const answer = await gate.ops('auditor', 'GET', '/approvals');
  const { approvals } = await answer.json<ApprovalPage>();
  const found = approvals.find((approval) => approval.call === call);
  if (!found) throw new Error('no such approval');
  return found;
}

/** Changes at the vendor so far. */
async function changes(): Promise<number> {
  return (await simulatorLog(gate, 'hubspot')).filter((request) => request.changed).length;
}

describe('a call that needs a person', () => {
  test('waits, tells the approver everything, runs by itself once approved, and the agent learns by waiting', async () => {
    const before = await changes();
    const held = await update('approved-1');
    expect(held.status).toBe(202);
    expect(held.body).toMatchObject({
      status: 'waiting',
      approval: expect.stringMatching(/^appr_/),
      poll: expect.any(String),
    });
    expect(await changes()).toBe(before);

    const approval = await approvalOf(held.body['call']);
    expect(approval).toMatchObject({
      agent: 'lead-router',
      action: 'crm.contact.update',
      needs: 1,
      because,
      input: { company: 'Acme GmbH' },
      status: 'waiting',
      undo: expect.stringContaining('crm.contact.update'),
    });
    expect(approval.policies.map((policy) => policy.id)).toContain('high-impact-waits');

    const waiting = router.wait(String(held.body['call']), 20);
    expect((await decide('approver', held.body['approval'], 'approve')).status).toBe(200);
    const done = await waiting;
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({ status: 'succeeded', call: held.body['call'] });
    expect(await changes()).toBe(before + 1);
    const record = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts/${contact}`);
    expect(await record.text()).toContain('Acme GmbH');
  });

  test('is denied once rejected, with the coded reason, and never runs', async () => {
    const before = await changes();
    const held = await update('rejected-1', 'Rejected Ltd');
    expect((await decide('approver', held.body['approval'], 'reject', 'wrong-target')).status).toBe(200);
    const done = await router.wait(String(held.body['call']), 20);
    expect(done.status).toBe(403);
    expect(done.body['because']).toEqual(['wrong-target']);
    expect(await changes()).toBe(before);
  });

  test('is decided once: a second decision, and one after a rejection, changes nothing', async () => {
    const before = await changes();
    const held = await update('once-1', 'Once Ltd');
    await decide('approver', held.body['approval'], 'reject', 'not-needed');
    expect((await decide('approver2', held.body['approval'], 'approve')).status).toBe(409);
    await router.wait(String(held.body['call']), 20);
    expect(await changes()).toBe(before);
  });

  test.each(['operator', 'auditor', 'nobody'])('is not approved by %s', async (person) => {
    const held = await update(`by-${person}`, 'Nobody Ltd');
    const answer = await decide(person, held.body['approval'], 'approve');
    expect([401, 403]).toContain(answer.status);
    expect((await router.get(`/v1/calls/${String(held.body['call'])}`)).body['status']).toBe('waiting');
  });

  test('needs a coded reason', async () => {
    const held = await update('coded', 'Coded Ltd');
    expect((await decide('approver', held.body['approval'], 'approve', 'because I say so')).status).toBe(422);
  });

  test('is not approved with an agent token', async () => {
    const held = await update('agent-token', 'Agent Ltd');
    const answer = await fetch(
      `${gate.url.origin}/ops/v1/approvals/${String(held.body['approval'])}/decision`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${await router.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ decision: 'approve', reason: 'as-expected' }),
      },
    );
    expect(answer.status).toBe(401);
  });
});
