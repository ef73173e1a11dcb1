import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isId } from '../../shared/ids.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { ada, aSite, keyOf, leadsKit, soon, type LeadsKit } from './leads-kit.ts';

let gate: GateUnderTest;
let leads: LeadsKit;
const origin = 'https://www.acme.example';

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  leads = await leadsKit(gate);
  await leads.apply([
    aSite('json'),
    aSite('form'),
    aSite('thanked', { thankYou: 'https://www.acme.example/thanks' }),
    aSite('named', { fieldNames: { email: 'your-mail', honeypot: 'fax' } }),
    aSite('guarded'),
    aSite('spammed'),
    aSite('double'),
    aSite('narrow', { perAddress: { max: 5, per: 60 } }),
    aSite('busy', { perSite: { max: 5, per: 60 } }),
    aSite('tested', { rules: [{ id: 'all', when: {}, queue: 'self-serve' }] }),
    aSite('ruled', {
      rules: [{ id: 'small', when: { maxEmployees: 49, country: ['DE'] }, queue: 'sales-dach' }],
    }),
  ]);
});
afterAll(async () => gate?.close());

const form = (site: string, fields: Record<string, string> = ada): URLSearchParams =>
  new URLSearchParams({ ...fields, publishable_key: keyOf(site) });

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', origin };

async function postForm(
  site: string,
  body: BodyInit,
  headers: Record<string, string> = browser,
): Promise<Response> {
  return leads.raw(`/leads/${site}`, { method: 'POST', body, headers });
}

describe('a lead is taken', () => {
  test('from JSON with 202 and its id, and is stored as it was told', async () => {
    const { status, body } = await leads.post('json', {
      ...ada,
      employees: 40,
      utm_source: 'ads',
      budget: 'open',
    });
    expect(status).toBe(202);
    expect(Object.keys(body)).toEqual(['lead', 'status']);
    expect(body['status']).toBe('accepted');
    const id = String(body['lead']);
    expect(isId('lead', id)).toBe(true);
    expect(await leads.one('json', id)).toMatchObject({
      status: 'new',
      email: '[email]',
      companyDomain: 'acme.example',
      employees: 40,
      value: 120_000,
      consent: { given: true, version: '2026-11' },
      test: false,
    });
    expect(await leads.revealed(id, 'email', 'attribution', 'extra', 'consentWording')).toEqual([
      'ada@acme.example',
      '{"utm_source":"ads"}',
      '{"budget":"open"}',
      undefined,
    ]);
  });

  test('from a plain HTML form with 303 to our thank-you page, which opens', async () => {
    const answer = await postForm('form', form('form'));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/leads/form/thanks');
    const page = await leads.raw('/leads/form/thanks', {});
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('Your message has arrived');
    expect(await leads.seen('form')).toHaveLength(1);
  });

  test('from a multipart form with 303 to the site’s own thank-you page; an empty file input does no harm', async () => {
    const body = new FormData();
    for (const [name, value] of form('thanked')) body.append(name, value);
    body.append('brief', new File([], ''));
    const answer = await postForm('thanked', body);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://www.acme.example/thanks']);
    const [lead] = await leads.seen('thanked');
    expect(await leads.revealed(lead!.id, 'email')).toEqual(['ada@acme.example']);
  });

  test('from a form sent by script with 202 and readable across origins', async () => {
    const answer = await postForm('form', form('form', { ...ada, message: 'by script' }), {
      accept: 'application/json',
      origin,
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  test('under the site’s own field names', async () => {
    const { status, body } = await leads.post('named', { 'your-mail': 'ada@acme.example', name: 'Ada' });
    expect(status).toBe(202);
    const id = String(body['lead']);
    expect((await leads.one('named', id)).sealed).toEqual(['name', 'email']);
    expect(await leads.revealed(id, 'email')).toEqual(['ada@acme.example']);
  });

  test('by a rule without an agent when the case is plain, else it waits', async () => {
    const plain = await leads.post('ruled', ada);
    const large = await leads.post('ruled', { ...ada, employees: '5000' });
    expect(await leads.one('ruled', String(plain.body['lead']))).toMatchObject({
      status: 'routed',
      queue: 'sales-dach',
      routedBy: 'rule:small',
    });
    expect(await leads.one('ruled', String(large.body['lead']))).toMatchObject({
      status: 'new',
      queue: null,
    });
  });
});

describe('nothing is stored', () => {
  test('for a page of another origin, whatever it sends', async () => {
    for (const wrong of ['https://evil.example', 'null', 'https://www.acme.example.evil.example']) {
      const answer = await leads.post('guarded', ada, { origin: wrong });
      expect([answer.status, answer.body['code']]).toEqual([403, 'site-refused']);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await leads.seen('guarded')).toEqual([]);
  });

  test('without the site’s key', async () => {
    for (const key of ['', keyOf('json'), 'pk_test_', keyOf('guarded').slice(0, -1)]) {
      expect((await leads.post('guarded', ada, { 'publishable-key': key })).status).toBe(403);
    }
    expect(await leads.seen('guarded')).toEqual([]);
  });

  test('for a site that does not exist, and no storage is left behind', async () => {
    expect((await leads.post('nowhere', ada)).status).toBe(404);
    expect((await leads.raw('/leads/Not%20A%20Site', { method: 'POST' })).status).toBe(404);
    expect(
      await leads.sql(
        'nowhere',
        "SELECT name FROM sqlite_master WHERE name IN ('migration', 'inbox', 'lead', 'journal')",
      ),
    ).toEqual([]);
  });

  test('without a way to reach the person: 422 for programs, a page for people', async () => {
    const answer = await leads.post('guarded', { name: 'Ada' });
    expect([answer.status, answer.body['errors']]).toEqual([
      422,
      [{ pointer: '/email', detail: 'is needed, or a phone number' }],
    ]);
    const page = await postForm('guarded', form('guarded', { name: 'Ada' }));
    expect([page.status, page.headers.get('content-type')]).toEqual([422, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('email is needed, or a phone number');
    expect(await leads.seen('guarded')).toEqual([]);
  });
});

describe('across origins', () => {
  const preflight = async (from: string): Promise<Response> =>
    leads.raw('/leads/guarded', {
      method: 'OPTIONS',
      headers: { origin: from, 'access-control-request-method': 'POST' },
    });

  test('a preflight from the site’s list is allowed to post with a key', async () => {
    const answer = await preflight(origin);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST');
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('publishable-key');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('any other is not', async () => {
    const answer = await preflight('https://evil.example');
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  test('a refusal can be read by the page that is allowed', async () => {
    const answer = await leads.post('guarded', { name: 'Ada' }, { origin });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([422, origin]);
  });
});

describe('what looks like spam', () => {
  test.each([
    ['honeypot', { ...ada, url_confirm: 'http://buy.example' }],
    ['disposable-domain', { ...ada, email: 'ada@throwaway.example' }],
    ['links', { ...ada, message: 'http://a.example '.repeat(5) }],
  ])(
    'by %s is answered like any lead, kept apart, hidden from agents and recoverable',
    async (reason, fields) => {
      const { status, body } = await leads.post('spammed', fields);
      const id = String(body['lead']);
      expect([status, body['status']]).toEqual([202, 'accepted']);
      expect(await leads.one('spammed', id)).toMatchObject({
        status: 'quarantined',
        reasons: [reason],
        queue: null,
      });
      const desk = await leads.desk();
      expect(await desk.get(id)).toBeNull();
      expect(await desk.route(id, 'sales-dach', '', 'call_1', soon())).toBe('not-found');

      const people = await leads.console();
      expect(await people.recover(leads.token('auditor'), id)).toMatchObject({
        ok: false,
        problem: { code: 'forbidden' },
      });
      expect(await people.recover(leads.token('operator'), id)).toMatchObject({
        ok: true,
        value: { status: 'new' },
      });
      expect(await people.recover(leads.token('operator'), id)).toMatchObject({
        ok: false,
        problem: { code: 'conflict' },
      });
      expect(await desk.get(id)).toMatchObject({ id, status: 'new' });
    },
  );

  test('is found under the site’s own name of the honeypot', async () => {
    const { body } = await leads.post('named', { 'your-mail': 'bot@acme.example', fax: '1' });
    expect(await leads.one('named', String(body['lead']))).toMatchObject({ reasons: ['honeypot'] });
  });

  test('and is sent again clean leaves quarantine as the same lead', async () => {
    const first = await leads.post('spammed', { ...ada, message: 'again', url_confirm: 'x' });
    const second = await leads.post('spammed', { ...ada, message: 'again' });
    expect(second.body['lead']).toBe(first.body['lead']);
    expect(await leads.one('spammed', String(first.body['lead']))).toMatchObject({ status: 'new' });
  });
});

describe('sent twice', () => {
  test('it is one lead, also 20 at once and in other forms of the same', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async () => leads.post('double', ada)));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(new Set(answers.map(({ body }) => body['lead'])).size).toBe(1);
    const shouted = await leads.post('double', { ...ada, email: 'ADA@acme.example ', utm_source: 'ads' });
    expect(shouted.body['lead']).toBe(answers[0]?.body['lead']);
    expect((await postForm('double', form('double'))).status).toBe(303);
    expect(await leads.seen('double')).toHaveLength(1);
  });

  test('with another word it is another lead', async () => {
    const one = await leads.post('double', { ...ada, message: 'one' });
    const two = await leads.post('double', { ...ada, message: 'two' });
    expect(one.body['lead']).not.toBe(two.body['lead']);
  });
});

describe('limits', () => {
  test('of an address are exact, 20 at once, and tell when to come back', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => leads.post('narrow', { ...ada, message: `number ${n}` })),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(15);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await leads.seen('narrow')).toHaveLength(5);
  });

  test('of an address still let the same form through, since it is the same lead', async () => {
    const kept = (await leads.seen('narrow'))[0]!;
    const [message] = await leads.revealed(kept.id, 'message');
    const again = await leads.post('narrow', { ...ada, message });
    expect([again.status, again.body['lead']]).toEqual([202, kept.id]);
  });

  test('keep an address only as a keyed hash', async () => {
    const rows = await leads.sql('narrow', 'SELECT sender FROM admission');
    expect(JSON.stringify(rows)).toMatch(/"sender":"[0-9a-f]{64}"/);
    expect(JSON.stringify(rows)).not.toContain('127.0.0.1');
  });

  test('of a site lose nothing: exactly so many go on, the rest are quarantined up to a bound', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => leads.post('busy', { ...ada, message: `number ${n}` })),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(25);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
    const kept = await leads.seen('busy');
    expect(kept.filter(({ status }) => status === 'new')).toHaveLength(5);
    expect(kept.filter(({ reasons }) => reasons.includes('over-site-limit'))).toHaveLength(20);
  });
});

describe('a test', () => {
  test.each([
    ['by its field', { ...ada, test: 'true' }, {}],
    [
      'by its key',
      { ...ada, message: 'by key' },
      { 'publishable-key': keyOf('tested').replace('pk_', 'pk_test_') },
    ],
  ])('%s is accepted and flagged, and reaches neither rules nor agents', async (_, fields, headers) => {
    const { status, body } = await leads.post('tested', fields, headers);
    expect([status, body['test']]).toEqual([202, true]);
    const id = String(body['lead']);
    expect(await leads.one('tested', id)).toMatchObject({ test: true, status: 'new', queue: null });
    const desk = await leads.desk();
    const listed = await desk.list(leads.call('leads.lead.list'), { status: 'new', limit: 100 });
    expect(listed.map((lead) => lead.id)).not.toContain(id);
    expect(await desk.route(id, 'sales-dach', '', `call_${id}`, soon())).toBe('not-routable');
    expect(await leads.sql('tested', 'SELECT due_at FROM lead WHERE due_at IS NOT NULL')).toEqual([]);
  });
});

describe('the endpoint', () => {
  test.each([
    ['GET', '/leads/json', 'POST, OPTIONS'],
    ['PUT', '/leads/json', 'POST, OPTIONS'],
    ['DELETE', '/leads/json', 'POST, OPTIONS'],
    ['POST', '/leads/json/thanks', 'GET, HEAD'],
    ['POST', '/leads/embed.js', 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const answer = await leads.raw(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  test.each(['/leads', '/leads/', '/leads/json/', '/leads/json/thanks/x'])('%s is 404', async (path) => {
    expect((await leads.raw(path, {})).status).toBe(404);
  });

  test('serves a script that any page may load, and that parses', async () => {
    const answer = await leads.raw('/leads/embed.js', {});
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const script = await answer.text();
    expect(() => new Script(script)).not.toThrow();
  });
});
