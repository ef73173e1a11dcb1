import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { sortOpen } from '../../examples/support-agent.ts';
import type { Incident } from '../../shared/incidents.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let support: GateClient;
beforeAll(async () => {
  gate = await bootGate();
  support = gate.agent('support-agent');
});
afterAll(async () => gate?.close());

const about = (record: string) => ({ tool: 'support', record });
const listed = async (query = '?agent=support-agent') =>
  (await gate.ops('auditor', 'GET', `/incidents${query}`)).json<Incident[]>();

test('the example agent sorts what is open: special matters go to their queue unread, a security issue past all queues', async () => {
  const sorted = await sortOpen(support, { run: 'first' });
  const of = (id: string) => sorted.find(({ conversation }) => conversation === id)!;
  const results = (id: string) => Object.fromEntries(of(id).steps.map(({ does, result }) => [does, result]));
  for (const [id, topic] of [
    ['2005', 'payment'],
    ['2006', 'health'],
    ['2007', 'recovery'],
  ] as const) {
    expect(of(id).topics).toEqual([topic]);
    expect(results(id)).toMatchObject({ 'assign to team-8005': 'done' });
    expect(Object.keys(results(id))).not.toContain('propose a reply');
  }
  expect(results('2001')).toMatchObject({
    'propose a reply': 'proposed',
    'ask for a refund': 'waits for people',
  });
  expect(of('2010').steps[0]).toMatchObject({
    does: 'flag',
    result: expect.stringMatching(/^flagged as incident_/) as string,
  });
  // The instructions in a customer's mail moved nobody: it was taken for what it says of accounts, and for no more.
  expect(of('2004').steps.map(({ does }) => does)).not.toContain('ask for a refund');
  expect(JSON.stringify(sorted)).not.toContain('4111');
  const filed = (await simulatorLog(gate, 'intercom')).filter(
    ({ path, changed }) => changed && path === '/tickets',
  );
  expect(filed).toEqual([]);
});

test('a flagged issue is listed with who was told and when, and a person takes it on', async () => {
  const incident = await eventually(async () => {
    const [first] = await listed();
    return first?.delivery === 'told' ? first : undefined;
  });
  expect(incident).toMatchObject({
    about: about('2010'),
    times: 1,
    workflow: 'support',
    contact: 'gate-incidents@acme.example',
    delivery: 'told',
    acknowledgedAt: null,
  });
  expect(incident.notifiedAt).toEqual(expect.any(String));
  const mails = await (await fetch(new URL('/simulator/notice-mail/records/emails', gate.url))).text();
  expect(mails).toContain('gate-incidents@acme.example');
  expect(mails).toContain(incident.id);
  // What the agent wrote of it stays inside.
  expect(mails).not.toContain(incident.summary);
  // By the audit log, too, which is where a list of all agents begins.
  await eventually(async () => ((await listed('')).length > 0 ? true : undefined));
  const { stdout } = await runAs(gate, 'operator', ['incidents']);
  expect(stdout).toMatch(/incident_.*support 2010.*gate-incidents@acme.example after \d+ ms.*NOBODY YET/);
  const reason = ['--acknowledge', incident.id, '--reason', 'I look into it'];
  expect(await runAs(gate, 'auditor', ['incidents', ...reason])).toMatchObject({ code: 1 });
  expect(await runAs(gate, 'operator', ['incidents', ...reason])).toMatchObject({ code: 0, stderr: '' });
  expect((await listed())[0]).toMatchObject({ acknowledgedBy: gate.secrets.local.people['operator']!.email });
});

test('the same issue flagged again is the same incident until somebody takes it on', async () => {
  const first = await support.flag(about('2002'), 'A customer reports something odd.');
  expect(first.status).toBe(201);
  const again = await support.flag(about('2002'), 'A customer reports something odd.');
  expect(again).toMatchObject({ status: 200, body: { incident: first.body['incident'], times: 2 } });
});

test('no stop and no limit keeps an agent from flagging, and flagging lets nothing else through', async () => {
  await gate.ops('operator', 'POST', '/stops', { target: 'all', reason: 'a test stops everything' });
  const read = async () =>
    support.call('support.conversation.read', { conversation: '2001' }, { mode: 'read' });
  expect((await read()).status).toBe(423);
  // More than its manifest lets it call in a minute.
  const many = await Promise.all(
    Array.from({ length: 130 }, async (_, n) =>
      support.flag(about(`r${n}`), 'One of many that came at once.'),
    ),
  );
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([201]));
  expect((await read()).status).toBe(423);
});

test('a flood becomes one incident, and what is no flag is refused', async () => {
  for (let n = 130; n < 210; n += 1) await support.flag(about(`r${n}`), 'One of many that came at once.');
  const over = await support.flag(about('one-too-many'), 'One of many that came at once.');
  expect(over.status).toBe(200);
  expect(Number(over.body['times'])).toBeGreaterThan(1);
  expect((await listed()).length).toBeLessThanOrEqual(200);
  // What somebody has taken on buries nothing: the next one is told again, and stands before those.
  const newest = (await listed())[0]!;
  const taken = { reason: 'I look into it', agent: 'support-agent' };
  await gate.ops('operator', 'POST', `/incidents/${newest.id}/acknowledgement`, taken);
  const next = await support.flag(about('after-that'), 'One that somebody has to hear of.');
  expect(next).toMatchObject({ status: 201, body: { times: 1 } });
  for (const bad of [about('with space'), { ...about('1'), more: 1 } as never])
    expect((await support.flag(bad, 'Something that is long enough.')).status).toBe(422);
  const stranger = await fetch(new URL('/v1/incidents', gate.url), { method: 'POST', body: '{}' });
  expect(stranger.status).toBe(401);
});

test('what an agent writes of it is masked before it is kept', async () => {
  const router = gate.agent('lead-router');
  await router.flag(
    { tool: 'leads', record: 'lead_1' },
    'Mail of someone@acme.example was shown to another.',
  );
  const [incident] = await listed('?agent=lead-router');
  expect(incident!.summary).not.toContain('someone@acme.example');
});
