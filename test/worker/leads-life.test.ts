import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { ada, aSite, leadsKit, soon, type LeadsKit } from './leads-kit.ts';

let gate: GateUnderTest;
let leads: LeadsKit;
const sites = [
  aSite('kept'),
  aSite('slow', {
    responseSeconds: 5,
    rules: [{ id: 'fr', when: { country: ['FR'] }, queue: 'sales-emea' }],
  }),
  aSite('routed'),
  aSite('old', { retentionDays: 1 }),
  aSite('limited', { perAddress: { max: 3, per: 60 } }),
  aSite('shown'),
];

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  leads = await leadsKit(gate);
  await leads.apply(sites);
});
afterAll(async () => gate?.close());

async function accepted(site: string, fields: Record<string, unknown> = ada): Promise<string> {
  const { status, body } = await leads.post(site, fields);
  expect(status).toBe(202);
  return String(body['lead']);
}

interface JournalEntry {
  source: string;
  kind: string;
  data: Record<string, unknown>;
}

/** The site's journal entries of one lead. */
async function journaled(
  site: string,
  lead: string,
): Promise<{ kind: string; data: Record<string, unknown> }[]> {
  const answer = await gate.ops('auditor', 'GET', `/journal?limit=500`);
  const { entries } = await answer.json<{ entries: JournalEntry[] }>();
  return entries.filter(({ source, data }) => source === `leads:${site}` && data['lead'] === lead);
}

describe('an accepted lead survives', () => {
  test('the eviction of its inbox, at once and with everything it said', async () => {
    const id = await accepted('kept');
    await leads.evict('kept');
    expect(await leads.one('kept', id)).toMatchObject({ status: 'new' });
    const desk = await leads.desk();
    expect(await desk.get(id)).toMatchObject({ id, employees: 40 });
    const { name, email, phone, company, interest, message } = ada;
    const said = { name, email, phone, company, interest, message };
    expect(await desk.read(leads.call('leads.lead.get'), id)).toMatchObject(said);
  });

  test('and is still the same lead when sent again after it', async () => {
    const id = await accepted('kept');
    await leads.evict('kept');
    expect(await accepted('kept')).toBe(id);
  });

  test('limits survive it too', async () => {
    for (let n = 0; n < 3; n += 1) await accepted('limited', { ...ada, message: String(n) });
    await leads.evict('limited');
    expect((await leads.post('limited', { ...ada, message: 'more' })).status).toBe(429);
  });

  test('an inbox that nobody asks for anything still meets its deadline after it', async () => {
    const id = await accepted('slow', { ...ada, message: 'evicted' });
    await leads.evict('slow');
    await vi.waitFor(
      async () =>
        expect(await leads.sql('slow', `SELECT status FROM lead WHERE id = '${id}'`)).toEqual([
          { status: 'human-queue' },
        ]),
      { timeout: 15_000, interval: 500 },
    );
  });
});

describe('past the response time of its site', () => {
  test('a lead that nobody routed goes to the human queue, others stay', async () => {
    const waiting = await accepted('slow');
    const byRule = await accepted('slow', { ...ada, country: 'FR' });
    const byAgent = await accepted('slow', { ...ada, message: 'by agent' });
    const isTest = await accepted('slow', { ...ada, test: '1' });
    const spam = await accepted('slow', { ...ada, message: 'spam', url_confirm: '1' });
    expect(await (await leads.desk()).route(byAgent, 'sales-dach', '', 'call_deadline', soon())).toBe(
      'routed',
    );
    expect(await leads.one('slow', waiting)).toMatchObject({ status: 'new', queue: null });
    await vi.waitFor(
      async () =>
        expect(await leads.one('slow', waiting)).toMatchObject({
          status: 'human-queue',
          queue: 'human-queue',
          routedBy: 'deadline',
        }),
      { timeout: 15_000, interval: 250 },
    );
    expect(await leads.one('slow', byRule)).toMatchObject({ status: 'routed', queue: 'sales-emea' });
    expect(await leads.one('slow', byAgent)).toMatchObject({ status: 'routed', queue: 'sales-dach' });
    expect(await leads.one('slow', isTest)).toMatchObject({ status: 'new', queue: null });
    expect(await leads.one('slow', spam)).toMatchObject({ status: 'quarantined', queue: null });
  });
});

describe('the desk', () => {
  test('routes once, says so again for the same call, and refuses another', async () => {
    const id = await accepted('routed');
    const desk = await leads.desk();
    const calls = await Promise.all(
      Array.from({ length: 10 }, async () => desk.route(id, 'sales-dach', 'n', 'call_a', soon())),
    );
    expect(new Set(calls)).toEqual(new Set(['routed']));
    expect(await desk.route(id, 'sales-us', '', 'call_b', soon())).toBe('already-routed');
    expect(await desk.get(id)).toMatchObject({ status: 'routed', queue: 'sales-dach', routedBy: 'call_a' });
    expect([await desk.routedBy(id, 'call_a'), await desk.routedBy(id, 'call_b')]).toEqual([true, false]);
    expect(await leads.sql('routed', `SELECT count(*) AS n FROM routing WHERE lead = '${id}'`)).toEqual([
      { n: 1 },
    ]);
  });

  test('routes nothing for a call that arrives too late, and says of one that was in time that it was', async () => {
    const id = await accepted('routed', { ...ada, message: 'late' });
    const desk = await leads.desk();
    for (const startBefore of [Date.now(), 0, NaN, undefined as unknown as number]) {
      expect(await desk.route(id, 'sales-dach', '', 'call_late', startBefore)).toBe('late');
    }
    expect(await desk.get(id)).toMatchObject({ status: 'new', queue: null, routedBy: null });
    expect(await desk.routedBy(id, 'call_late')).toBe(false);
    expect(await desk.route(id, 'sales-dach', '', 'call_in_time', soon())).toBe('routed');
    expect(await desk.route(id, 'sales-dach', '', 'call_in_time', Date.now() - 1)).toBe('routed');
  });

  test('takes a routing back to the human queue, and still knows which call routed it', async () => {
    const id = await accepted('routed', { ...ada, message: 'undo' });
    const desk = await leads.desk();
    await desk.route(id, 'sales-dach', '', 'call_c', soon());
    expect(await desk.route(id, 'human-queue', 'Undo of call_c', 'call_d', soon())).toBe('routed');
    expect(await desk.get(id)).toMatchObject({
      status: 'human-queue',
      queue: 'human-queue',
      routedBy: 'call_d',
    });
    expect(await desk.routedBy(id, 'call_c')).toBe(true);
  });

  test('answers for leads of every site, oldest first, and for nothing else', async () => {
    const ids = [
      await accepted('kept', { ...ada, message: '1' }),
      await accepted('routed', { ...ada, message: '2' }),
    ];
    const desk = await leads.desk();
    const list = async (status: string, limit: number): ReturnType<typeof desk.list> =>
      desk.list(leads.call('leads.lead.list'), { status, limit });
    const listed = (await list('new', 100)).map(({ id }) => id);
    expect(listed.filter((id) => ids.includes(id))).toEqual(ids);
    expect(listed).toEqual(listed.toSorted());
    expect(await list('new', 1)).toHaveLength(1);
    expect(await list('quarantined', 100)).toEqual([]);
    for (const id of ['lead_00000000000000000000000000', 'nonsense', '', 'call_00000000000000000000000000']) {
      expect(await desk.get(id)).toBeNull();
      expect(await desk.route(id, 'sales-dach', '', 'call_x', soon())).toBe('not-found');
    }
  });

  test('shows agents nothing beside the record', async () => {
    const id = await accepted('kept', { ...ada, message: 'extra', own: 'secret', utm_source: 'ads' });
    const desk = await leads.desk();
    const record = await desk.read(leads.call('leads.lead.get'), id);
    expect(record).toMatchObject({ id, message: 'extra' });
    expect(JSON.stringify(record)).not.toMatch(/secret|utm_source|consent|reasons/);
    expect(JSON.stringify(await desk.get(id))).not.toMatch(/extra|Ada|ada@|5550100|secret|utm_source/);
  });
});

describe('people', () => {
  test('see leads with what was recorded beside them, and nobody in them', async () => {
    const id = await accepted('shown', {
      ...ada,
      own: 'ask for Ada',
      page: 'https://www.acme.example/?mail=ada@acme.example',
    });
    for (const person of ['operator', 'auditor']) {
      const [masked] = await leads.seen('shown', person);
      expect(masked).toMatchObject({
        id,
        name: '[name]',
        email: '[email]',
        phone: '[phone]',
        message: '[free-text]',
        company: '[company]',
        companyDomain: 'acme.example',
      });
      expect(JSON.stringify(masked)).not.toMatch(/ada@|Ada|5550100|Acme/);
    }
  });

  test('without a credential or role see nothing', async () => {
    const desk = await leads.console();
    expect(await desk.list(null, {})).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
    expect(await desk.list('nonsense', {})).toMatchObject({
      ok: false,
      problem: { code: 'unauthenticated' },
    });
    expect(await desk.recover(leads.token('approver'), 'lead_x')).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
    expect(await desk.recover(leads.token('operator'), 'lead_x')).toMatchObject({
      ok: false,
      problem: { code: 'not-found' },
    });
  });
});

test('a lead is deleted when its time is over, with what agents wrote about it', async () => {
  const id = await accepted('old');
  const young = await accepted('old', { ...ada, message: 'young' });
  await (await leads.desk()).route(id, 'sales-dach', 'Ada wants a call', 'call_old', soon());
  await leads.sql('old', `UPDATE lead SET received_at = received_at - 86400001 WHERE id = '${id}'`);
  await leads.evict('old'); // Waking, an inbox looks after what is due.
  await leads.seen('old');
  await vi.waitFor(async () => expect((await leads.seen('old')).map((lead) => lead.id)).toEqual([young]), {
    timeout: 10_000,
    interval: 250,
  });
  expect(await leads.sql('old', 'SELECT * FROM routing')).toEqual([]);
});

test('a stop of everything does not touch intake', async () => {
  const stopped = await gate.ops('operator', 'POST', '/stops', { target: 'all', reason: 'a test of intake' });
  expect(stopped.ok).toBe(true);
  const id = await accepted('kept', { ...ada, message: 'while stopped' });
  expect(await leads.one('kept', id)).toMatchObject({ status: 'new' });
  expect(await gate.ops('operator', 'GET', '/stops').then(async (answer) => answer.text())).toContain('all');
});

test('the journal tells what happened to a lead and nothing about the person', async () => {
  const id = await accepted('routed', { ...ada, message: 'journal me', url_confirm: 'x' });
  await (await leads.console()).recover(leads.token('operator'), id);
  await (await leads.desk()).route(id, 'sales-dach', 'Ada called', 'call_journal', soon());
  await vi.waitFor(async () => expect(await journaled('routed', id)).toHaveLength(3), {
    timeout: 10_000,
    interval: 250,
  });
  const entries = (await journaled('routed', id)).toSorted((a, b) => a.kind.localeCompare(b.kind));
  expect(entries.map(({ kind }) => kind)).toEqual(['lead.accepted', 'lead.recovered', 'lead.routed']);
  expect(entries[0]?.data).toMatchObject({
    site: 'routed',
    status: 'quarantined',
    reasons: ['honeypot'],
    consent: { given: true, version: '2026-11' },
  });
  expect(entries[2]?.data).toMatchObject({ queue: 'sales-dach', call: 'call_journal' });
  expect(JSON.stringify(entries)).not.toMatch(/Ada|ada@|5550100|journal me/);
});
