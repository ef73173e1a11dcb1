/** Real records get into the sandbox masked, approved by a second person, journaled, and no other way. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs } from './support.ts';

let gate: GateUnderTest;
let folder: string;
let file: string;
beforeAll(async () => {
  gate = await bootGate();
  folder = mkdtempSync(join(tmpdir(), 'toolgate-import-'));
  file = join(folder, 'contacts.json');
  // Invented; they stand for real ones.
  const contacts = Array.from({ length: 6 }, (_, n) => ({
    id: String(n),
    properties: { email: `grace${n}@navy.test`, firstname: 'Grace', lastname: 'Hopper', country: 'Norway' },
  }));
  writeFileSync(file, JSON.stringify({ contacts }));
});
afterAll(async () => {
  await gate?.close();
  rmSync(folder, { recursive: true, force: true });
});

const real = /grace|hopper|navy/i;
const held = async (): Promise<string> =>
  (await fetch(new URL('/simulator/hubspot/records/contacts', gate.url))).text();

async function sent(path: string, body: unknown, person?: string): Promise<Response> {
  const token = person && gate.secrets.local.people[person]?.token;
  return fetch(new URL(`/simulator/hubspot/imports${path}`, gate.url), {
    method: 'POST',
    headers: token ? { authorization: `Bearer ${token}` } : {},
    body: JSON.stringify(body),
  });
}

test('a dry run says what would be masked, and sends nothing', async () => {
  const ran = await runAs(gate, 'operator', ['sandbox', 'import', 'crm', '--file', file, '--dry-run']);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain('contacts/email 6');
  expect(ran.stdout).not.toMatch(real);
  const waiting = await runAs(gate, 'operator', ['sandbox', 'import', 'crm']);
  expect(waiting.stdout).toContain('No import of hubspot waits');
});

test('what one person asks for a second one approves; both are journaled, and nothing real is anywhere', async () => {
  const why = ['--reason', 'real proportions for the demo'];
  const asked = await runAs(gate, 'operator', ['sandbox', 'import', 'crm', '--file', file, ...why, '--json']);
  expect(asked.code).toBe(0);
  const { import: id } = JSON.parse(asked.stdout) as { import: string };
  expect(await held()).toContain('ada@acme.example');

  const approve = ['sandbox', 'import', 'crm', '--approve', id, ...why];
  const own = await runAs(gate, 'operator', approve);
  expect(own.code).toBe(1);
  expect(own.stdout + own.stderr).toContain('second person');
  const auditor = await runAs(gate, 'auditor', approve);
  expect(auditor.code).toBe(1);
  expect(await held()).toContain('ada@acme.example');

  const seen = await runAs(gate, 'operator2', ['sandbox', 'import', 'crm']);
  expect(seen.stdout).toContain('person1@masked.example');
  expect(await runAs(gate, 'operator2', approve)).toMatchObject({ code: 0 });
  const records = await held();
  expect(records).toContain('person1@masked.example');
  expect(records).not.toContain('ada@acme.example');
  // Once, and not again.
  expect((await runAs(gate, 'operator2', approve)).code).toBe(1);

  const entries = await eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', '/journal?limit=200');
    const journal = (await answer.json<{ entries: { kind: string; data: Record<string, unknown> }[] }>())
      .entries;
    const ours = journal.filter(({ kind }) => kind.startsWith('sandbox.import-'));
    return ours.length === 2 ? ours : undefined;
  });
  expect(entries.map(({ kind, data }) => [kind, data['person']])).toEqual([
    ['sandbox.import-approved', 'operator2@sandbox.example'],
    ['sandbox.import-asked', 'operator@sandbox.example'],
  ]);
  expect(entries[0]?.data).toMatchObject({
    import: id,
    records: { contacts: 6 },
    masked: { email: 6, name: 12 },
  });
  for (const text of [asked.stdout, seen.stdout, records, JSON.stringify(entries)])
    expect(text).not.toMatch(real);
});

test('an agent reads the masked records like any others', async () => {
  const because = { goal: 'look', explanation: 'To see what is there.' };
  const told = await gate
    .agent('lead-router')
    .call('crm.contact.read', { id: '9000000001' }, { mode: 'read', because });
  expect(told.body).toMatchObject({ status: 'succeeded' });
});

test('what is not masked is refused whoever says that it is, and is not kept', async () => {
  const records = { contacts: [{ id: '9000000001', fields: { email: 'grace@navy.test' } }] };
  const refused = await sent('', { reason: 'trust me', records }, 'operator');
  expect(refused.status).toBe(422);
  const problem = await refused.text();
  expect(problem).toContain('contacts/0/email');
  expect(problem).not.toMatch(real);
  expect((await sent('', { reason: 'x', records: { tickets: [] } }, 'operator')).status).toBe(422);
  const waiting = await runAs(gate, 'operator2', ['sandbox', 'import', 'crm']);
  expect(waiting.stdout).toContain('No import of hubspot waits');
});

test('without a person’s credential, or with an agent’s, nothing is taken', async () => {
  const records = { contacts: [] };
  expect((await sent('', { reason: 'x', records })).status).toBe(401);
  const token = await gate.agent('lead-router').token();
  const url = new URL('/simulator/hubspot/imports', gate.url);
  const body = JSON.stringify({ reason: 'x', records });
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
  expect(answer.status).toBe(401);
});

test('a vendor whose records nobody classed takes none', async () => {
  const ran = await runAs(gate, 'operator', ['sandbox', 'import', 'chat', '--file', file, '--dry-run']);
  expect(ran.code).toBe(1);
  expect(ran.stdout + ran.stderr).toContain('Nobody has classed the records of slack');
});
