import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Entry } from '../../shared/journal.ts';
import type { LeadErasure } from '../../shared/vault.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { aSite, leadsKit, soon, type LeadsKit } from '../worker/leads-kit.ts';
import { eventually, runAs } from './support.ts';

let gate: GateUnderTest;
let leads: LeadsKit;

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  leads = await leadsKit(gate);
  await leads.apply(['planted', 'read', 'shown', 'mixed', 'old', 'forgotten'].map((id) => aSite(id)));
});
afterAll(async () => gate?.close());

/** An invented person, every word of whom is found again wherever it stands. */
const grace = {
  name: 'Grazia Zqname',
  email: 'zqmail@acme.example',
  phone: '+49 30 5550177',
  company: 'Zqcompany',
  country: 'Zqcountry',
  employees: 'zqemployees',
  value: '4242424242424242',
  currency: 'zqcurrency',
  interest: 'zqinterest',
  message: 'zqmessage, call me',
  consent: 'zqconsent',
  consent_wording: 'zqwording',
  consent_version: 'zqversion',
  page: 'https://www.acme.example/zqpage?utm_source=zqutm&gclid=zqclick',
  referrer: 'https://zqreferrer.example/',
  'cf-turnstile-response': 'zqturnstile',
  zqownname: 'zqownvalue',
};
const words =
  'name mail company country employees currency interest message consent wording version page utm click referrer referer turnstile ownname ownvalue honeypot note';
/** Whole words: a part of one may well stand in what is sealed. */
const raw = new RegExp(`zq(${words.replaceAll(' ', '|')})|grazia|5550177|4242424242`, 'i');

/** Why something was not done. The harness may throw before there is a promise. */
async function refusal(ask: () => Promise<unknown>): Promise<string> {
  try {
    await ask();
    return 'done';
  } catch (error) {
    return String(error);
  }
}

async function accepted(site: string, fields: Record<string, unknown>): Promise<string> {
  const { status, body } = await leads.post(site, fields, { referer: 'https://www.acme.example/zqreferer' });
  expect(status).toBe(202);
  return String(body['lead']);
}

/** Every row of every table of an object. */
async function stored(worker: string, className: string, name: string): Promise<string> {
  const storage = await gate.server.getWorker(worker).getDurableObjectStorage(className, { name });
  const tables = await storage.exec(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  );
  const rows = [];
  for (const table of tables)
    rows.push(table, ...(await storage.exec(`SELECT * FROM "${table['name'] as string}"`)));
  return JSON.stringify(rows);
}

async function audited(kind: string, lead: string): Promise<Entry[]> {
  return eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/journal?limit=500`);
    const { entries } = await answer.json<{ entries: Entry[] }>();
    const found = entries.filter((entry) => entry.kind === kind && JSON.stringify(entry.data).includes(lead));
    return found.length > 0 ? found : undefined;
  });
}

describe('nothing of what a person wrote stands raw', () => {
  test('in the inbox, the index, the vault’s record or the audit log, whatever became of the lead', async () => {
    const clean = await accepted('planted', grace);
    const spam = await accepted('planted', { ...grace, message: 'zqmessage 2', url_confirm: 'zqhoneypot' });
    await accepted('planted', { ...grace, message: 'zqmessage 3', test: 'true' });
    const desk = await leads.desk();
    expect(await desk.route(clean, 'sales', 'zqnote for Grazia', 'call_1', soon())).toBe('routed');
    await (await leads.console()).recover(leads.token('operator'), spam);
    const correction = { queue: 'sales-us', reason: 'other' };
    await (await leads.console()).correct(leads.token('operator'), clean, correction);
    const read = await desk.read(leads.call('leads.lead.get'), clean);
    expect(read).toMatchObject({ name: grace.name, email: grace.email, message: grace.message });
    expect(await leads.revealed(clean, 'note', 'consentVersion')).toEqual(['zqnote for Grazia', 'zqversion']);
    await audited('lead.revealed', clean);
    const inbox = await stored('toolgate-leads', 'LeadInbox', 'planted');
    expect(inbox).toContain(clean);
    expect(inbox).toMatch(/"sealed":"1\.[0-9a-f]{12}\./);
    expect(inbox).not.toMatch(raw);
    expect(await stored('toolgate-leads', 'LeadIndex', 'sites')).not.toMatch(raw);
    const openings = await stored('toolgate-vault', 'LeadOpenings', 'planted');
    // What is shipped is pruned but for the last.
    expect(openings).toContain('lead.revealed');
    expect(openings).not.toMatch(raw);
    expect(await (await gate.ops('auditor', 'GET', '/journal?limit=500')).text()).not.toMatch(raw);
    expect(JSON.stringify(await leads.seen('planted'))).not.toMatch(raw);
  });
});

describe('the vault opens a lead', () => {
  test('for a call that reads it, and says so before', async () => {
    const id = await accepted('read', grace);
    const call = 'call_01JD00000000000000000000QB';
    await (await leads.desk()).read(leads.call('leads.lead.get', { call }), id);
    const [opened] = await audited('lead.opened', call);
    expect(opened).toMatchObject({
      source: 'vault-leads:read',
      data: { call, agent: 'lead-router', action: 'leads.lead.get', leads: [id] },
    });
    const told = await runAs(gate, 'auditor', ['vault', 'opens', '--call', call]);
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining(id)]);
    expect(told.stdout).not.toMatch(raw);
  });

  test.each<[string, Parameters<LeadsKit['call']>]>([
    ['that lists leads', ['leads.lead.list']],
    ['whose time is over', ['leads.lead.get', { startBefore: Date.now() - 1 }]],
    ['of another tool', ['leads.lead.get', { tool: 'crm' }]],
    ['that routes', ['leads.lead.get', { action: 'leads.lead.route' }]],
    ['that only looks for facts', ['leads.lead.get', { purpose: 'facts' }]],
  ])('not for a call %s', async (_, call) => {
    const id = await accepted('read', grace);
    const desk = await leads.desk();
    expect(await refusal(async () => desk.read(leads.call(...call), id))).toContain('token-refused');
    expect(await leads.one('read', id)).toMatchObject({ name: '[name]', status: 'new' });
  });

  test('not for a token that no guard signed', async () => {
    const id = await accepted('read', grace);
    const forged = `${leads.call('leads.lead.get').slice(0, -4)}AAAA`;
    const desk = await leads.desk();
    expect(await refusal(async () => desk.read(forged, id))).toContain('token-refused');
    expect((await audited('vault.refused', 'for leads')).length).toBeGreaterThan(0);
  });

  test('not when it was swapped for that of another lead', async () => {
    const [mine, other] = [
      await accepted('mixed', { ...grace, message: 'mine' }),
      await accepted('mixed', { ...grace, message: 'other' }),
    ];
    await leads.sql(
      'mixed',
      `UPDATE lead SET sealed = (SELECT sealed FROM lead WHERE id = '${other}') WHERE id = '${mine}'`,
    );
    const desk = await leads.desk();
    expect(await refusal(async () => desk.read(leads.call('leads.lead.get'), mine))).toContain('not-genuine');
    const people = await leads.console();
    const asked = { field: 'message', reason: 'a test looks' };
    expect(await people.reveal(leads.token('operator'), mine, asked)).toMatchObject({
      ok: false,
      problem: { code: 'conflict' },
    });
  });
});

describe('a person has a field shown', () => {
  const reveal = async (person: string, id: string, ...more: string[]): ReturnType<typeof runAs> =>
    runAs(gate, person, ['leads', 'reveal', id, ...more]);

  test('by the command line, with a reason, and it is recorded without what was shown', async () => {
    const id = await accepted('shown', grace);
    const why = ['--reason', 'call zqmail@acme.example back'];
    expect(await reveal('operator', id, '--field', 'phone', ...why)).toMatchObject({
      code: 0,
      stdout: `${grace.phone}\n`,
    });
    const [shown] = await audited('lead.revealed', id);
    expect(shown?.data).toMatchObject({
      field: 'phone',
      reason: 'call [email] back',
      person: 'operator@sandbox.example',
      leads: [id],
    });
    expect(JSON.stringify(shown)).not.toMatch(raw);
  });

  test('not by an auditor, not without a reason, and not one that it has not', async () => {
    const id = await accepted('shown', grace);
    expect(await reveal('auditor', id, '--field', 'phone', '--reason', 'look')).toMatchObject({ code: 1 });
    expect(await reveal('operator', id, '--field', 'phone')).toMatchObject({ code: 2 });
    expect(await reveal('operator', id, '--field', 'shoe-size', '--reason', 'look')).toMatchObject({
      code: 2,
    });
    const noNote = await reveal('operator', id, '--field', 'note', '--reason', 'look');
    expect([noNote.code, noNote.stderr + noNote.stdout]).toEqual([1, expect.stringContaining('404')]);
    for (const reason of ['', '  ', 'x'.repeat(201)])
      expect(
        await gate.ops('operator', 'POST', `/leads/${id}/reveal`, { field: 'phone', reason }),
      ).toMatchObject({ status: 422 });
  });
});

test('an inbox that was filled before there was a vault is sealed when it wakes', async () => {
  const id = await accepted('old', { email: 'new@acme.example' });
  const draft = JSON.stringify({ ...unread, name: 'Grazia Zqname', email: 'zqmail@acme.example' });
  for (const statement of [
    "DELETE FROM migration WHERE id IN ('sealed', 'erased')",
    'DROP TABLE erased',
    'DROP TABLE lead',
    'DROP TABLE routing',
    `CREATE TABLE lead (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL, status TEXT NOT NULL, queue TEXT, routed_by TEXT,
       test INTEGER NOT NULL, reasons TEXT NOT NULL, due_at INTEGER, fingerprint TEXT NOT NULL, draft TEXT NOT NULL) WITHOUT ROWID`,
    'CREATE INDEX lead_same ON lead (fingerprint, received_at)',
    'CREATE INDEX lead_due ON lead (due_at) WHERE due_at IS NOT NULL',
    `CREATE TABLE routing (call TEXT PRIMARY KEY, lead TEXT NOT NULL, queue TEXT NOT NULL, note TEXT NOT NULL,
       at INTEGER NOT NULL) WITHOUT ROWID`,
    'CREATE INDEX routing_lead ON routing (lead)',
    `INSERT INTO lead VALUES ('${id}', ${Date.now()}, 'routed', 'sales', 'call_1', 0, '[]', NULL, 'print', '${draft}')`,
    `INSERT INTO routing VALUES ('call_1', '${id}', 'sales', 'zqnote', ${Date.now()})`,
  ])
    await leads.sql('old', statement);
  await leads.evict('old');
  expect(await leads.one('old', id)).toMatchObject({ status: 'routed', queue: 'sales', name: '[name]' });
  expect(await leads.revealed(id, 'name', 'note')).toEqual(['Grazia Zqname', 'zqnote']);
  expect(await stored('toolgate-leads', 'LeadInbox', 'old')).not.toMatch(raw);
  await vi.waitFor(
    async () =>
      expect(
        await leads.sql('old', "SELECT 1 FROM sqlite_master WHERE name IN ('filler', 'unsealed')"),
      ).toEqual([]),
    { timeout: 15_000, interval: 250 },
  );
});

/** A lead of before that says nothing. */
const unread = {
  name: null,
  email: null,
  phone: null,
  company: null,
  companyDomain: null,
  country: null,
  employees: null,
  value: null,
  currency: null,
  interest: null,
  message: null,
  consent: { given: false, wording: null, version: '2026-11' },
  attribution: {},
  extra: {},
};

describe('a person who is to be forgotten', () => {
  test('is gone from every inbox with all that names the lead, and nobody else is', async () => {
    const mail = 'forget.me@acme.example';
    const [one, two] = [
      await accepted('forgotten', { email: mail, message: '1' }),
      await accepted('read', { email: 'Forget.Me@ACME.example', message: '2' }),
    ];
    const other = await accepted('forgotten', { email: 'keep.me@acme.example' });
    await (await leads.desk()).route(one, 'sales', 'for him', 'call_forget', soon());
    const erasing = (await gate.server.getWorker<{ LEAD_ERASURE: LeadErasure }>('toolgate-vault').getEnv())
      .LEAD_ERASURE;
    const persons = [{ kind: 'email' as const, value: mail }];
    expect(await erasing.erase('dry-run', persons, true)).toEqual({ leads: 2, done: true });
    expect(await leads.one('forgotten', one)).toMatchObject({ status: 'routed' });
    const asked = await gate.ops('owner', 'POST', '/erasures', {
      whom: { person: mail },
      reason: 'request 4711',
    });
    const erasure = await asked.json<{ id: string; leads: number }>();
    expect([asked.ok, erasure.leads]).toEqual([true, 2]);
    expect(await erasing.erase(erasure.id, persons, false)).toEqual({ leads: 2, done: true });
    expect((await leads.seen('forgotten')).map(({ id }) => id)).toEqual([other]);
    expect((await leads.seen('read')).map(({ id }) => id)).not.toContain(two);
    expect(await leads.sql('forgotten', `SELECT 1 FROM routing WHERE lead = '${one}'`)).toEqual([]);
    const [entry] = await audited('lead.erased', one);
    expect(entry?.data).toEqual({ lead: one, site: 'forgotten', erasure: erasure.id });
  });
});
