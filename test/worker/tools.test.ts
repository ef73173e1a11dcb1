import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canonical } from '../../shared/canonical.ts';
import { faults } from '../../workers/sandbox/faults.ts';
import { findWorkers } from '../../bin/lib/workers.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { apart, atVendors, covered, faultsOf, toolBehaviour, tools } from './tool-behaviour.ts';
import { action, exampleOf, toolKit, varsOfTools, vendors, type ToolKit } from './tools-kit.ts';

const booted = tools();
let gate: GateUnderTest;
let kit: ToolKit;
beforeEach(() => {
  ({ gate, kit } = booted());
});

toolBehaviour(booted, (tool) => !apart.includes(tool));

test('every fault switch of the simulator is one of those that every action meets', () => {
  expect(new Set([...Object.keys(covered), 'unlimited'])).toEqual(new Set(faults));
  expect(faultsOf('refusal')).toEqual(['429', 'revoked']);
  expect(faultsOf('harmless')).toEqual(['extra-field', 'paging-loop']);
});

describe('between two requests of one call', () => {
  test('nothing more starts once the time to start has passed', async () => {
    await kit.fault('hubspot', { fault: 'slow', delayMs: 300, method: 'GET' });
    const claims = { startBefore: Date.now() + 150 };
    expect(await kit.run(action('crm.contact.update'), { claims })).toEqual({ kind: 'lapsed' });
    expect((await kit.log('hubspot')).map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('crm', () => {
  // Some of these reach HubSpot past the kit.
  beforeEach(async () => kit.reset());

  const update = action('crm.contact.update');
  const hubspot = async (method: string, path: string, body: unknown): Promise<Response> =>
    fetch(new URL(`/simulator/hubspot/api${path}`, gate.url).href, {
      method,
      headers: { authorization: `Bearer ${gate.secrets.workers['crm']!['HUBSPOT_WRITE_TOKEN']}` },
      body: JSON.stringify(body),
    });

  test('an update gives the values before as its undo, and the undo brings them back', async () => {
    const input = { id: '101', firstName: 'Adele', phone: null };
    const outcome = await kit.run(update, { input });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      output: { id: '101', firstName: 'Adele', phone: null, lastName: 'Müller-Lüdenscheidt' },
      undo: { action: 'crm.contact.update', input: { id: '101', firstName: 'Ada', phone: '+49 30 5550101' } },
    });
    if (outcome.kind !== 'succeeded' || !outcome.undo) throw new Error('no undo');
    const undone = await kit.run(update, { input: outcome.undo.input });
    expect(undone).toMatchObject({ output: { firstName: 'Ada', phone: '+49 30 5550101' } });
  });

  test('a preview of an update shows what the fields hold now, and of a company that there is one already', async () => {
    const seen = await kit.preview(update, { input: { id: '101', firstName: 'Adele', phone: null } });
    expect(seen).toMatchObject({
      preview: {
        before: { id: '101', firstName: 'Ada', phone: '+49 30 5550101' },
        changes: [
          { field: 'firstName', before: 'Ada', after: 'Adele' },
          { field: 'phone', before: '+49 30 5550101', after: null },
        ],
      },
    });
    const twin = await kit.preview(action('crm.company.create'), {
      input: { name: 'Northwind', domain: 'northwind.example' },
    });
    expect(twin).toMatchObject({
      preview: {
        before: null,
        sideEffects: ['A duplicate: companies with this domain are there already: 2.'],
      },
    });
  });

  test('a preview of a contact that exists is a conflict', async () => {
    const seen = await kit.preview(action('crm.contact.create'), { input: { email: 'ada@acme.example' } });
    expect(seen).toMatchObject({ kind: 'failed', reason: 'conflict' });
  });

  test('promises no undo that its own contract would refuse', async () => {
    // Set at the vendor by hand, in a form that the contract would not write back.
    const odd = await hubspot('PATCH', '/crm/v3/objects/contacts/101', { properties: { phone: 'ask Ada' } });
    expect(odd.status).toBe(200);
    const outcome = await kit.run(update, { input: { id: '101', phone: '+49 30 5550199' } });
    expect(outcome).toMatchObject({ kind: 'succeeded', output: { phone: '+49 30 5550199' } });
    expect(outcome).not.toHaveProperty('undo');
  });

  test('half a character in what HubSpot holds comes out whole', async () => {
    await hubspot('PATCH', '/crm/v3/objects/contacts/101', { properties: { jobtitle: 'Boss \ud800' } });
    const outcome = await kit.run(action('crm.contact.read'), { input: { id: '101' } });
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    expect(outcome.output['jobTitle']).toBe('Boss \ufffd');
    expect(() => canonical(outcome.output)).not.toThrow();
  });

  test('a contact that exists is a conflict, and nothing is changed', async () => {
    const outcome = await kit.run(action('crm.contact.create'), { input: { email: 'ADA@acme.example' } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'conflict' });
    expect(await kit.changes(update)).toBe(0);
  });

  test('values that HubSpot refuses are rejected, and nothing is changed', async () => {
    const outcome = await kit.run(update, { input: { id: '101', ownerId: '123456' } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await kit.changes(update)).toBe(0);
  });

  test.each(['crm.contact.read', 'crm.company.read', 'crm.contact.update', 'crm.company.update'])(
    '%s of an unknown id is not found',
    async (name) => {
      const input = { id: '999999', ...(name.endsWith('update') && { country: 'Chile' }) };
      expect(await kit.run(action(name), { input })).toMatchObject({ kind: 'failed', reason: 'not-found' });
    },
  );

  test('a search that matches nothing is empty, duplicates are all shown, pages follow one another', async () => {
    const search = action('crm.company.search');
    const none = await kit.run(search, { input: { domain: 'nobody.example' } });
    expect(none).toMatchObject({ kind: 'succeeded', output: { total: 0, companies: [], next: null } });
    const first = await kit.run(search, { input: { domain: 'northwind.example', limit: 1 } });
    expect(first).toMatchObject({ output: { total: 2, companies: [{ id: '505' }], next: '1' } });
    const second = await kit.run(search, { input: { domain: 'northwind.example', limit: 1, after: '1' } });
    expect(second).toMatchObject({ output: { companies: [{ id: '506' }], next: null } });
  });

  test('names in any script, and missing fields, come through', async () => {
    const read = action('crm.contact.read');
    expect(await kit.run(read, { input: { id: '103' } })).toMatchObject({ output: { firstName: '桜' } });
    expect(await kit.run(read, { input: { id: '108' } })).toMatchObject({ output: { email: null } });
  });

  test('a lost create is not taken for done when an older contact has the address', async () => {
    const outcome = await kit.find(action('crm.contact.create'), { input: { email: 'ada@acme.example' } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'conflict' });
  });
});

describe('enrichment', () => {
  test('states the size of a company as numbers', async () => {
    const lookup = action('enrichment.company.lookup');
    expect(await kit.run(lookup, { input: { domain: 'colossus.example' } })).toMatchObject({
      output: { employeesMin: 100_000, employeesMax: null },
    });
    expect(await kit.run(lookup, { input: { domain: 'nosize.example' } })).toMatchObject({
      output: { employeesMin: null, employeesMax: null, countryCode: null },
    });
  });

  test('whoever objected, or is unknown, is not found', async () => {
    for (const email of ['private@acme.example', 'nobody@acme.example']) {
      const outcome = await kit.run(action('enrichment.person.lookup'), { input: { email } });
      expect(outcome).toMatchObject({ kind: 'failed', reason: 'not-found' });
    }
  });

  test('says of a mail address whether it takes mail, and nothing else', async () => {
    const verify = action('enrichment.email.verify');
    const told = async (email: string) => kit.run(verify, { input: { email } });
    for (const [email, status] of [
      ['ada@acme.example', 'valid'],
      ['nobody@globex.example', 'accept_all'],
      ['someone@nowhere.example', 'invalid'],
      ['x@disposable.example', 'disposable'],
    ] as const)
      expect(await told(email), email).toEqual({ kind: 'succeeded', output: { status } });
    expect(await told('private@acme.example')).toMatchObject({ kind: 'failed', reason: 'not-found' });
  });

  test('an address that Hunter is still asking about has no status yet', async () => {
    const verify = action('enrichment.email.verify');
    expect(await kit.run(verify, { input: { email: 'who@slow.example' } })).toMatchObject({
      kind: 'failed',
      reason: 'unavailable',
      retryAfter: 20,
    });
  });
});

describe('ads', () => {
  const budget = action('ads.budget.update');
  const set = (input: Record<string, unknown>) =>
    kit.run(budget, { input: { ...exampleOf(budget), ...input } });
  const held = async (campaign: unknown): Promise<Record<string, unknown>> =>
    (await kit.simulator('GET', `meta/records/campaigns/${String(campaign)}`)).json();

  test('a change of a budget gives the former one as its undo, and the undo brings it back', async () => {
    const { campaign } = exampleOf(budget);
    const outcome = await set({ dailyBudget: 7_500 });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      output: { dailyBudget: 7_500, currency: 'EUR' },
      undo: { action: 'ads.budget.update', input: { campaign, dailyBudget: 5_000, currency: 'EUR' } },
    });
    expect(await held(campaign)).toMatchObject({ daily_budget: '7500' });
    if (outcome.kind !== 'succeeded' || !outcome.undo) throw new Error('no undo');
    await kit.run(budget, { input: outcome.undo.input });
    expect(await held(campaign)).toMatchObject({ daily_budget: '5000' });
  });

  test.each([
    ["another account's campaign", { campaign: '120220000000001' }, 'not-found'],
    ['a campaign that does not exist', { campaign: '99999999' }, 'not-found'],
    ['another currency than the account is billed in', { currency: 'USD' }, 'rejected'],
    ['a campaign whose ad sets have the budgets', { campaign: '120210000000003' }, 'rejected'],
    ['a campaign with a budget in all', { campaign: '120210000000004' }, 'rejected'],
  ])('%s is refused before anything is written', async (_what, input, reason) => {
    expect(await set(input)).toMatchObject({ kind: 'failed', reason });
    expect((await kit.log('meta')).every(({ method }) => method === 'GET')).toBe(true);
  });

  test("an account that was named does not open another's campaign to reads", async () => {
    const input = { account: 'act_1010101010', campaign: '120220000000001' };
    for (const name of ['ads.campaign.read', 'ads.insights.read']) {
      const dates = name.includes('insights') ? { since: '2026-01-01', until: '2026-01-02' } : {};
      expect(await kit.run(action(name), { input: { ...input, ...dates } })).toMatchObject({
        kind: 'failed',
        reason: 'not-found',
      });
    }
  });

  test('what Meta itself refuses is rejected, and nothing is changed', async () => {
    expect(await set({ dailyBudget: 50 })).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await kit.changes(budget)).toBe(0);
  });

  test('a token that Meta does not take is a matter of the credential', async () => {
    const config = gate.secrets.workers['sandbox']!['META_READ_TOKEN_SHA256'];
    expect(config).toMatch(/^[0-9a-f]{64}$/);
    const answer = await fetch(new URL('/simulator/meta/api/v25.0/act_1010101010', gate.url).href, {
      headers: { authorization: 'Bearer EAAwrong' },
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 190, type: 'OAuthException' } });
  });

  test('pause and resume are each the undo of the other, and of nothing when nothing changed', async () => {
    const pause = action('ads.campaign.pause');
    const resume = action('ads.campaign.resume');
    const input = exampleOf(pause);
    const paused = await kit.run(pause, { input });
    expect(paused).toMatchObject({ output: { status: 'PAUSED' }, undo: { action: 'ads.campaign.resume' } });
    expect(await kit.run(pause, { input })).not.toHaveProperty('undo');
    expect(await kit.run(resume, { input })).toMatchObject({ undo: { action: 'ads.campaign.pause', input } });
    expect(await held(input['campaign'])).toMatchObject({ status: 'ACTIVE' });
  });

  test('a preview refuses what a change would refuse', async () => {
    const input = { ...exampleOf(budget), currency: 'USD' };
    expect(await kit.preview(budget, { input })).toMatchObject({ kind: 'failed', reason: 'rejected' });
    const other = { ...exampleOf(budget), campaign: '120220000000001' };
    expect(await kit.preview(budget, { input: other })).toMatchObject({ reason: 'not-found' });
  });

  test('an archived campaign is neither paused nor resumed', async () => {
    const input = { ...exampleOf(budget), campaign: '120210000000005' };
    const { dailyBudget: _, currency: __, ...where } = input as Record<string, unknown>;
    const outcome = await kit.run(action('ads.campaign.resume'), { input: where });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await kit.changes(budget)).toBe(0);
  });

  test('spend comes in the units that budgets are in, and nothing delivered is nothing', async () => {
    const days = { since: '2026-01-01', until: '2026-01-31' };
    const spend = async (account: string, campaign: string) => {
      const outcome = await kit.run(action('ads.insights.read'), { input: { account, campaign, ...days } });
      return outcome.kind === 'succeeded' && [outcome.output['spend'], outcome.output['currency']];
    };
    expect(await spend('act_1010101010', '120210000000001')).toEqual([149_750, 'EUR']);
    expect(await spend('act_2020202020', '120220000000001')).toEqual([124_000, 'JPY']);
    expect(await spend('act_1010101010', '120210000000002')).toEqual([0, null]);
  });

  test.each([
    ['of another account', { account: 'act_2020202020' }],
    ['of another campaign of the same account', { campaign: '120210000000001' }],
    ['that does not exist', { adset: '99999999' }],
  ])('an ad set %s is neither read nor changed', async (_what, more) => {
    for (const name of ['ads.adset.read', 'ads.adset.update', 'ads.adset.pause']) {
      const one = action(name);
      const outcome = await kit.run(one, { input: { ...exampleOf(one), ...more } });
      expect(outcome, name).toMatchObject({ kind: 'failed', reason: 'not-found' });
    }
    expect(await kit.changes(budget)).toBe(0);
  });

  test('an ad set under a campaign that has the budget has none of its own, and gets none', async () => {
    const of = { account: 'act_1010101010', campaign: '120210000000001', adset: '120310000000005' };
    expect(await kit.run(action('ads.adset.read'), { input: of })).toMatchObject({
      output: { dailyBudget: null, lifetimeBudget: null, effectiveStatus: 'ACTIVE' },
    });
    const outcome = await kit.run(action('ads.adset.update'), {
      input: { ...of, dailyBudget: 900, currency: 'EUR' },
    });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await kit.changes(budget)).toBe(0);
  });

  test('ad sets are listed of an account or of a campaign, and what one of them delivered is its own', async () => {
    const listed = async (input: Record<string, unknown>) => {
      const outcome = await kit.run(action('ads.adset.list'), { input });
      if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
      return (outcome.output['adsets'] as { adset: string }[]).map((one) => one.adset.slice(-1));
    };
    const account = 'act_1010101010';
    expect(await listed({ account })).toEqual(['1', '2', '3', '4', '5']);
    expect(await listed({ account, campaign: '120210000000001' })).toEqual(['5']);
    const other = await kit.run(action('ads.adset.list'), {
      input: { account, campaign: '120220000000001' },
    });
    expect(other).toMatchObject({ kind: 'failed', reason: 'not-found' });
    const of = { account, campaign: '120210000000003', since: '2026-01-01', until: '2026-01-31' };
    const one = await kit.run(action('ads.insights.read'), { input: { ...of, adset: '120310000000001' } });
    expect(one).toMatchObject({ output: { adset: '120310000000001', spend: 21_040, currency: 'EUR' } });
    expect(await kit.run(action('ads.insights.read'), { input: of })).toMatchObject({
      output: { adset: null, spend: 0 },
    });
  });

  test('what a change of a budget adds is told from the budget at Meta; a Meta that cannot be asked tells nothing', async () => {
    const told = async (more: Record<string, unknown>) =>
      kit.facts(budget, { input: { ...exampleOf(budget), ...more } });
    expect(await told({ dailyBudget: 6_000 })).toEqual({ found: true, present: 5_000, increase: 1_000 });
    expect(await told({ dailyBudget: 4_000 })).toEqual({ found: true, present: 5_000, increase: 0 });
    expect(await told({ campaign: '99999999', dailyBudget: 70 })).toEqual({
      found: false,
      present: 0,
      increase: 70,
    });
    await kit.fault('meta', { fault: '500' });
    await expect(told({ dailyBudget: 6_000 })).rejects.toThrow('could not be read');
  });

  test('a list goes on from page to page', async () => {
    const list = action('ads.campaign.list');
    const input = { account: 'act_1010101010', limit: 3 };
    const first = await kit.run(list, { input });
    if (first.kind !== 'succeeded') throw new Error(first.kind);
    expect(first.output['campaigns']).toHaveLength(3);
    const second = await kit.run(list, { input: { ...input, after: first.output['next'] } });
    expect(second).toMatchObject({
      output: { campaigns: [{ campaign: '120210000000004' }, {}], next: null },
    });
  });
});

describe('chat', () => {
  const post = action('chat.message.post');
  const channel = 'C0LEADS001';

  test('text cannot mention, link or format; the message carries the call', async () => {
    const call = 'call_01JD00000000000000000000QA';
    const text = '<!channel> & <@U0BOSS> <https://evil.example|click>\n*bold*';
    await kit.run(post, { input: { channel, text }, claims: { call } });
    const messages = await (await kit.simulator('GET', 'slack/records/messages')).json<object[]>();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      text: '&lt;!channel&gt; &amp; &lt;@U0BOSS&gt; &lt;https://evil.example|click&gt;\n*bold*',
      metadata: { event_type: 'toolgate_call', event_payload: { call } },
    });
    expect(messages[0]).not.toHaveProperty('blocks');
  });

  test.each([
    ['C0NOSUCH001', 'not-found'],
    ['C0ARCHIVE1', 'rejected'],
    ['C0PRIVATE1', 'rejected'],
  ])('a refusal of Slack (%s) is a clean failure: %s', async (id, reason) => {
    const outcome = await kit.run(post, { input: { channel: id, text: 'hello' } });
    expect(outcome).toMatchObject({ kind: 'failed', reason });
    expect(await kit.changes(post)).toBe(0);
  });

  test("Slack's wait is passed on in seconds", async () => {
    await kit.fault('slack', { fault: '429' });
    expect(await kit.run(post)).toMatchObject({ reason: 'vendor-limited', retryAfter: 7 });
  });

  test('another call with the same text is not taken for this one', async () => {
    await kit.run(post, { claims: { call: 'call_01JD00000000000000000000QB' } });
    const found = await kit.find(post, { claims: { call: 'call_01JD00000000000000000000QA' } });
    expect(found).toMatchObject({ kind: 'failed' });
  });
});

describe('chat, later', () => {
  const schedule = action('chat.message.schedule');
  const unschedule = action('chat.message.unschedule');
  const channel = 'C0LEADS001';
  const inMinutes = (minutes: number) =>
    new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, '');
  const posted = async () =>
    (await (await kit.simulator('GET', 'slack/records/messages')).json<{ text: string }[]>()).map(
      ({ text }) => text,
    );
  const scheduled = async (text: string, postAt = inMinutes(10)) => {
    const outcome = await kit.run(schedule, { input: { channel, text, postAt } });
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    return outcome;
  };
  const after = async (minutes: number) =>
    kit.simulator('POST', 'slack/clock', { aheadSeconds: minutes * 60 });

  test('a scheduled message is posted when its time comes, and says how it is taken back', async () => {
    const outcome = await scheduled('at ten & <!here>');
    expect(outcome.undo).toEqual({
      action: 'chat.message.unschedule',
      input: { channel, scheduledMessage: outcome.output['scheduledMessage'] },
      images: {
        before: null,
        after: { channel, scheduledMessage: outcome.output['scheduledMessage'] },
      },
    });
    await after(9);
    expect(await posted()).toEqual([]);
    await after(11);
    expect(await posted()).toEqual(['at ten &amp; &lt;!here&gt;']);
    expect((await kit.log('slack')).at(-1)).toMatchObject({ method: 'DUE', changed: true });
  });

  test('a deleted one is not, and a second deletion finds nothing', async () => {
    const { undo } = await scheduled('never');
    const input = undo?.input ?? {};
    expect(await kit.run(unschedule, { input })).toMatchObject({ kind: 'succeeded', output: input });
    expect(await kit.run(unschedule, { input })).toMatchObject({ kind: 'failed', reason: 'not-found' });
    await after(20);
    expect(await posted()).toEqual([]);
  });

  test('Slack deletes none that it posts within a minute', async () => {
    const { undo } = await scheduled('soon');
    await after(9.5);
    const late = await kit.run(unschedule, { input: undo?.input ?? {} });
    expect(late).toMatchObject({ kind: 'failed', reason: 'not-found' });
  });

  test.each([
    ['in the past', '2020-01-01T00:00:00Z'],
    ['too far ahead', '2098-01-01T00:00:00Z'],
  ])('a time %s is a clean refusal', async (_what, postAt) => {
    const outcome = await kit.run(schedule, { input: { channel, text: 'x', postAt } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'rejected' });
  });

  test('of two alike it cannot be told which one is whose', async () => {
    const postAt = inMinutes(10);
    await scheduled('twin', postAt);
    await scheduled('twin', postAt);
    expect(await kit.find(schedule, { input: { channel, text: 'twin', postAt } })).toBeNull();
  });
});

describe('what a Worker holds', () => {
  const workers = findWorkers(root);
  const secrets = workers
    .filter(({ folder }) => folder.startsWith('workers/tools/'))
    .flatMap(({ name, secrets }) => secrets.map((secret) => [secret, name] as const))
    .filter(([secret]) => secret !== 'DISPATCH_PUBLIC_KEY');

  test.each(secrets)('%s is in the env of %s and of no other Worker', async (secret, owner) => {
    for (const { name } of workers) {
      const env: object = await gate.server.getWorker(`toolgate-${name}`).getEnv();
      expect(Object.keys(env).includes(secret), name).toBe(name === owner);
    }
  });
});

describe('with both a simulator and live mode set', () => {
  let both: GateUnderTest;
  beforeAll(async () => {
    const vars = varsOfTools((origin) => ({ VENDOR_MODE: 'live', VENDOR_ORIGIN: origin }));
    both = await bootGate({ govern: false, vars });
  });
  afterAll(async () => both?.close());

  test.each(atVendors)('$name refuses and asks nobody', async (one) => {
    const kit = await toolKit(both);
    expect(await kit.run(one)).toMatchObject({ kind: 'failed', reason: 'refused' });
    for (const vendor of vendors) expect(await kit.log(vendor)).toEqual([]);
  });
});
