import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { compileGovernance } from '../../bin/lib/governance.ts';
import type { GateAnswer, GateClient } from '../../examples/gate-client.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { MeterView } from '../../shared/meters.ts';
import type { AgentLimits } from '../../shared/rpc.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

const agents = ['pool-one', 'pool-two', 'pool-three', 'pool-four', 'pool-five'];
const account = 'act_1010101010';
const [spring, webinar] = ['120210000000001', '120210000000002'] as const;

let gate: GateUnderTest;
let shipped: Governance;
let clients: GateClient[];

beforeAll(async () => {
  gate = await bootGate({ govern: false, agents });
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  shipped = compiled.governance;
  clients = agents.map((agent) => gate.agent(agent));
});
afterAll(async () => gate.close());

/** The shipped policies but those that hold a budget for people, five agents of one workflow, and these limits. */
async function govern(shared: Governance['shared'], own: Partial<Manifest> = {}): Promise<void> {
  const like = shipped.manifests['lead-router'];
  if (!like) throw new Error('no lead-router');
  const manifest: Manifest = {
    ...like,
    workflow: 'pooling',
    environments: ['sandbox'],
    grants: [
      { action: 'crm.company.read', mode: 'read' },
      { action: 'crm.company.create', mode: 'execute' },
      { action: 'crm.contact.update', mode: 'execute' },
      { action: 'ads.budget.update', mode: 'execute' },
    ],
    approved: { ...like.approved, accounts: [account], campaigns: [spring, webinar] },
    sources: ['crm'],
    destinations: ['crm', 'ads'],
    limits: [],
    budgets: [],
    sites: [],
    ...own,
  };
  const { version: _, ...rest } = shipped;
  const held = [
    'high-impact-waits',
    'publish-and-budget-need-two',
    'outside-hours-needs-two',
    'unproven-sinks-wait',
    'personal-data-of-others-waits',
  ];
  const set = {
    ...rest,
    policies: shipped.policies.filter(({ id }) => !held.includes(id)),
    manifests: Object.fromEntries(agents.map((agent) => [agent, { ...manifest, agent }])),
    ...(shared && { shared }),
  };
  await putInForce(gate, { version: governanceVersion(set), ...set });
  await Promise.all(clients.map(async (client) => client.token()));
}

const because = { goal: 'keep the CRM right', explanation: 'A company came in.' };
let made = 0;

async function create(client: GateClient, confidence = 95): Promise<GateAnswer> {
  made += 1;
  const input = { name: `Company ${made}`, domain: `company-${made}.example` };
  return client.call('crm.company.create', input, {
    mode: 'execute',
    key: `create-${made}`,
    because,
    confidence,
  });
}

async function setBudget(client: GateClient, campaign: string, dailyBudget: number, currency = 'EUR') {
  made += 1;
  const input = { account, campaign, dailyBudget, currency };
  return client.call('ads.budget.update', input, {
    mode: 'execute',
    key: `spend-${made}`,
    because,
    confidence: 95,
  });
}

async function creations(): Promise<number> {
  const log = await simulatorLog(gate, 'hubspot');
  return log.filter(({ method, path }) => method === 'POST' && path === '/crm/v3/objects/companies').length;
}

/** What is left of the first limit that this agent shares in a pool. */
async function leftIn(pool: string, client = clients[0]): Promise<number | undefined> {
  const me = await client?.get('/v1/me');
  const shared = me?.body['shared'] as { of: string; limits: MeterView[] | null }[];
  return shared.find(({ of }) => of === pool)?.limits?.[0]?.left;
}

/** A schema of the gate's own OpenAPI document, with those that it refers to. */
async function described(name: string): Promise<Parameters<typeof z.fromJSONSchema>[0]> {
  const document = await (await fetch(`${gate.url.origin}/openapi.json`)).text();
  const { components } = JSON.parse(document.replaceAll('#/components/schemas/', '#/$defs/')) as {
    components: { schemas: Record<string, object> };
  };
  return { ...components.schemas[name], $defs: components.schemas } as Parameters<typeof z.fromJSONSchema>[0];
}

async function fault(what: object): Promise<void> {
  await fetch(`${gate.url.origin}/simulator/hubspot/faults`, { method: 'POST', body: JSON.stringify(what) });
}

function count(answers: readonly GateAnswer[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => String(status))].map(([status, of]) => [status, of.length]),
  );
}

/**
 * Asks `times` times at once. On a busy machine some lapse before they start: those give back what they took, and are asked for
 * again until `most` went through. The statuses of all that were final.
 */
async function rush(
  times: number,
  most: number,
  ask: (n: number) => Promise<GateAnswer>,
): Promise<GateAnswer[]> {
  const first = await Promise.all(Array.from({ length: times }, async (_, n) => ask(n)));
  const done = first.filter(({ status }) => status !== 503);
  const through = (): number => done.filter(({ status }) => status === 200).length;
  for (let n = 0; n < 100 && through() < most; n += 1) {
    const again = await ask(n);
    if (again.status === 200) done.push(again);
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return done;
}

test('of 500 concurrent calls by five agents exactly the 100 that they share reach the vendor', async () => {
  await govern({ workflows: {}, vendors: { crm: { max: 100, per: 3_600 } } });
  const read = async (n: number): Promise<GateAnswer> =>
    clients[n % agents.length]!.call('crm.company.read', { id: '501' }, { mode: 'read', because });
  const answers = await rush(500, 100, read);
  expect(count(answers)['200']).toBe(100);
  const requests = (await simulatorLog(gate, 'hubspot')).filter(({ path }) =>
    path.includes('/companies/501'),
  );
  expect(requests).toHaveLength(100);
  expect(await leftIn('vendor:crm')).toBe(0);
  const again = await read(0);
  expect(again.status).toBe(429);
  expect(again.headers.get('ratelimit-policy')).toBe('"vendor:crm/rate";q=100;w=3600');
  expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(3_000);
  expect(again.body['detail']).toContain(
    'Limit that all who use the tool crm share: at most 100 calls in any hour. 0 left',
  );
});

test('a budget that a workflow shares is exact in sum, and every agent sees what is left', async () => {
  await govern({
    workflows: { pooling: { limits: [], budgets: [{ measure: 'records', max: 40, per: 'total' }] } },
    vendors: {},
  });
  const before = await creations();
  const answers = await rush(100, 40, async (n) => create(clients[n % agents.length]!));
  expect(count(answers)['200']).toBe(40);
  expect(await creations()).toBe(before + 40);
  expect(await leftIn('workflow:pooling', clients[3])).toBe(0);
  const { body } = await clients[3]!.get('/v1/me');
  expect(z.fromJSONSchema(await described('Me')).safeParse(body).error?.issues ?? []).toEqual([]);
  const refused = await create(clients[1]!);
  expect(refused.status).toBe(429);
  // It never comes back by waiting, and says so.
  expect(refused.headers.get('retry-after')).toBeNull();
  expect(refused.headers.get('ratelimit')).toBe('"workflow:pooling/budget-records";r=0');
  expect(refused.body['detail']).toContain('waiting does not bring them back');
});

test('more room for it counts what was used before, a known failure gives back, and an unclear outcome does not', async () => {
  await govern({
    workflows: { pooling: { limits: [], budgets: [{ measure: 'records', max: 43, per: 'total' }] } },
    vendors: {},
  });
  expect(await leftIn('workflow:pooling')).toBe(3);

  await fault({ fault: '429', method: 'POST', path: '/crm/v3/objects/companies', times: 1 });
  expect((await create(clients[0]!)).body['code']).toBe('vendor-failed');
  await eventually(async () => ((await leftIn('workflow:pooling')) === 3 ? true : undefined));

  await fault({ fault: 'drop-after-commit', method: 'POST', path: '/crm/v3/objects/companies', times: 1 });
  expect((await create(clients[0]!)).body['code']).toBe('indeterminate');
  expect(await leftIn('workflow:pooling')).toBe(2);

  // What is durable is what counts: the pool and the guards start anew, and a second message changes nothing.
  await gate.evict('toolgate-guard', 'Pool', 'workflow:pooling');
  await gate.evict('toolgate-guard', 'Guard', 'pool-one');
  expect(await leftIn('workflow:pooling')).toBe(2);
  const before = await creations();
  const answers = await rush(10, 2, async (n) => create(clients[n % agents.length]!));
  expect(count(answers)['200']).toBe(2);
  expect(await creations()).toBe(before + 2);
});

/** The storage of an object of the guard's Worker. */
async function storage(binding: string, name: string) {
  return gate.server.getWorker('toolgate-guard').getDurableObjectStorage(binding, { name });
}

test('a pool whose storage fails gives nothing, so the call is denied and nothing is sent', async () => {
  await govern({
    workflows: { pooling: { limits: [], budgets: [{ measure: 'records', max: 60, per: 'total' }] } },
    vendors: {},
  });
  const left = (await leftIn('workflow:pooling')) ?? 0;
  expect(left).toBeGreaterThan(5);
  const before = await creations();
  const pool = await storage('POOL', 'workflow:pooling');
  await pool.exec(`CREATE TRIGGER fails BEFORE INSERT ON hold BEGIN SELECT RAISE(ABORT, 'no'); END`);
  const refused = await create(clients[0]!);
  expect([refused.status, refused.body['code']]).toEqual([429, 'limited']);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await creations()).toBe(before);
  await (await storage('POOL', 'workflow:pooling')).exec('DROP TRIGGER fails');
  expect(await leftIn('workflow:pooling')).toBe(left);
});

test('a guard that dies between the taking and its intent: the pool asks, and takes it back', async () => {
  const left = (await leftIn('workflow:pooling')) ?? 0;
  const before = await creations();
  const guard = await storage('GUARD', 'pool-two');
  await guard.exec(`CREATE TRIGGER fails BEFORE INSERT ON call BEGIN SELECT RAISE(ABORT, 'no'); END`);
  expect((await create(clients[1]!)).status).toBe(503);
  await (await storage('GUARD', 'pool-two')).exec('DROP TRIGGER fails');
  expect(await leftIn('workflow:pooling')).toBe(left - 1);
  // It asks after half a minute; here that has passed.
  const pool = await storage('POOL', 'workflow:pooling');
  await pool.exec(`UPDATE hold SET due = 1 WHERE state = 'held' AND agent = 'pool-two'`);
  await gate.evict('toolgate-guard', 'Pool', 'workflow:pooling');
  await eventually(async () => ((await leftIn('workflow:pooling')) === left ? true : undefined));
  expect(await creations()).toBe(before);
});

test('a pool that does not hear how a call ended is told again', async () => {
  const left = (await leftIn('workflow:pooling')) ?? 0;
  const pool = await storage('POOL', 'workflow:pooling');
  await pool.exec(`CREATE TRIGGER fails BEFORE UPDATE ON hold BEGIN SELECT RAISE(ABORT, 'no'); END`);
  await fault({ fault: '429', method: 'POST', path: '/crm/v3/objects/companies', times: 1 });
  expect((await create(clients[2]!)).body['code']).toBe('vendor-failed');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(await leftIn('workflow:pooling')).toBe(left - 1);
  // What the guard has to tell survives it, too.
  await gate.evict('toolgate-guard', 'Guard', 'pool-three');
  await (await storage('POOL', 'workflow:pooling')).exec('DROP TRIGGER fails');
  await eventually(async () => ((await leftIn('workflow:pooling')) === left ? true : undefined), 20_000);
});

test('less room acts at once', async () => {
  await govern({
    workflows: { pooling: { limits: [], budgets: [{ measure: 'records', max: 41, per: 'total' }] } },
    vendors: {},
  });
  expect(await leftIn('workflow:pooling')).toBe(0);
  expect((await create(clients[4]!)).status).toBe(429);
});

test('an agent’s own budget in money is kept for each campaign, in its currency only', async () => {
  await govern(undefined, {
    budgets: [{ measure: 'spend', currency: 'EUR', max: 1_000, per: 'day', each: 'campaign' }],
    radius: [{ of: 'campaigns', max: 2, per: 'day' }],
  });
  const [client] = clients as [GateClient];
  // What is added to the 50.00 a day that Meta has counts, and not the whole.
  const spent: GateAnswer[] = [];
  for (const more of [300, 600, 900, 1_200]) spent.push(await setBudget(client, spring, 5_000 + more));
  expect(spent.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(spent.at(-1)?.body['detail']).toContain(
    'at most 1000 minor units of EUR for each campaign in any day. 100 left, and this call needs 300',
  );
  const yen = await setBudget(client, webinar, 2_001, 'JPY');
  expect([yen.status, yen.body['detail']]).toEqual([403, expect.stringContaining('not converted')]);
  const most = await setBudget(client, webinar, 3_001);
  expect([most.status, most.body['detail']]).toEqual([
    403,
    expect.stringContaining('by itself it is past the limit'),
  ]);
  expect((await setBudget(client, webinar, 3_000)).status).toBe(200);
  // Less than there is adds nothing, and gives nothing back.
  expect((await setBudget(client, webinar, 1_500)).status).toBe(200);

  // The same after the guard starts anew, and for whoever answers for the agent.
  await gate.evict('toolgate-guard', 'Guard', 'pool-one');
  const answer = await gate.ops('auditor', 'GET', '/agents/pool-one/limits');
  const { budgets, radius } = await answer.json<AgentLimits>();
  expect(budgets[0]?.by).toEqual([
    { name: webinar, used: 1_000, left: 0 },
    { name: spring, used: 900, left: 100 },
  ]);
  expect(radius[0]).toMatchObject({ measure: 'campaigns', used: 2, left: 0 });
  expect((await gate.ops('operator', 'GET', '/agents/nobody/limits')).status).toBe(404);
  expect((await gate.ops('nobody', 'GET', '/agents/pool-one/limits')).status).toBe(401);
});

test('a call that waits for people takes nothing until it runs, and then finds what is left', async () => {
  const one = { measure: 'records', max: 1, per: 'total' } as const;
  await govern(
    { workflows: { waiting: { limits: [], budgets: [one] } }, vendors: {} },
    { workflow: 'waiting', budgets: [{ ...one, max: 50 }] },
  );
  const unsure = async (client: GateClient): Promise<GateAnswer> => create(client, 50);
  const [first, second] = [await unsure(clients[0]!), await unsure(clients[1]!)];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(await leftIn('workflow:waiting')).toBe(1);

  const decision = { decision: 'approve', reason: 'as-expected' };
  const approve = async ({ body }: GateAnswer): Promise<Response> =>
    gate.ops('approver', 'POST', `/approvals/${String(body['approval'])}/decision`, decision);
  const before = await creations();
  expect((await approve(first)).status).toBe(200);
  expect((await clients[0]!.wait(String(first.body['call']), 20)).status).toBe(200);
  expect(await leftIn('workflow:waiting')).toBe(0);

  // Approved, and there is no room for it any more: it ends, as waiting would not help.
  expect((await approve(second)).status).toBe(200);
  const ended = await clients[1]!.wait(String(second.body['call']), 20);
  expect([ended.status, ended.body['code']]).toEqual([429, 'limited']);
  expect(await creations()).toBe(before + 1);
});
