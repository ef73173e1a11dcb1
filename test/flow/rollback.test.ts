import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { rollbackKit, type RollbackKit } from './rollback-kit.ts';
import { eventually, runAs, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let kit: RollbackKit;

const vendors = ['hubspot', 'slack', 'meta'];
const agent = 'lead-router';
const spring = '120210000000001';
const webinar = '120210000000002';

/** With these gone the agent's calls wait for nobody, and neither do the inverse actions. */
const held = [
  'high-impact-waits',
  'publish-and-budget-need-two',
  'outside-hours-needs-two',
  'outside-hours-high-risk-needs-two',
  'spend-waits',
  'unproven-sinks-wait',
  'personal-data-of-others-waits',
  'no-flow-down',
];

/** One agent that works at three tools. */
async function govern(without: readonly string[]): Promise<void> {
  await kit.govern(without, ({ manifests }) => {
    const manifest = manifests[agent];
    if (!manifest) throw new Error('the lead router is part of the repository');
    const added = ['ads.budget.update', 'ads.campaign.pause', 'ads.campaign.resume'];
    manifest.grants.push(...added.map((action) => ({ action, mode: 'execute' as const })));
    manifest.destinations?.push('ads');
    // Fifty calls in a few seconds.
    manifest.limits = [];
    manifest.approved.accounts = ['act_1010101010'];
    manifest.approved.campaigns = [spring, webinar];
  });
}

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = rollbackKit(gate);
  await govern(held);
});
afterAll(async () => gate?.close());
beforeEach(async () => {
  for (const vendor of vendors) await kit.simulator('POST', `${vendor}/reset`);
});

let sessions = 0;
const newSession = () => `rollback-${(sessions += 1)}`;
const reason = 'a test';

async function update(session: string, id: string, fields: Record<string, unknown>): Promise<string> {
  return kit.execute(agent, 'crm.contact.update', { id, ...fields }, session);
}

/** As a person at HubSpot would, past the gate. */
async function byHand(id: string, properties: Record<string, string>): Promise<void> {
  const token = gate.secrets.workers['crm']?.['HUBSPOT_WRITE_TOKEN'] ?? '';
  const answer = await fetch(`${gate.url.origin}/simulator/hubspot/api/crm/v3/objects/contacts/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ properties }),
  });
  if (!answer.ok) throw new Error(`changing it by hand: ${answer.status}`);
}

const own = ['updatedAt', 'lastmodifieddate', 'updated_time'];
/** All that the vendors hold, without the times of change that every write leaves. */
async function vendorState(): Promise<unknown> {
  const kinds = ['hubspot/records/contacts', 'slack/records/scheduled', 'meta/records/campaigns'];
  const found = await Promise.all(kinds.map(async (kind) => kit.simulator('GET', kind)));
  return JSON.parse(
    JSON.stringify(found, (name, value: unknown) => (own.includes(name) ? undefined : value)),
  );
}

async function act(person: string, { rollback }: RollbackPage, word: string): Promise<Response> {
  return kit.post(person, `/rollbacks/${rollback.id}/${word}`, { digest: rollback.plan?.digest, reason });
}

async function ran(page: RollbackPage): Promise<RollbackPage> {
  expect((await act('operator', page, 'run')).status).toBe(200);
  return kit.when(page.rollback.id, ({ status }) => status === 'ended');
}

async function stop(target: string): Promise<void> {
  expect((await kit.post('operator', '/stops', { target, reason })).status).toBe(201);
}

async function resume(target: string): Promise<void> {
  // Two people: a stop of all needs them.
  for (const person of ['operator', 'owner'])
    await gate.ops(person, 'DELETE', `/stops/${target}`, { reason });
}

/** Fifty calls at three tools: some about the same record, some still to come. */
async function fifty(session: string): Promise<void> {
  const contacts = ['101', '102', '103', '104', '105', '106', '107', '108', '109', '110'];
  for (const id of contacts) await update(session, id, { leadStatus: 'CONNECTED' });
  for (const id of contacts.slice(0, 8)) await update(session, id, { leadStatus: 'OPEN', country: 'Peru' });
  for (const id of contacts.slice(0, 4)) await update(session, id, { company: 'Wrong Ltd' });
  for (let n = 1; n <= 6; n += 1) {
    const budget = { account: 'act_1010101010', currency: 'EUR' };
    const input = { ...budget, campaign: spring, dailyBudget: 5_000 + n * 100 };
    await kit.execute(agent, 'ads.budget.update', input, session);
    const other = { ...budget, campaign: webinar, dailyBudget: 2_000 + n * 100 };
    await kit.execute(agent, 'ads.budget.update', other, session);
  }
  for (const [n, verb] of ['pause', 'resume', 'pause', 'resume'].entries()) {
    const campaign = n < 2 ? spring : webinar;
    const input = { account: 'act_1010101010', campaign };
    const wanted = campaign === webinar ? (verb === 'pause' ? 'resume' : 'pause') : verb;
    await kit.execute(agent, `ads.campaign.${wanted}`, input, session);
  }
  const postAt = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
  for (let n = 1; n <= 12; n += 1) {
    const input = { channel: 'C0LEADS001', text: `reminder ${n}`, postAt };
    await kit.execute(agent, 'chat.message.schedule', input, session);
  }
}

describe('a session of fifty calls at three tools, one of which somebody has changed since', () => {
  test('rolls back 49 and reports 1, also under a stop of all; a dry run writes nothing', async () => {
    const before = await vendorState();
    const session = newSession();
    await fifty(session);
    await byHand('110', { hs_lead_status: 'BAD_TIMING' });
    const writes = await kit.writes(...vendors);

    const dry = await runAs(gate, 'operator', [
      'rollback',
      '--session',
      session,
      '--dry-run',
      '--reason',
      'a look',
      '--json',
    ]);
    expect(dry.code).toBe(0);
    const seen = JSON.parse(dry.stdout) as RollbackPage;
    expect(seen.rollback).toMatchObject({
      dryRun: true,
      plan: { counts: { takes: 49, nothing: 0, left: 1 } },
    });
    expect(await kit.writes(...vendors)).toBe(writes);
    const known = await (
      await gate.ops('auditor', 'GET', '/rollbacks')
    ).json<{ rollbacks: RollbackView[] }>();
    expect(known.rollbacks.map(({ id }) => id)).not.toContain(seen.rollback.id);
    await eventually(async () => {
      const found = await gate.ops('auditor', 'GET', '/journal?kind=rollback.looked');
      const { entries } = await found.json<{ entries: { data: Record<string, unknown> }[] }>();
      return entries.find(({ data }) => data['rollback'] === seen.rollback.id);
    });

    const plan = await kit.planned({ session });
    expect(plan.rollback.plan?.digest).toBe(seen.rollback.plan?.digest);
    expect(plan.steps.find(({ step }) => step.fate.kind === 'left')).toMatchObject({
      step: {
        about: { record: 'contact', id: '110' },
        fate: { why: 'conflict' },
        conflicts: [{ field: 'leadStatus', expected: 'CONNECTED', found: 'BAD_TIMING' }],
      },
    });

    // Nobody granted the agent to unschedule a message, so that takes two people.
    expect(plan.rollback.plan?.needs).toBe(2);
    for (const person of ['approver', 'operator2'])
      expect((await act(person, plan, 'approval')).status).toBe(200);

    await stop('all');
    const { code, stdout, stderr } = await runAs(gate, 'operator', [
      'rollback',
      'run',
      plan.rollback.id,
      '--reason',
      'the agent is stopped',
      '--json',
    ]);
    await resume('all');
    expect(code, stdout.slice(0, 600)).toBe(0);
    expect(stderr).toContain('ended: 50 of 50 (49 taken back, 0 as before already, 1 left)');
    const end = JSON.parse(stdout) as RollbackPage;
    expect(end.rollback).toMatchObject({ status: 'ended', counts: { restored: 49, nothing: 0, left: 1 } });

    const restored = end.steps.filter(({ state }) => state.kind === 'restored');
    const cancelled = restored.filter(({ step }) => step.fate.kind === 'cancel');
    expect(cancelled).toHaveLength(12);
    for (const { step, state } of restored)
      expect(state, step.action).toMatchObject({ seen: step.fate.kind === 'cancel' ? null : 'as-before' });
    // Once each, and nothing else.
    expect(await kit.writes(...vendors)).toBe(writes + 49);
    const changed = JSON.stringify(before).replace(/("id":"110",.*?)\}/, '$1,"hs_lead_status":"BAD_TIMING"}');
    expect(await vendorState()).toEqual(JSON.parse(changed));

    const report = await runAs(gate, 'auditor', ['rollback', 'report', end.rollback.id, '--markdown']);
    expect(report.stdout).toContain('49 of 50 calls taken back, 0 as before already, 1 left for people.');
    expect(report.stdout).toContain('changed since by somebody else: leadStatus');
    expect(report.stdout).not.toMatch(/BAD_TIMING|CONNECTED|@acme|@globex/);
    const again = await runAs(gate, 'auditor', ['rollback', 'report', end.rollback.id, '--markdown']);
    expect(again.stdout).toBe(report.stdout);
  }, 180_000);
});

describe('a rollback that is interrupted', () => {
  test('goes on where it was after its object went away, and takes each effect back once', async () => {
    const before = await vendorState();
    const session = newSession();
    const ids = ['101', '102', '103', '104', '105', '106', '107', '108', '109', '110'];
    for (const id of ids) await update(session, id, { leadStatus: 'CONNECTED' });
    const plan = await kit.planned({ session });
    const { id } = plan.rollback;
    const writes = await kit.writes('hubspot');
    await kit.simulator('POST', 'hubspot/faults', { fault: 'slow', method: 'PATCH', delayMs: 500 });
    expect((await act('operator', plan, 'run')).status).toBe(200);
    for (const restored of [1, 5]) {
      await kit.when(id, ({ counts }) => counts.restored >= restored);
      await gate.evict('toolgate-guard', 'Rollback', id);
    }
    const end = await kit.when(id, ({ status }) => status === 'ended');
    expect(end.rollback.counts).toMatchObject({ restored: 10, nothing: 0, left: 0 });
    const lanes = end.steps.map(({ state }) => 'lane' in state && state.lane);
    expect(new Set(lanes).size).toBe(10);
    await kit.simulator('DELETE', 'hubspot/faults');
    expect(await kit.writes('hubspot')).toBe(writes + 10);
    expect(await vendorState()).toEqual(before);
    const patched = (await simulatorLog(gate, 'hubspot')).filter(({ method }) => method === 'PATCH');
    for (const contact of ids)
      expect(patched.filter(({ path }) => path.endsWith(`/${contact}`))).toHaveLength(2);
  }, 90_000);

  test('is halted by a person, goes on when somebody runs it again, or ends with the rest left', async () => {
    const session = newSession();
    for (const leadStatus of ['CONNECTED', 'OPEN'])
      for (const id of ['101', '102', '103', '104', '105', '106', '107', '108'])
        await update(session, id, { leadStatus });
    const plan = await kit.planned({ session });
    const { id } = plan.rollback;
    // Longer than a request of a person takes: four steps at once are under way when the word comes.
    await kit.simulator('POST', 'hubspot/faults', { fault: 'slow', method: 'PATCH', delayMs: 2_500 });
    const runThenHalt = async (forGood: boolean): Promise<void> => {
      expect((await act('operator', plan, 'run')).status).toBe(200);
      const halt = await kit.post('operator', `/rollbacks/${id}/halt`, { reason, forGood });
      expect(halt.status).toBe(200);
    };
    await runThenHalt(false);
    const halted = await kit.when(id, ({ status, counts }) => status === 'halted' && counts.underWay === 0);
    expect(halted.rollback.counts.waiting).toBeGreaterThan(0);
    const writes = await kit.writes('hubspot');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await kit.writes('hubspot')).toBe(writes);

    await runThenHalt(true);
    const end = await kit.when(id, ({ status }) => status === 'ended');
    const rest = end.steps.filter(({ state }) => state.kind === 'left');
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.length + end.rollback.counts.restored).toBe(16);
    for (const { state } of rest) expect(state).toMatchObject({ why: 'ended' });
    expect((await act('operator', plan, 'run')).status).toBe(409);
  }, 60_000);
});

describe('a conflict', () => {
  test('blocks what is earlier about the same record, and is overwritten when a person forces what was seen', async () => {
    const session = newSession();
    const first = await update(session, '102', { leadStatus: 'CONNECTED' });
    const second = await update(session, '102', { leadStatus: 'OPEN' });
    await byHand('102', { hs_lead_status: 'BAD_TIMING' });
    const plan = await kit.planned({ session });
    expect(plan.steps.map(({ step }) => [step.call, step.fate])).toMatchObject([
      [second, { kind: 'left', why: 'conflict' }],
      [first, { kind: 'left', why: 'blocked' }],
    ]);
    const { id } = plan.rollback;
    const forced = await runAs(gate, 'operator', [
      'rollback',
      'run',
      id,
      '--force',
      second,
      '--reason',
      'the later change was wrong, too',
      '--json',
    ]);
    expect(forced.code).toBe(0);
    const end = JSON.parse(forced.stdout) as RollbackPage;
    expect(end.rollback.counts).toMatchObject({ restored: 2, left: 0 });
    const contact = await kit.simulator<{ properties: object }>('GET', 'hubspot/records/contacts/102');
    expect(contact.properties).toMatchObject({ hs_lead_status: 'NEW' });
  });

  test('that arises between the plan and its turn is left, and what depends on it', async () => {
    const session = newSession();
    await update(session, '102', { leadStatus: 'CONNECTED' });
    await update(session, '102', { leadStatus: 'OPEN' });
    await update(session, '103', { leadStatus: 'OPEN' });
    const plan = await kit.planned({ session });
    expect(plan.rollback.plan?.counts.takes).toBe(3);
    await byHand('102', { hs_lead_status: 'BAD_TIMING' });
    const end = await ran(plan);
    expect(end.steps.map(({ state }) => (state.kind === 'left' ? state.why : state.kind))).toEqual([
      'restored',
      'conflict',
      'blocked',
    ]);
    const contact = await kit.simulator<{ properties: object }>('GET', 'hubspot/records/contacts/102');
    expect(contact.properties).toMatchObject({ hs_lead_status: 'BAD_TIMING' });
  });
});

describe('who may do what', () => {
  test('a plan whose inverse actions need two people runs with two others, of exactly that plan', async () => {
    const session = newSession();
    const input = { account: 'act_1010101010', campaign: spring, dailyBudget: 6_000, currency: 'EUR' };
    await kit.execute(agent, 'ads.budget.update', input, session);
    await govern([]);
    const plan = await kit.planned({ session });
    expect(plan.rollback.plan?.needs).toBe(2);
    expect(plan.steps[0]?.step.policies.map(({ id }) => id)).toContain('publish-and-budget-need-two');
    const writes = await kit.writes('meta');

    const status = async (person: string, word: string) => (await act(person, plan, word)).status;
    expect(await status('operator', 'run')).toBe(409);
    // Who asked for it does not count, whoever that is otherwise.
    expect(await status('operator', 'approval')).toBe(403);
    expect(await status('auditor', 'approval')).toBe(403);
    expect(await status('approver', 'approval')).toBe(200);
    expect(await status('approver', 'approval')).toBe(409);
    expect(await status('operator', 'run')).toBe(409);
    const other = { rollback: { ...plan.rollback, plan: { ...plan.rollback.plan, digest: 'f'.repeat(64) } } };
    expect((await act('operator2', other as RollbackPage, 'approval')).status).toBe(409);
    expect(await kit.writes('meta')).toBe(writes);

    expect(await status('operator2', 'approval')).toBe(200);
    const end = await ran(plan);
    expect(end.rollback).toMatchObject({ counts: { restored: 1 }, runBy: 'operator@sandbox.example' });
    const entry = await eventually(async () => {
      const found = await gate.ops('auditor', 'GET', '/journal?kind=rollback.approved');
      const { entries } = await found.json<{ entries: { data: Record<string, unknown> }[] }>();
      return entries.find(({ data }) => data['person'] === 'operator2@sandbox.example');
    });
    expect(entry.data).toMatchObject({ digest: plan.rollback.plan?.digest, credential: expect.any(String) });
    await govern(held);
  }, 60_000);

  test('an agent, an auditor, an approver or a stranger has nothing taken back', async () => {
    const session = newSession();
    await update(session, '102', { leadStatus: 'CONNECTED' });
    const plan = await kit.planned({ session });
    const writes = await kit.writes('hubspot');
    const { id } = plan.rollback;
    const path = `/ops/v1/rollbacks/${id}/run`;
    const asAgent = await fetch(new URL(path, gate.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await gate.agent(agent).token()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ digest: plan.rollback.plan?.digest, reason }),
    });
    expect([401, 403]).toContain(asAgent.status);
    for (const [person, expected] of [
      ['auditor', 403],
      ['approver', 403],
      ['nobody', 401],
    ] as const) {
      expect((await act(person, plan, 'run')).status).toBe(expected);
      expect((await kit.post(person, '/rollbacks', { selection: { session }, reason })).status).toBe(
        expected,
      );
    }
    expect((await gate.ops('nobody', 'GET', `/rollbacks/${id}`)).status).toBe(401);
    expect(await kit.writes('hubspot')).toBe(writes);
  });

  test('what chooses everything, nothing or a stranger is refused', async () => {
    const open = async (selection: object) => kit.post('operator', '/rollbacks', { selection, reason });
    expect((await open({})).status).toBe(422);
    expect((await open({ until: new Date().toISOString() })).status).toBe(422);
    expect((await open({ agent: 'no-such-agent' })).status).toBe(404);
    expect((await kit.post('operator', '/rollbacks/roll_1/run', { reason })).status).toBe(404);
    const { code, stderr } = await runAs(gate, 'operator', ['rollback', '--reason', 'x']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--agent, --workflow, --session or --since')]);
  });
});
