import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pointerTo, readPairs, type Pair } from '../../../workers/leads/body.ts';
import { readDraft, sortFields, type Draft } from '../../../workers/leads/parse.ts';

const site = { fieldNames: {}, consentVersion: '2026-11' };

function draftOf(fields: Record<string, string>, own: Record<string, string> = {}): Draft {
  const read = readDraft(sortFields(Object.entries(fields), { fieldNames: own }), site, null);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.draft;
}

function faultsOf(fields: Record<string, string>): string[] {
  const read = readDraft(sortFields(Object.entries(fields), site), site, null);
  return read.ok ? [] : read.faults.map(({ pointer }) => pointer);
}

describe('fields of a form', () => {
  test('are found under the usual spellings', () => {
    const draft = draftOf({
      'E-Mail': 'ada@acme.example',
      first_name: 'Ada',
      'last-name': 'Example',
      Organisation: 'Acme',
    });
    expect(draft).toMatchObject({ email: 'ada@acme.example', name: 'Ada Example', company: 'Acme' });
  });

  test('are found under the names of the site, which win over ours', () => {
    const draft = draftOf(
      { mailadresse: 'ada@acme.example', company: 'Ada' },
      { email: 'mailadresse', name: 'company' },
    );
    expect(draft).toMatchObject({ email: 'ada@acme.example', name: 'Ada', company: null });
  });

  test('of the site’s own ride along, all values of a repeated one', () => {
    const pairs: Pair[] = [
      ['email', 'a@acme.example'],
      ['topics', 'ads'],
      ['topics', 'mail'],
      ['constructor', 'x'],
    ];
    const read = readDraft(sortFields(pairs, site), site, null);
    expect(read.ok && read.draft.extra).toEqual({ topics: 'ads, mail', constructor: 'x' });
  });

  test('named like an object’s own machinery change nothing', () => {
    const pairs: Pair[] = [
      ['email', 'a@acme.example'],
      ['__proto__', 'polluted'],
      ['toString', 'x'],
    ];
    const read = readDraft(sortFields(pairs, site), site, null);
    expect(Object.keys(read.ok ? read.draft.extra : {})).toEqual(['__proto__', 'toString']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['40', 40],
    ['1,200', 1200],
    ['1.200.000', 1_200_000],
  ])('employees %s are %d', (sent, employees) => {
    expect(draftOf({ email: 'a@acme.example', employees: sent }).employees).toBe(employees);
  });

  test.each(['50-100', 'many', '1.5', '-3', '99999999', '1,2'])(
    'employees “%s” are unknown and kept as sent',
    (sent) => {
      const draft = draftOf({ email: 'a@acme.example', employees: sent });
      expect(draft.employees).toBeNull();
      expect(draft.extra['employees']).toBe(sent);
    },
  );

  test('a country that is no code is unknown and kept as sent', () => {
    const draft = draftOf({ email: 'a@acme.example', country: 'Germany' });
    expect([draft.country, draft.extra['country']]).toEqual([null, 'Germany']);
  });

  test.each([
    [{ email: 'ada@acme.example' }, 'acme.example'],
    [{ email: 'ada@gmail.com' }, null],
    [{ email: 'ada@gmail.com', website: 'https://www.Acme.example/about' }, 'acme.example'],
    [{ email: 'ada@throwaway.example' }, null],
    [{ phone: '+49 30 5550100' }, null],
  ])('the company’s domain of %j is %s', (fields, domain) => {
    expect(draftOf(fields as Record<string, string>).companyDomain).toBe(domain);
  });

  test('campaign parameters come from the form, or else from the page’s address', () => {
    const page = 'https://www.acme.example/?utm_source=ads&gclid=x1&q=private';
    expect(
      draftOf({ email: 'a@acme.example', page, utm_source: 'mail', utm_medium: 'cpc' }).attribution,
    ).toEqual({
      utm_source: 'mail',
      utm_medium: 'cpc',
      gclid: 'x1',
      page,
    });
  });

  test('consent keeps what the person saw, else the version of the site', () => {
    expect(draftOf({ email: 'a@acme.example' }).consent).toEqual({
      given: false,
      wording: null,
      version: '2026-11',
    });
    expect(
      draftOf({ email: 'a@acme.example', consent: 'on', consent_version: 'v2', consent_wording: 'Call me' })
        .consent,
    ).toEqual({ given: true, wording: 'Call me', version: 'v2' });
  });

  test('text loses control characters and broken surrogates, one-liners their line breaks', () => {
    const draft = draftOf({ email: 'a@acme.example', name: 'Ada\r\nBcc: x\u0000', message: 'a\r\nb\ud800' });
    expect([draft.name, draft.message]).toEqual(['Ada Bcc: x', 'a\nb\ufffd']);
  });
});

describe('a form is refused', () => {
  test('without any way to reach the person', () => {
    expect(faultsOf({ name: 'Ada' })).toEqual(['/email']);
  });
  test('with a mail address or phone number that is none', () => {
    expect(faultsOf({ email: 'ada@', phone: 'call me' })).toEqual(['/email', '/phone']);
  });
  test('with a value that is too long, by its place', () => {
    expect(faultsOf({ email: 'a@acme.example', name: 'x'.repeat(201), own: 'y'.repeat(2_001) })).toEqual([
      '/name',
      '/own',
    ]);
  });
  test('with more fields of its own than are kept', () => {
    const own = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`own${n}`, 'x']));
    expect(faultsOf({ email: 'a@acme.example', ...own })).toEqual(['']);
  });
});

describe('a body', () => {
  const post = async (type: string, body: BodyInit): Promise<Awaited<ReturnType<typeof readPairs>>> =>
    readPairs(
      new Request('https://leads.example/leads/acme', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      }),
    );

  test('of JSON gives texts of its scalars and lists', async () => {
    const read = await post('application/json', JSON.stringify({ a: 1, b: true, c: ['x', 2], d: null }));
    expect(read).toEqual({
      ok: true,
      pairs: [
        ['a', '1'],
        ['b', 'true'],
        ['c', 'x'],
        ['c', '2'],
      ],
    });
  });

  test.each([
    ['text/plain', 'a=b', 'unsupported-media-type'],
    ['application/xml', '<a/>', 'unsupported-media-type'],
    ['application/json', '{', 'bad-request'],
    ['application/json', '', 'bad-request'],
    ['application/json', '[]', 'invalid'],
    ['application/json', '"x"', 'invalid'],
    ['application/json', '{"a":{"b":1}}', 'invalid'],
    ['application/json', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'invalid'],
    ['application/json', JSON.stringify({ a: 'x'.repeat(70_000) }), 'too-large'],
    ['multipart/form-data', 'no boundary', 'bad-request'],
    ['multipart/form-data; boundary=x', 'garbage', 'bad-request'],
    ['application/x-www-form-urlencoded', 'a=1&'.repeat(200), 'invalid'],
    ['application/x-www-form-urlencoded', new Uint8Array([0xff, 0xfe]) as unknown as BodyInit, 'bad-request'],
  ])('of %s %.20s is refused as %s', async (type, body, code) => {
    const read = await post(type, body);
    expect(read.ok ? 'read' : read.problem.code).toBe(code);
  });

  test('never has its field names repeated when they are not plain', async () => {
    const read = await post('application/json', JSON.stringify({ '<script>alert(1)</script>': { a: 1 } }));
    expect(JSON.stringify(read)).not.toContain('script');
    expect(pointerTo('a/b~c')).toBe(''); // `~` is no character of a field name
    expect(pointerTo('a/b')).toBe('/a~1b');
  });
});

test('whatever a form says, reading it ends in a lead or in faults', () => {
  const pair = fc.tuple(
    fc.oneof(
      fc.constantFrom('email', 'phone', 'name', 'page', 'website', 'employees', 'utm_source', 'consent'),
      fc.string(),
    ),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a@acme.example', 'http://[', '12345', 'https://%'),
    ),
  );
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 20 }), (pairs) => {
      const read = readDraft(sortFields(pairs, site), site, null);
      if (read.ok) expect(JSON.stringify(read.draft).isWellFormed()).toBe(true);
      else expect(read.faults.length).toBeGreaterThan(0);
    }),
  );
});
