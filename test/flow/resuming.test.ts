import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compilePolicies } from '../../bin/lib/cedar-policies.ts';
import { schemaText, words } from '../../bin/lib/cedar-schema.ts';
import { compileGovernance } from '../../bin/lib/governance.ts';
import type { GateClient } from '../../examples/gate-client.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { newId } from '../../shared/ids.ts';
import type { Approval, ApprovalPage, ApprovalRequests, Resumption } from '../../shared/rpc.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let shipped: Governance;
let contact = '';
/** What approvals and guards reach of each other. */
let resumption: Resumption;
let approvals: ApprovalRequests;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  const env = async <T>(worker: string): Promise<T> => (await gate.server.getWorker(worker).getEnv()) as T;
  resumption = (await env<{ RESUMPTION: Resumption }>('toolgate-approvals')).RESUMPTION;
  approvals = (await env<{ APPROVALS: ApprovalRequests }>('toolgate-guard')).APPROVALS;
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  shipped = compiled.governance;
  const records = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
  contact = (await records.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate?.close());

const workflow = 'lead-routing';
const because = { goal: 'keep the CRM right', explanation: 'The form names another company.' };

/** Words of decisions do not reach the guard by themselves here, so that what comes in between can be tried. */
const deaf = `CREATE TRIGGER deaf AFTER UPDATE OF status ON approval BEGIN UPDATE approval SET told = 1 WHERE id = NEW.id; END`;
beforeEach(async () => inApprovals(deaf));
afterEach(async () => inApprovals('DROP TRIGGER deaf'));

async function inApprovals(sql: string): Promise<void> {
  const worker = gate.server.getWorker('toolgate-approvals');
  await (await worker.getDurableObjectStorage('Approvals', { name: workflow })).exec(sql);
}

async function held(company: string): Promise<{ call: string; approval: string }> {
  const key = newId('call', Date.now());
  const input = { id: contact, company };
  const answer = await router.call('crm.contact.update', input, { mode: 'execute', key, because });
  expect(answer.status).toBe(202);
  expect(Date.parse(String(answer.body['respondBy']))).toBeLessThan(
    Date.parse(String(answer.body['deadline'])),
  );
  return { call: String(answer.body['call']), approval: String(answer.body['approval']) };
}

async function decide(id: string, person = 'approver', decision = 'approve'): Promise<number> {
  const said = { decision, reason: 'as-expected' };
  return (await gate.ops(person, 'POST', `/approvals/${id}/decision`, said)).status;
}

async function one(id: string): Promise<Approval> {
  const { approvals } = await (await gate.ops('auditor', 'GET', '/approvals')).json<ApprovalPage>();
  const found = approvals.find((approval) => approval.id === id);
  if (!found) throw new Error('no such approval');
  return found;
}

const changes = async (): Promise<number> =>
  (await simulatorLog(gate, 'hubspot')).filter(({ changed }) => changed).length;
const statusOf = async (call: string): Promise<unknown> =>
  (await router.get(`/v1/calls/${call}`)).body['status'];
const resume = async (call: string): Promise<void> => resumption.decided('lead-router', call);

/** The shipped set with one policy more, or with another change. */
async function inForce(change: (set: Omit<Governance, 'version'>) => void): Promise<void> {
  const { version: _, ...content } = structuredClone(shipped);
  change(content);
  await putInForce(gate, { version: governanceVersion(content), ...content });
}

/** A policy that forbids changes of contacts, as far as that says. */
function forbid(unless: string): (set: Omit<Governance, 'version'>) => void {
  const text = `@id("of-this-test") @reason("The test wants it otherwise.")
forbid (principal, action == Action::"crm.contact.update", resource)
when { context.mode == "execute" }${unless};`;
  const { policies, errors } = compilePolicies([{ path: 'governance/policies/test.cedar', text }], {
    words,
    schema: schemaText(),
    names: { agents: new Set(), workflows: new Set() },
  });
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return (set) => void set.policies.push(...policies);
}

const two = ' unless { context.approvals >= 2 }';

describe('between the decision and the run', () => {
  afterEach(async () => void (await putInForce(gate, shipped)));

  test('policy came to ask for two people: the call waits on with the first decision, and runs once after the second', async () => {
    const before = await changes();
    const { call, approval } = await held('More People Ltd');
    expect(await decide(approval)).toBe(200);
    await inForce(forbid(two));
    await resume(call);
    expect(await statusOf(call)).toBe('waiting');
    expect(await one(approval)).toMatchObject({
      status: 'waiting',
      needs: 2,
      decisions: [{ decision: 'approve' }],
      policies: expect.arrayContaining([expect.objectContaining({ id: 'of-this-test' })]),
    });
    expect(await changes()).toBe(before);
    // Whoever approved already is not the second one; and a guard that forgot all but its rows comes to the same.
    expect(await decide(approval)).not.toBe(200);
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await resume(call);
    expect(await statusOf(call)).toBe('waiting');

    expect(await decide(approval, 'approver2')).toBe(200);
    await resume(call);
    expect((await router.wait(call, 20)).status).toBe(200);
    await resume(call);
    expect(await changes()).toBe(before + 1);
  });

  test('and a rejection by the second one ends it', async () => {
    const before = await changes();
    const { call, approval } = await held('Second Thoughts Ltd');
    await decide(approval);
    await inForce(forbid(two));
    await resume(call);
    expect(await decide(approval, 'approver2', 'reject')).toBe(200);
    await resume(call);
    expect((await router.wait(call, 20)).status).toBe(403);
    expect(await changes()).toBe(before);
  });

  test('the guard went away after it took the decision: it runs once', async () => {
    const before = await changes();
    const { call, approval } = await held('Taken Ltd');
    await decide(approval);
    const { digest } = await one(approval);
    expect(await approvals.take(workflow, approval, [digest])).toMatchObject({ status: 'approved', digest });
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await Promise.all([resume(call), resume(call), resume(call)]);
    expect((await router.wait(call, 20)).status).toBe(200);
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await resume(call);
    expect(await changes()).toBe(before + 1);
  });

  test('the guard went away after people were asked for more: it waits on', async () => {
    const { call, approval } = await held('Reopened Ltd');
    await decide(approval);
    const { digest } = await one(approval);
    await approvals.take(workflow, approval, [digest]);
    await inForce(forbid(two));
    const more = { needs: 2, policies: [], policyVersion: 'x' };
    expect(await approvals.reopen(workflow, approval, digest, more)).toBe(true);
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    await resume(call);
    expect(await statusOf(call)).toBe('waiting');
    expect(await decide(approval, 'approver2')).toBe(200);
    await resume(call);
    expect((await router.wait(call, 20)).status).toBe(200);
  });

  test('policy came to deny it: it does not run', async () => {
    const before = await changes();
    const { call, approval } = await held('Denied Ltd');
    await decide(approval);
    await inForce(forbid(''));
    await resume(call);
    await eventually(async () => ((await statusOf(call)) === 'waiting' ? undefined : true));
    expect((await router.get(`/v1/calls/${call}`)).status).toBe(403);
    expect(await changes()).toBe(before);
  });

  test('policy came to ask for two people or to deny it: an edit is judged by the policy of now, and a denied one changes nothing', async () => {
    const { call, approval } = await held('Judged Ltd');
    const { digest } = await one(approval);
    const by = 'approver@toolgate.example';
    const amend = async (company: string) =>
      resumption.amend('lead-router', call, digest, [{ pointer: '/company', value: company }], by);
    await inForce(forbid(two));
    const both = await Promise.all([amend('For Two Ltd'), amend('For Two Ltd')]);
    expect(both[0]).toMatchObject({
      ok: true,
      value: { request: { needs: 2, policyVersion: expect.stringMatching(/^ps_/) as string } },
    });
    expect(both[1]).toEqual(both[0]);
    await inForce(forbid(''));
    expect(await amend('For Nobody Ltd')).toMatchObject({ ok: false, problem: { code: 'denied' } });
    expect(await one(approval)).toMatchObject({ status: 'waiting', digest, revision: 0 });
    expect(await statusOf(call)).toBe('waiting');
  });

  test('the grant was taken away: the approval counts for nothing, and people see that', async () => {
    const before = await changes();
    const { call, approval } = await held('No Grant Ltd');
    await decide(approval);
    await inForce(({ manifests }) => {
      const router = manifests['lead-router']!;
      router.grants = router.grants.filter(({ action }) => action !== 'crm.contact.update');
      router.limits = router.limits.filter(({ action }) => action !== 'crm.contact.update');
      router.budgets = router.budgets.filter(({ action }) => action !== 'crm.contact.update');
    });
    await resume(call);
    expect((await one(approval)).status).toBe('void');
    await putInForce(gate, shipped);
    expect((await router.wait(call, 20)).status).toBe(404);
    await resume(call);
    expect(await changes()).toBe(before);
  });
});

describe('an agent with a webhook', () => {
  afterEach(async () => void (await putInForce(gate, shipped)));

  interface Told {
    headers: Record<string, string | null>;
    body: { type: string; data: Record<string, unknown> };
  }
  const told = async (): Promise<Told[]> =>
    (await fetch(`${gate.url.origin}/simulator/receiver/records/requests`)).json<Told[]>();
  const toldOf = async (call: string): Promise<Told> =>
    eventually(async () => (await told()).find(({ body }) => body.data['call'] === call));

  test('is told that a call has ended, signed, with its id and status and nothing of what it was', async () => {
    await inForce(
      ({ manifests }) => void (manifests['lead-router']!.webhook = 'https://receiver.sandbox.example/agent'),
    );
    const [first, second] = [await held('Told Ltd'), await held('Also Told Ltd')];
    expect(await decide(first.approval)).toBe(200);
    await resume(first.call);
    expect(await decide(second.approval, 'approver', 'reject')).toBe(200);
    await resume(second.call);
    const one = await toldOf(first.call);
    expect(one.body.data).toMatchObject({
      call: first.call,
      status: 'succeeded',
      path: `/v1/calls/${first.call}`,
    });
    expect(one.headers['webhook-signature']).toMatch(/^v1a,/);
    expect((await toldOf(second.call)).body.data).toMatchObject({ status: 'rejected' });
    expect(JSON.stringify(await told())).not.toMatch(/Told Ltd|approver|reason/);
  });
});
