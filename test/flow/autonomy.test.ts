import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../bin/lib/governance.ts';
import type { GateAnswer, GateClient } from '../../examples/gate-client.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type {
  AutonomyView,
  ContactName,
  ContactTest,
  DrillRecord,
  Readiness,
  Receipt,
  StopsView,
} from '../../shared/rpc.ts';
import { MIN_PROPOSALS } from '../../workers/control/autonomy.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { accessTeam, type AccessTeam } from '../slow/deploy-kit.ts';
import { eventually, simulatorLog } from './support.ts';

/** A gate that calls itself production: its people come through Access, its vendors are simulated all the same. */
const people = {
  mara: 'mara.vogel@acme.example',
  tomas: 'tomas.lindqvist@acme.example',
  ida: 'ida.incident@acme.example',
  lena: 'lena.legal@acme.example',
  olga: 'olga.operator@acme.example',
} as const;
type Name = keyof typeof people;
const roles: Record<string, string[]> = {
  [people.mara]: ['owner'],
  [people.tomas]: ['operator'],
  [people.ida]: ['incident-commander'],
  [people.lena]: ['auditor'],
  [people.olga]: ['operator', 'approver'],
};

let team: AccessTeam;
let gate: GateUnderTest;
let writer: GateClient;
let base: Governance;
let keys = 0;

beforeAll(async () => {
  team = await accessTeam(roles, 'production');
  const looks = { ...team.vars, AUTONOMY_LOOK_MS: '500' };
  const vars = { control: looks, guard: team.vars, approvals: team.vars, ledger: team.vars };
  gate = await bootGate({ vars, govern: false });
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  base = changed(compiled.governance, (manifest) => {
    manifest.environments = ['sandbox', 'production'];
    manifest.acceptance = ['Nine of ten messages are posted as a person would have.'];
    manifest.steps = [{ step: 'post', does: 'posts what is new', by: 'content-writer' }];
    manifest.risk = 'medium';
    manifest.owners.business.email = people.mara;
    manifest.owners.technical.email = people.tomas;
    manifest.hours = {
      zone: 'UTC',
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: '00:00',
      to: '24:00',
    };
    manifest.grants = [{ action: 'chat.message.post', mode: 'execute' }];
    manifest.sources = ['chat'];
    manifest.destinations = ['chat'];
    manifest.limits = [{ action: 'chat.message.post', max: 400, per: 3600 }];
    manifest.budgets = [];
    manifest.radius = [];
    manifest.errorBudget = { days: 30, overrides: 20, failures: 100, violations: 2 };
    manifest.leash = { days: 7, percent: 25 };
  });
  expect((await ops('mara', 'PUT', '/governance', base)).status).toBe(200);
  writer = gate.agent('content-writer');
});
afterAll(async () => {
  await gate.close();
  team.close();
});

function changed(from: Governance, change: (writer: Manifest) => void): Governance {
  const { version: _, ...content } = structuredClone(from);
  change(content.manifests['content-writer']!);
  return { version: governanceVersion(content), ...content };
}

async function ops(person: Name, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(new URL(`/ops/v1${path}`, gate.url), {
    method,
    headers: {
      authorization: `Bearer ${await team.token(people[person])}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Asked again while a busy machine has no lease in time. */
async function post(mode: 'propose' | 'execute', channel = 'C0CONTENT1', tries = 5): Promise<GateAnswer> {
  keys += 1;
  const because = { goal: 'tell the team', explanation: 'An article is ready.' };
  const input = { channel, text: `message ${keys}` };
  const answer = await writer.call('chat.message.post', input, {
    mode,
    because,
    ...(mode === 'execute' && { key: `post-${keys}` }),
  });
  return answer.status === 503 && tries > 1 ? post(mode, channel, tries - 1) : answer;
}

/** What the vendor was made to change; a proposal only reads there. */
async function posted() {
  return (await simulatorLog(gate, 'slack')).filter(({ changed }) => changed);
}

/** Whether the agent may execute: in its first week a person approves each, so `let` is to wait for one. */
async function executes(): Promise<'let' | 'refused'> {
  const { status } = await post('execute');
  expect([202, 403]).toContain(status);
  return status === 202 ? 'let' : 'refused';
}

async function readiness(): Promise<Readiness> {
  return (await ops('lena', 'GET', '/agents/content-writer/readiness')).json<Readiness>();
}

async function open(): Promise<string[]> {
  return (await readiness()).checks.filter(({ status }) => status !== 'pass').map(({ id }) => id);
}

async function view(): Promise<AutonomyView> {
  const all = await (await ops('lena', 'GET', '/autonomy')).json<AutonomyView[]>();
  return all.find(({ agent }) => agent === 'content-writer')!;
}

async function raise(person: Name): Promise<{ status: number; detail: string }> {
  const answer = await ops(person, 'POST', '/agents/content-writer/autonomy/raise', {
    to: 'execute',
    reason: 'its proposals were right',
  });
  const body = await answer.json<{ detail?: string }>();
  return { status: answer.status, detail: body.detail ?? '' };
}

async function journaled(kind: string): Promise<Record<string, unknown>[]> {
  const answer = await ops('lena', 'GET', `/journal?kind=${kind}&agent=content-writer`);
  const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
  return entries.map(({ data }) => data);
}

async function testContact(contact: ContactName): Promise<string> {
  const answer = await ops('olga', 'POST', '/agents/content-writer/contact-tests', { contact });
  const test = await answer.json<ContactTest>();
  expect(test).toMatchObject({ contact, delivery: 'by-hand' });
  return test.code;
}

const answer = async (person: Name, code: string): Promise<number> =>
  (await ops(person, 'POST', '/agents/content-writer/contact-answers', { code })).status;

const sign = async (person: Name, as: string): Promise<number> =>
  (await ops(person, 'POST', '/agents/content-writer/sign-offs', { as, reason: 'looked at it' })).status;

async function propose(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) expect((await post('propose')).status).toBe(200);
}

/** A stop and a resume of the agent, recorded as a drill that held. */
async function drill(): Promise<void> {
  const stopped = await ops('olga', 'POST', '/stops', { target: 'agent:content-writer', reason: 'a drill' });
  const { id } = await stopped.json<Receipt>();
  await eventually(async () => {
    const receipt = await (await ops('olga', 'GET', `/receipts/${id}`)).json<Receipt>();
    return receipt.status === 'settled' ? true : undefined;
  });
  expect((await ops('olga', 'DELETE', '/stops/agent:content-writer', { reason: 'over' })).status).toBe(200);
  const times = { detect: null, decide: null, stop: 10, restore: 10 };
  const report = '0'.repeat(64);
  const kept = await ops('olga', 'POST', '/drills', {
    receipt: id,
    verdict: 'held',
    violations: 0,
    report,
    times,
  });
  expect((await kept.json<DrillRecord>()).environment).toBe('production');
}

describe('an agent that is new in production', () => {
  test('proposes, and is told what else it may not do', async () => {
    expect((await post('propose')).status).toBe(200);
    const refused = await post('execute');
    expect(refused).toMatchObject({ status: 403, body: { code: 'denied', because: ['autonomy'] } });
    expect(refused.body['detail']).toBe(
      'This agent may only propose now: it is new here. Send the call in mode "propose". Two people can let it execute.',
    );
    expect(await posted()).toEqual([]);
    expect(await view()).toMatchObject({ mode: 'propose', why: 'start', since: null, falls: true });
  });

  test('is not raised before it is ready, and is told all that is missing', async () => {
    const { status, detail } = await raise('mara');
    expect(status).toBe(409);
    expect(detail).toContain('kill-switch fail');
    expect(detail).toContain('sign-off-business waits');
    expect(detail).toMatch(/[01] proposals since .* of 20 needed/);
    expect((await view()).waiting).toBeNull();
  });
});

describe('readiness', () => {
  test('opens with what people must do; what a machine can check is checked', async () => {
    await eventually(async () => ((await open()).includes('logging') ? undefined : true));
    expect(await open()).toEqual([
      'kill-switch',
      'contact-business',
      'contact-technical',
      'contact-incident',
      'sign-off-security',
      'sign-off-business',
    ]);
  });

  test('takes a drill that held', async () => {
    await drill();
    expect(await open()).not.toContain('kill-switch');
  });

  test('takes the answer of the contact itself and of nobody else', async () => {
    const code = await testContact('business');
    expect((await readiness()).checks.find(({ id }) => id === 'contact-business')?.status).toBe('waits');
    expect(await answer('tomas', code)).toBe(403);
    expect(await answer('mara', '000000000000')).toBe(404);
    expect(await answer('mara', code)).toBe(200);
    expect(await answer('mara', code)).toBe(404);
    expect(await answer('tomas', await testContact('technical'))).toBe(200);
    const shared = await testContact('incident');
    expect(await answer('olga', shared)).toBe(403);
    expect(await answer('ida', shared)).toBe(200);
    expect(await open()).toEqual(['sign-off-security', 'sign-off-business']);
  });

  test('gives a test up after five wrong codes', async () => {
    const code = await testContact('incident');
    for (let n = 0; n < 5; n += 1) expect(await answer('ida', `00000000000${n}`)).toBe(404);
    expect(await answer('ida', code)).toBe(404);
    // What was answered before holds.
    expect(await open()).not.toContain('contact-incident');
  });

  test('takes sign-offs by role, and the business owner’s own', async () => {
    expect(await sign('tomas', 'security')).toBe(403);
    expect(await sign('ida', 'business')).toBe(403);
    expect(await sign('ida', 'security')).toBe(201);
    expect(await sign('mara', 'business')).toBe(201);
    expect(await readiness()).toMatchObject({ ready: true, changed: [] });
  });
});

describe('a raise', () => {
  test('waits for a record as well', async () => {
    expect((await raise('mara')).detail).toMatch(/proposals since/);
    await propose(MIN_PROPOSALS);
    await eventually(async () => ((await view()).evidence!.proposals >= MIN_PROPOSALS ? true : undefined));
  });

  test('is asked by one person and put in force by another', async () => {
    expect((await raise('olga')).status).toBe(403);
    expect((await raise('mara')).status).toBe(202);
    expect((await view()).waiting).toMatchObject({ by: people.mara, to: 'execute' });
    expect(await executes()).toBe('refused');
    expect((await raise('mara')).status).toBe(403);
    expect(await executes()).toBe('refused');
    expect((await raise('ida')).status).toBe(200);
    expect(await executes()).toBe('let');
    expect(await view()).toMatchObject({ mode: 'execute', why: 'raised', by: [people.mara, people.ida] });
    const [entry] = await eventually(async () => {
      const found = await journaled('autonomy.raised');
      return found.length > 0 ? found : undefined;
    });
    expect(entry).toMatchObject({ people: [people.mara, people.ida], from: 'propose', to: 'execute' });
    expect(entry).toMatchObject({ evidence: { violations: 0 } });
  });

  test('leaves the agent on a leash for its first days, when policies have a person look at each execute', async () => {
    const asked = await post('execute');
    expect(asked).toMatchObject({ status: 202, body: { status: 'waiting' } });
    expect(await posted()).toEqual([]);
    const decision = { decision: 'approve', reason: 'as-expected' };
    const approval = String(asked.body['approval']);
    expect((await ops('olga', 'POST', `/approvals/${approval}/decision`, decision)).status).toBe(200);
    const done = await writer.wait(String(asked.body['call']), 10);
    expect(done).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect(await posted()).toHaveLength(1);
    expect((await view()).leash).toBe(25);
    const me = await writer.get('/v1/me');
    expect(me.body['limits']).toMatchObject([{ action: 'chat.message.post', max: 100 }]);
  });
});

describe('a change of what was signed', () => {
  const over = ({ version }: Governance): string => `/governance?over=${version}&reason=a+test`;
  const narrower = (): Governance =>
    changed(base, (manifest) => {
      manifest.limits[0]!.max = 396;
      manifest.version += 1;
    });

  test('that narrows keeps the launch', async () => {
    expect((await ops('mara', 'PUT', over(base), narrower())).status).toBe(200);
    expect(await view()).toMatchObject({ mode: 'execute' });
    expect(await executes()).toBe('let');
    expect(await readiness()).toMatchObject({ ready: true, changed: [] });
  });

  test('of the model locks execute at the next epoch, and reopens the sign-offs', async () => {
    const other = changed(base, (manifest) => {
      manifest.model.name = 'another';
      manifest.limits[0]!.max = 396;
      manifest.version += 2;
    });
    expect((await ops('mara', 'PUT', over(narrower()), other)).status).toBe(202);
    expect(await executes()).toBe('let');
    const reason = 'the new model was tried';
    expect((await ops('ida', 'POST', `/governance/${other.version}/approval`, { reason })).status).toBe(200);
    const refused = await post('execute');
    expect(refused.status).toBe(403);
    expect(refused.body['detail']).toContain('what it was signed off with has changed');
    expect((await post('propose')).status).toBe(200);
    expect(await open()).toEqual(['sign-off-security', 'sign-off-business']);
    expect((await readiness()).changed.join()).toContain('model changed');
    expect((await raise('mara')).detail).toContain('model changed');
    const entry = await eventually(async () => (await journaled('autonomy.reopened'))[0]);
    expect(entry).toMatchObject({ from: 'execute', to: 'propose' });
  });

  test('is signed and raised anew', async () => {
    expect(await sign('ida', 'security')).toBe(201);
    expect(await sign('mara', 'business')).toBe(201);
    await propose(MIN_PROPOSALS);
    await eventually(async () => ((await view()).evidence!.proposals >= MIN_PROPOSALS ? true : undefined));
    expect((await raise('ida')).status).toBe(202);
    expect((await raise('mara')).status).toBe(200);
    expect(await executes()).toBe('let');
  });
});

describe('an agent that executes', () => {
  test('falls by itself when its error budget is used up, and not before', async () => {
    const away = async (): Promise<unknown> => post('execute', 'C0ELSEWHERE');
    await away();
    await away();
    await eventually(async () => ((await view()).evidence!.violations === 2 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await executes()).toBe('let');
    const waiting = await post('execute');
    expect(waiting.status).toBe(202);
    const sent = (await posted()).length;
    await away();
    await eventually(async () => ((await view()).mode === 'propose' ? true : undefined));
    // What it had asked for before does not run either, although a person approves it.
    const decision = { decision: 'approve', reason: 'as-expected' };
    const approval = String(waiting.body['approval']);
    expect((await ops('olga', 'POST', `/approvals/${approval}/decision`, decision)).status).toBe(200);
    const ended = await writer.wait(String(waiting.body['call']), 10);
    expect(ended).toMatchObject({ status: 403, body: { because: ['autonomy'] } });
    expect(await posted()).toHaveLength(sent);
    const refused = await post('execute');
    expect(refused.body['detail']).toContain('it used up its error budget');
    const entry = await eventually(async () => (await journaled('autonomy.fell'))[0]);
    expect(entry).toMatchObject({ evidence: { violations: 3 } });
    expect(entry['reasons']).toEqual(['3 calls denied by policy, of 2 that its error budget allows']);
  });

  test('needs people and a new record to come back', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await executes()).toBe('refused');
    expect((await view()).evidence).toMatchObject({ violations: 0 });
    const { status, detail } = await raise('mara');
    expect(status).toBe(409);
    expect(detail).toMatch(/proposals since/);
  });

  test('is lowered further by one person at once', async () => {
    const body = { to: 'read', reason: 'looked wrong' };
    expect((await ops('lena', 'POST', '/agents/content-writer/autonomy/lower', body)).status).toBe(403);
    expect((await ops('olga', 'POST', '/agents/content-writer/autonomy/lower', body)).status).toBe(200);
    expect((await post('propose')).body['detail']).toContain('may only read now: a person lowered it');
    expect((await ops('olga', 'POST', '/agents/content-writer/autonomy/lower', body)).status).toBe(409);
  });
});

test('another agent of the name of one that is gone begins anew', async () => {
  const { governanceVersion: before } = await (await ops('lena', 'GET', '/stops')).json<StopsView>();
  const { version: _, ...content } = structuredClone(base);
  delete content.manifests['content-writer'];
  const gone = { version: governanceVersion(content), ...content };
  const terms = (over: string | null): string => `/governance?over=${over}&reason=a+test`;
  expect((await ops('mara', 'PUT', terms(before), gone)).status).toBe(200);
  const back = changed(base, (manifest) => void (manifest.version += 10));
  expect((await ops('mara', 'PUT', terms(gone.version), back)).status).toBe(202);
  const reason = 'it is back';
  expect((await ops('ida', 'POST', `/governance/${back.version}/approval`, { reason })).status).toBe(200);
  expect(await view()).toMatchObject({ mode: 'propose', why: 'start', since: null, executeSince: null });
  expect(await executes()).toBe('refused');
  expect(await eventually(async () => (await journaled('autonomy.forgotten'))[0])).toBeDefined();
});
