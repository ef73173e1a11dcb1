import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leadKeys, openLead } from '../../../shared/lead-seal.ts';
import { personKey } from '../../../shared/erasure.ts';
import { migrate } from '../../../shared/migrate.ts';
import { inboxMigrations } from '../../../workers/leads/migrations.ts';
import { readDraft, sortFields, type Draft } from '../../../workers/leads/parse.ts';
import { placeLead } from '../../../workers/leads/place.ts';
import { overwrite, sealOld } from '../../../workers/leads/seal-old.ts';
import { splitDraft } from '../../../workers/leads/split.ts';
import { LeadStore } from '../../../workers/leads/store.ts';
import { aSite, anIntake, fileStorage, type FileStorage } from './inbox-storage.ts';

const { intake, privateKey } = anIntake();
let storage: FileStorage;
beforeEach(() => {
  storage = fileStorage();
});
afterEach(() => storage.close());

function draftOf(pairs: readonly (readonly [string, string])[]): Draft {
  const read = readDraft(sortFields(pairs, { fieldNames: {} }), aSite, null);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.draft;
}

/** Keeps a form as an inbox does. */
function keep(store: LeadStore, id: string, draft: Draft): void {
  const placed = placeLead(aSite, { draft, test: false, reasons: [] }, Date.now());
  store.insert({ ...placed, ...intake.seal(id, draft, false), id });
}

const everyField = [
  'name',
  'first_name',
  'last_name',
  'phone',
  'company',
  'country',
  'employees',
  'value',
  'currency',
  'interest',
  'message',
  'consent',
  'consent_wording',
  'consent_version',
  'page',
  'referrer',
  'utm_source',
  'gclid',
];

test('whatever is posted, nothing of it stands raw in storage, and all of it can be opened', () => {
  migrate(storage, inboxMigrations);
  const store = new LeadStore(storage.sql, aSite.id);
  const planted = fc.stringMatching(/^(zq[a-z]{8}|[1-9]\d{11,14}|Zq [A-Z]{6} \d{8})$/);
  const pair = fc.tuple(
    fc.oneof(fc.constantFrom(...everyField), fc.stringMatching(/^zqown[a-z]{8}$/)),
    planted,
  );
  let n = 0;
  fc.assert(
    fc.property(planted, fc.array(pair, { maxLength: 12 }), (own, pairs) => {
      const email = `${own.replaceAll(' ', '.')}@mail.example`;
      const sent = pairs.map(([name, text]) => [name, name === 'phone' ? `${text} 555-0100` : text] as const);
      const id = `lead_${(n += 1)}`;
      keep(store, id, draftOf([...sent, ['email', email]]));
      const bytes = storage.bytes();
      expect(bytes.includes(id)).toBe(true);
      for (const text of [own, ...pairs.map(([, value]) => value)])
        expect(bytes.includes(text), text).toBe(false);
      expect(bytes.includes('zqown')).toBe(false);
      const opened = openLead(leadKeys(privateKey), store.get(id)!.sealed);
      expect(opened).toMatchObject({ ok: true, values: { email } });
    }),
    { numRuns: 100 },
  );
});

describe('in clear stays', () => {
  const said = (fields: Record<string, string>): Draft =>
    draftOf(Object.entries({ email: 'ada@acme.example', ...fields }));

  test('what rules work by, and only words that the site’s own settings name', () => {
    const fields = { country: 'de', employees: '40', value: '120000', currency: 'eur', consent: 'yes' };
    const { clear, personal } = splitDraft(said({ ...fields, interest: 'product DEMO' }), aSite);
    expect(clear).toEqual({
      companyDomain: 'acme.example',
      country: 'DE',
      employees: 40,
      value: 120_000,
      currency: 'EUR',
      interest: 'Product demo',
      consent: { given: true, version: '2026-11' },
    });
    expect(personal).toEqual({ email: 'ada@acme.example' });
  });

  test('no interest and no version of the wording that they do not name', () => {
    const { clear, personal } = splitDraft(said({ interest: 'call Ada', consent_version: 'ada' }), aSite);
    expect(clear).toMatchObject({ interest: null, consent: { version: 'other' } });
    expect(personal).toMatchObject({ interest: 'call Ada', consentVersion: 'ada' });
  });

  test('no number that could be a card or a telephone with its country', () => {
    const { clear, personal } = splitDraft(said({ value: '4242424242424242', employees: '15550100' }), aSite);
    expect(clear).toMatchObject({ value: null, employees: null });
    expect(personal.extra).toBe('{"employees":"15550100","value":"4242424242424242"}');
  });
});

describe('an inbox from before', () => {
  const before = inboxMigrations.slice(0, 3);
  const draft = draftOf([
    ['name', 'Zqada Planted'],
    ['email', 'zqada@acme.example'],
    ['message', 'zqmessage '.repeat(400)],
  ]);

  function insertOld(id: string): void {
    storage.sql.exec(
      `INSERT INTO lead (id, received_at, status, queue, routed_by, test, reasons, due_at, fingerprint, draft)
       VALUES (?, 1, 'routed', 'sales', 'call_1', 0, '["links"]', NULL, 'print', ?)`,
      id,
      JSON.stringify(draft),
    );
    storage.sql.exec("INSERT INTO routing VALUES (?, ?, 'sales', 'zqnote of Ada', 2)", `call_${id}`, id);
  }

  test('is sealed when it wakes: every row is there, and not one byte of what was raw', () => {
    migrate(storage, before);
    for (let n = 0; n < 600; n += 1) insertOld(`lead_${n}`);
    expect(storage.bytes().includes('zqmessage')).toBe(true);
    migrate(storage, inboxMigrations);
    const store = new LeadStore(storage.sql, aSite.id);
    sealOld(storage, store, intake);
    const leads = store.list({ status: null, limit: 10_000, order: 'oldest', tests: true });
    expect(leads).toHaveLength(600);
    expect(leads[7]).toMatchObject({
      status: 'routed',
      queue: 'sales',
      routedBy: 'call_1',
      reasons: ['links'],
    });
    const [lead] = leads;
    const keys = leadKeys(privateKey);
    expect(openLead(keys, lead!.sealed)).toMatchObject({ ok: true, values: { message: draft.message } });
    expect(store.notes(lead!.id).map((note) => openLead(keys, note))).toEqual([
      { ok: true, values: { note: 'zqnote of Ada' } },
    ]);
    expect(store.routedLead(`call_${lead!.id}`)).toBe(lead!.id);
    expect([overwrite(storage.sql), overwrite(storage.sql), overwrite(storage.sql)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(/zqmessage|zqada|Zqada|zqnote/.test(storage.bytes())).toBe(false);
    expect(storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE '%unsealed%'").toArray()).toEqual(
      [],
    );
  });

  test('is sealed once: waking again changes nothing', () => {
    migrate(storage, before);
    insertOld('lead_1');
    migrate(storage, inboxMigrations);
    const store = new LeadStore(storage.sql, aSite.id);
    sealOld(storage, store, intake);
    const sealed = store.get('lead_1')?.sealed.sealed;
    sealOld(storage, store, intake);
    expect(store.get('lead_1')?.sealed.sealed).toBe(sealed);
  });
});

describe('a person is found again', () => {
  test('by address or number however they are written, and by nothing else', () => {
    migrate(storage, inboxMigrations);
    const store = new LeadStore(storage.sql, aSite.id);
    keep(
      store,
      'lead_1',
      draftOf([
        ['email', 'Ada@Acme.example'],
        ['phone', '+49 30 555-0100'],
      ]),
    );
    keep(store, 'lead_2', draftOf([['email', 'bo@acme.example']]));
    const found = (...persons: string[]): string[] =>
      store.of(
        persons.map((person) => intake.hashes.person(personKey(person)!)),
        10,
      );
    expect(found(' ada@acme.EXAMPLE ')).toEqual(['lead_1']);
    expect(found('0049 (30) 5550100')).toEqual(['lead_1']);
    expect(found('ada@acme.example', 'bo@acme.example')).toEqual(['lead_1', 'lead_2']);
    expect(found('cy@acme.example')).toEqual([]);
    expect(found()).toEqual([]);
    expect(JSON.stringify(storage.sql.exec('SELECT email, phone FROM lead').toArray())).not.toMatch(
      /acme|5550100/,
    );
  });
});

test('without its keys an inbox takes nothing', () => {
  const { intake: good } = anIntake();
  expect(() => good.seal('lead_1', draftOf([['email', 'ada@acme.example']]), false)).not.toThrow();
  const keyless = { LEAD_PUBLIC_KEY: '', LEAD_HASH_KEY: '' };
  expect(
    () => new (good.constructor as new (...args: unknown[]) => unknown)(keyless, 'a', 'b', () => aSite),
  ).toThrow('LEAD_HASH_KEY is not set');
});
