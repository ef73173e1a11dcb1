import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
});
afterAll(async () => gate.close());

const because = { goal: 'tell the team', explanation: 'A lead came in.' };

test('a limit of 30 a minute lets exactly 30 of 60 concurrent calls through, and says when to come back', async () => {
  await router.token();
  const before = (await simulatorLog(gate, 'slack')).length;
  const post = (n: number) =>
    router.call(
      'chat.message.post',
      { channel: 'C0LEADS001', text: `message ${n}` },
      { mode: 'execute', key: `limit-${n}`, because },
    );
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => post(n)));
  const limited = answers.filter((answer) => answer.status === 429);
  expect(limited).toHaveLength(30);
  // The vendor has a limit of its own, so not all 30 need to have been accepted there; none more was sent.
  expect(await simulatorLog(gate, 'slack')).toHaveLength(before + 30);
  const [first] = limited;
  expect(Number(first?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(first?.headers.get('ratelimit-policy')).toBe('"rate";q=30;w=60');
  expect(first?.headers.get('ratelimit')).toMatch(/^"rate";r=0;t=\d+$/);
  expect(first?.body).toMatchObject({ code: 'limited', type: '/problems/limited' });
});

test('what is left of each limit is shown to the agent', async () => {
  const me = await router.get('/v1/me');
  const limits = me.body['limits'] as { action: string; remaining: number }[];
  expect(limits.find((limit) => limit.action === 'chat.message.post')?.remaining).toBe(0);
});

test('waiting for people takes from the limit, too: a flood cannot fill the approvers’ queue', async () => {
  const update = (n: number) =>
    router.call(
      'crm.contact.update',
      { id: '101', company: `Company ${n}` },
      { mode: 'execute', key: `flood-${n}`, because },
    );
  const answers = await Promise.all(Array.from({ length: 45 }, (_, n) => update(n)));
  const statuses = answers.map((answer) => answer.status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(30);
  expect(statuses.filter((status) => status === 429)).toHaveLength(15);
});

test('so does proposing', async () => {
  // The gate's own limit is what is counted here, and not the vendor's.
  const body = JSON.stringify({ fault: 'unlimited' });
  await fetch(`${gate.url.origin}/simulator/hubspot/faults`, { method: 'POST', body });
  const propose = () =>
    router.call(
      'crm.company.create',
      { name: 'New Ltd', domain: 'new.example' },
      { mode: 'propose', because },
    );
  const answers = await Promise.all(Array.from({ length: 40 }, propose));
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(30);
});

test('what was proposed still counts once the guard went away and came back', async () => {
  await gate.evict('toolgate-guard', 'Guard', 'lead-router');
  const again = await router.call(
    'crm.company.create',
    { name: 'New Ltd', domain: 'new.example' },
    { mode: 'propose', because },
  );
  expect(again.status).toBe(429);
});

test('a flood of calls that policies deny asks a tool for facts no more often than the limit lets calls through', async () => {
  const unexplained = (n: number) =>
    router.call(
      'leads.lead.route',
      { lead: 'lead_01J00000000000000000000000', queue: 'enterprise', note: '' },
      { mode: 'execute', key: `unexplained-${n}` },
    );
  const answers: number[] = [];
  for (let n = 0; n < 150; n += 30) {
    const some = await Promise.all(Array.from({ length: 30 }, (_, m) => unexplained(n + m)));
    answers.push(...some.map(({ status }) => status));
  }
  expect(answers.filter((status) => status === 403)).toHaveLength(120);
  expect(answers.filter((status) => status === 429)).toHaveLength(30);
});
