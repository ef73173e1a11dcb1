import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskRecords } from '../../../bin/lib/masking.ts';
import { knownActions } from '../../../shared/contract.ts';
import { importShapes } from '../../../workers/sandbox/import-shapes.ts';
import { checkMasked, isHarmless, isReplaced } from '../../../workers/sandbox/masked.ts';
import { contracts } from '../../../workers/tools/catalogue.ts';

const hubspot = importShapes['hubspot']!;

/** Invented, as everything here is; they stand for real ones. */
const ada = {
  id: '51',
  properties: {
    email: 'Ada.Lovelace@real-company.test',
    firstname: 'Ada',
    lastname: 'Lovelace',
    phone: '+44 20 7946 0123',
    company: 'Lovelace Ltd',
    jobtitle: 'Countess, ask ada@home.test',
    country: 'United Kingdom',
    city: 'Ockham',
    lifecyclestage: 'customer',
    hs_lead_status: 'a note about Ada',
    favourite_colour_of_ada: 'green',
  },
};
const others = Array.from({ length: 5 }, (_, n) => ({
  id: String(60 + n),
  properties: {
    email: `someone${n}@elsewhere.test`,
    lastname: 'Lovelace',
    country: 'United Kingdom',
    city: `Town${n}`,
  },
}));

function masked(file: unknown) {
  const result = maskRecords(file, hubspot);
  if (!result.ok) throw new Error(result.error);
  return result;
}

describe('masking', () => {
  const result = masked({ contacts: [ada, ...others] });
  const [first, second] = result.records['contacts']!;

  test('replaces what is personal, keeps words that many share, and leaves out what nobody classed', () => {
    expect(first).toEqual({
      id: '9000000001',
      fields: {
        email: 'person1@masked.example',
        firstname: 'Masked1',
        lastname: 'Masked2',
        phone: '+999000000001',
        company: 'Masked3',
        jobtitle: '[text 1]',
        country: 'United Kingdom',
        city: 'Other',
        lifecyclestage: 'customer',
      },
    });
    expect(result.report).toMatchObject({
      masked: { 'contacts/email': 6, 'contacts/lastname': 6, 'contacts/city': 6 },
      kept: { 'contacts/country': 6, 'contacts/lifecyclestage': 1 },
      dropped: { 'contacts/(unknown fields)': 1, 'contacts/hs_lead_status': 1 },
    });
  });

  test('gives the same value the same stand-in within an import', () => {
    expect(second?.fields['lastname']).toBe(first?.fields['lastname']);
  });

  test('leaves nothing of what was there, in records or in what is told of them', () => {
    expect(JSON.stringify(result)).not.toMatch(/ada|lovelace|ockham|7946|countess|real-company|green/i);
  });

  test.each([
    ['a list', []],
    ['a type that nobody classed', { tickets: [] }],
    ['nothing', {}],
    ['no list', { contacts: {} }],
    ['a record that is none', { contacts: ['Ada'] }],
    ['a record without its fields', { contacts: [{ id: '1' }] }],
    ['too many', { contacts: Array.from({ length: 2_001 }, () => ada) }],
    ['a prototype', JSON.parse('{"__proto__":[]}') as unknown],
  ])('refuses %s, and quotes nothing of it', (_, file) => {
    const refused = maskRecords(file, hubspot);
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).not.toContain('Ada');
  });

  test('keeps no word that detectors know, however many share it', () => {
    for (const word of ['ask ada@home.test', '+44 20 7946 0123', 'born 1815', 'a/b', 'x'.repeat(61), ' '])
      expect(isHarmless(word), word).toBe(false);
    const same = others.map((one) => ({
      ...one,
      properties: { ...one.properties, city: 'call +44 20 7946 0123' },
    }));
    expect(JSON.stringify(masked({ contacts: same }))).not.toContain('7946');
  });
});

describe('whatever a file holds', () => {
  const value = fc.oneof(
    fc.string(),
    fc.emailAddress(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.object(),
  );
  const field = fc.oneof(fc.constantFrom(...Object.keys(hubspot['contacts']!.fields)), fc.string());
  const record = fc.record({ id: fc.string(), properties: fc.dictionary(field, value) });

  test('what comes out of the mask is what the simulator takes', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (contacts) => {
        const { records } = masked({ contacts });
        expect(checkMasked('contacts', hubspot['contacts']!, records['contacts']!)).toMatchObject({
          ok: true,
        });
      }),
    );
  });
});

describe('the simulator’s own look', () => {
  const shape = hubspot['contacts']!;
  const good = { id: shape.id(1), fields: { email: 'person1@masked.example' } };

  test.each<[string, { id: string; fields: Record<string, unknown> }]>([
    ['a real address', { ...good, fields: { email: 'ada@real-company.test' } }],
    ['an address that only begins well', { ...good, fields: { email: 'person1@masked.example.test' } }],
    ['a real name', { ...good, fields: { firstname: 'Ada' } }],
    ['a word that too few share', { ...good, fields: { city: 'Ockham' } }],
    ['a field that nobody classed', { ...good, fields: { ada: 'x' } }],
    ['an inherited field', { ...good, fields: JSON.parse('{"__proto__":"x"}') as Record<string, unknown> }],
    ['a choice that is none', { ...good, fields: { lifecyclestage: 'Ada' } }],
    ['an id of the vendor', { ...good, id: '51' }],
  ])('refuses %s by its place alone', (_, record) => {
    const checked = checkMasked('contacts', shape, [record]);
    expect(checked).toMatchObject({
      ok: false,
      at: expect.stringMatching(/^contacts\/0\/(\*|\w+)$/) as string,
    });
    expect(JSON.stringify(checked)).not.toMatch(/ockham|"ada/i);
  });

  test('takes what is masked', () => {
    expect(checkMasked('contacts', shape, [good])).toEqual({ ok: true, masked: { email: 1 } });
  });
});

test('what a contract classes as personal is replaced here, under the vendor’s name for it', () => {
  const named: Record<string, string> = {
    email: 'email',
    firstName: 'firstname',
    lastName: 'lastname',
    phone: 'phone',
    jobTitle: 'jobtitle',
  };
  const { outputSchema } = knownActions(contracts).get('crm.contact.read')!;
  const properties = outputSchema['properties'] as Record<string, object>;
  const personal = Object.entries(properties).filter(([, schema]) =>
    JSON.stringify(schema).includes('x-personal'),
  );
  expect(personal.length).toBeGreaterThan(3);
  for (const [name] of personal) {
    const cls = hubspot['contacts']!.fields[named[name] ?? ''];
    expect(cls && isReplaced(cls), name).toBe(true);
  }
});
