import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileGovernance } from '../../bin/lib/governance.ts';
import type { GateClient, Handoff as Filed } from '../../examples/gate-client.ts';
import { governanceVersion } from '../../shared/governance.ts';
import type { Handoff } from '../../shared/handoffs.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { Review } from '../../shared/reviews.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let support: GateClient;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { version: _, ...content } = structuredClone(compiled.governance);
  const manifest = content.manifests['support-agent']!;
  manifest.hours = {
    zone: 'UTC',
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    from: '00:00',
    to: '24:00',
  };
  // Short, so that an urgent case is overdue within the test.
  manifest.approvals = {
    ...manifest.approvals,
    deadlineSeconds: 600,
    respondSeconds: 5,
    escalation: ['leadership'],
  };
  manifest.reviews = { sample: 100, audit: 100, respondDays: 5 };
  await putInForce(gate, { version: governanceVersion(content), ...content });
  support = gate.agent('support-agent');
});
afterAll(async () => gate?.close());

const filed = (record: string, over: Partial<Filed> = {}): Filed => ({
  kind: 'unclassifiable',
  about: { tool: 'support', record },
  summary: 'Says nothing that a rule knows.',
  ...over,
});
const ops = async <T>(person: string, path: string, body?: unknown): Promise<T> =>
  (await gate.ops(person, body === undefined ? 'GET' : 'POST', path, body)).json<T>();
const listed = async (query = ''): Promise<Handoff[]> => ops('auditor', `/handoffs${query}`);
const inQueue = async (id: unknown): Promise<Handoff> =>
  eventually(async () => (await listed()).find((one) => one.id === id));
/** What the ledger holds of a kind, once something of it has come. */
const journaled = async (kind: string) =>
  eventually(async () => {
    const found = await inJournal(kind);
    return found.length > 0 ? found : undefined;
  });
const inJournal = async (kind: string): Promise<Record<string, unknown>[]> => {
  const { entries } = await ops<{ entries: { data: Record<string, unknown> }[] }>(
    'auditor',
    `/journal?kind=${kind}`,
  );
  return entries.map(({ data }) => data);
};

test('a case that was handed over reaches the queue, masked, and a person takes and resolves it for the agent', async () => {
  const answer = await support.handOver(
    filed('2001', { summary: 'Mail of jo@acme.example fits no rule.', tried: ['asked jo@acme.example'] }),
  );
  expect(answer).toMatchObject({ status: 201, body: { status: 'open', kind: 'unclassifiable', times: 1 } });
  const id = String(answer.body['handoff']);
  expect(answer.body['poll']).toBe(`/v1/handoffs/${id}`);
  const found = await inQueue(id);
  expect(found).toMatchObject({ workflow: 'support', state: 'open', owner: null, group: 'approvers' });
  expect(JSON.stringify(found)).not.toContain('jo@acme.example');
  expect(await simulatorLog(gate, 'intercom')).toEqual([]);

  // An auditor looks, and decides nothing; who has not taken it cannot resolve it.
  expect((await gate.ops('auditor', 'POST', `/handoffs/${id}/act`, { do: 'take' })).status).toBe(403);
  expect(
    (await gate.ops('approver', 'POST', `/handoffs/${id}/act`, { do: 'resolve', note: 'x' })).status,
  ).toBe(409);
  expect(await runAs(gate, 'approver', ['handoff', id, '--take'])).toMatchObject({ code: 0, stderr: '' });
  expect((await gate.ops('approver2', 'POST', `/handoffs/${id}/act`, { do: 'take' })).status).toBe(409);
  expect((await support.get(`/v1/handoffs/${id}`)).body).toMatchObject({ status: 'taken', resolution: null });
  const words = 'Tell sam@acme.example, and assign it to billing.';
  expect((await runAs(gate, 'approver', ['handoff', id, '--resolve', words])).code).toBe(0);
  const { body } = await support.get(`/v1/handoffs/${id}`);
  expect(body).toMatchObject({
    status: 'resolved',
    resolution: expect.stringContaining('billing') as string,
  });
  expect(JSON.stringify(body)).not.toContain('@acme.example');
  const [entry] = await journaled('handoff.resolved');
  expect(entry).toMatchObject({ handoff: id, person: gate.secrets.local.people['approver']!.email });
  expect((await journaled('handoff.filed'))[0]).toMatchObject({ handoff: id, agent: 'support-agent' });
});

test('the same case within a day, or under the same key, is one; another under that key is refused', async () => {
  const first = await support.handOver(filed('2002'));
  const again = await support.handOver(filed('2002'));
  expect(again).toMatchObject({ status: 200, body: { handoff: first.body['handoff'], times: 2 } });
  const keyed = await support.handOver(filed('2003'), 'case-2003');
  const repeated = await support.handOver(filed('2003'), 'case-2003');
  expect(repeated).toMatchObject({ status: 200, body: { handoff: keyed.body['handoff'], times: 1 } });
  expect((await support.handOver(filed('2004'), 'case-2003')).status).toBe(409);
  // Another agent's case does not exist for this one.
  const other = await gate.agent('lead-router').get(`/v1/handoffs/${String(first.body['handoff'])}`);
  expect(other.status).toBe(404);
  for (const bad of [{ kind: 'bored' }, { summary: '' }, { calls: ['no-call'] }])
    expect((await support.handOver({ ...filed('2005'), ...(bad as Partial<Filed>) })).status).toBe(422);
});

test('a security issue goes past the queue to the incidents, and the answer says so', async () => {
  const answer = await support.handOver(
    filed('2010', { kind: 'security', summary: 'They see invoices of others.' }),
  );
  expect(answer).toMatchObject({ status: 201, body: { went: 'to the incident contact, past the queue' } });
  const [incident] = await ops<Incident[]>('auditor', '/incidents?agent=support-agent');
  expect(incident).toMatchObject({ id: answer.body['incident'], about: { record: '2010' } });
  expect((await listed('?kind=security')).length).toBe(0);
});

test('an urgent case that nobody takes is asked of the next group, then of the incident contact, and stays', async () => {
  const answer = await support.handOver(filed('2006', { urgent: true, kind: 'conflicting' }));
  const id = answer.body['handoff'];
  const found = await inQueue(id);
  expect(Date.parse(found.respondBy) - Date.parse(found.at)).toBe(2_500);
  const late = await eventually(async () => {
    const one = (await listed('?state=open')).find((other) => other.id === id);
    return one?.escalated === 2 ? one : undefined;
  });
  expect(late).toMatchObject({ state: 'open', reminded: 90, escalation: ['leadership'] });
  const told = await eventually(async () => {
    const all = (await inJournal('handoff.escalated')).filter(({ handoff }) => handoff === id);
    return all.length >= 2 ? all : undefined;
  });
  expect(told.flatMap((entry) => entry['told'])).toEqual(
    expect.arrayContaining(['leadership', 'incident contact']),
  );
  const { stdout } = await runAs(gate, 'auditor', ['handoffs', '--state', 'open']);
  expect(stdout).toMatch(/conflicting, urgent.*OVERDUE/);
});

test('what ran is reviewed by somebody who did not approve it; a harmful verdict is a case of its owners', async () => {
  const because = { goal: 'Every conversation reaches who can answer it.', explanation: 'A test.' };
  const tagged = await support.call(
    'support.conversation.tag',
    { conversation: '2001', tag: '86' },
    { mode: 'execute', key: 'tag-2001', because },
  );
  expect(tagged.status).toBe(200);
  expect(JSON.stringify(tagged.body)).not.toMatch(/review|sample/);
  const refund = await support.call(
    'support.refund.request',
    { conversation: '2001', amount: 1_250, currency: 'EUR', order: 'A-1001', reason: 'Charged twice.' },
    { mode: 'execute', key: 'refund-2001', because },
  );
  expect(refund.status).toBe(202);
  const approval = String(refund.body['approval']);
  for (const person of ['approver', 'approver2'])
    await gate.ops(person, 'POST', `/approvals/${approval}/decision`, {
      decision: 'approve',
      reason: 'as-expected',
    });
  const call = String(refund.body['call']);
  expect((await support.wait(call, 10)).status).toBe(200);

  const reviews = await eventually(async () => {
    const found = await ops<Review[]>('auditor', '/reviews?state=open');
    const both = [tagged.body['call'], call].map((id) => found.find((one) => one.call === id));
    return both[0] && both[1] ? [both[0], both[1]] : undefined;
  });
  const [sampled, audited] = reviews;
  expect(sampled).toMatchObject({ cause: 'sampled', approvers: [] });
  expect(audited).toMatchObject({
    cause: 'audited',
    approvers: expect.arrayContaining([gate.secrets.local.people['approver']!.email]) as string[],
  });
  expect(audited!.risk).toBeGreaterThan(sampled!.risk);

  const own = await gate.ops('approver', 'POST', `/reviews/${call}`, { verdict: 'fine' });
  expect(own.status).toBe(403);
  expect((await gate.ops('operator', 'POST', `/reviews/${call}`, { verdict: 'fine' })).status).toBe(403);
  expect((await gate.ops('auditor', 'POST', `/reviews/${call}`, { verdict: 'fine' })).status).toBe(403);
  const note = 'It was refunded before.';
  expect(await runAs(gate, 'owner', ['review', call, '--verdict', 'harmful', '--note', note])).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect((await gate.ops('owner', 'POST', `/reviews/${call}`, { verdict: 'fine' })).status).toBe(409);
  const opened = await eventually(async () => (await listed('?kind=misbehaviour'))[0]);
  expect(opened).toMatchObject({
    calls: [call],
    reportedBy: gate.secrets.local.people['owner']!.email,
    summary: note,
  });
  expect(await gate.ops('auditor', 'GET', `/handoffs/${opened.id}`)).toMatchObject({ status: 200 });
});

test('anybody signed in reports a call to the owners of its agent; a second report counts there', async () => {
  const read = await support.call('support.conversation.read', { conversation: '2002' }, { mode: 'read' });
  const call = String(read.body['call']);
  await eventually(async () => ((await gate.ops('auditor', 'GET', `/calls/${call}`)).ok ? true : undefined));
  const reason = ['--reason', 'It read what it had no need of.'];
  expect(await runAs(gate, 'operator', ['report', call, ...reason])).toMatchObject({ code: 0, stderr: '' });
  expect(await runAs(gate, 'auditor', ['report', call, ...reason])).toMatchObject({ code: 0 });
  const cases = (await listed('?kind=misbehaviour')).filter(({ calls }) => calls[0] === call);
  expect(cases).toHaveLength(1);
  expect(cases[0]).toMatchObject({ times: 2, agent: 'support-agent', workflow: 'support' });
  expect(cases[0]!.addressees.length).toBeGreaterThan(0);
  const entries = await eventually(async () => {
    const found = await inJournal('call.reported');
    return found.some((entry) => entry['call'] === call) ? found : undefined;
  });
  expect(entries.find((entry) => entry['call'] === call)).toMatchObject({
    person: gate.secrets.local.people['operator']!.email,
    credential: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const stranger = await fetch(new URL(`/ops/v1/calls/${call}/report`, gate.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"reason":"x"}',
  });
  expect(stranger.status).toBe(401);
  expect((await runAs(gate, 'auditor', ['report', 'call_01JD0000000000000000000000', ...reason])).code).toBe(
    1,
  );
});

test('under a stop of everything cases are still taken, and one that was evicted with its guard is delivered', async () => {
  await gate.ops('operator', 'POST', '/stops', { target: 'all', reason: 'a test stops everything' });
  const answer = await support.handOver(filed('2007'), 'while-stopped');
  expect(answer.status).toBe(201);
  await gate.evict('toolgate-guard', 'Guard', 'support-agent');
  const found = await inQueue(answer.body['handoff']);
  expect(found.about.record).toBe('2007');
  const read = await support.call('support.conversation.read', { conversation: '2001' }, { mode: 'read' });
  expect(read.status).toBe(423);
});
