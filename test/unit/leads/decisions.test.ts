import { describe, expect, test } from 'vitest';
import { isId } from '../../../shared/ids.ts';
import { fingerprint } from '../../../workers/leads/dedupe.ts';
import { newLeadId, tagOfLead, tagOfSite } from '../../../workers/leads/lead-id.ts';
import { isDisposable } from '../../../workers/leads/mail-domains.ts';
import { placeLead } from '../../../workers/leads/place.ts';
import type { Draft } from '../../../workers/leads/parse.ts';
import { routeByRules, type Rule } from '../../../workers/leads/rules.ts';
import { checkKey, originAllowed } from '../../../workers/leads/site-access.ts';
import { spamReasons } from '../../../workers/leads/spam.ts';
import { routing } from '../../../workers/leads/transitions.ts';

const draft: Draft = {
  name: 'Ada Example',
  email: 'ada@acme.example',
  phone: null,
  company: 'Acme',
  companyDomain: 'acme.example',
  country: 'DE',
  employees: 40,
  value: 120_000,
  currency: 'EUR',
  interest: 'demo',
  message: 'Hello',
  consent: { given: true, wording: null, version: '1' },
  attribution: {},
  extra: {},
};

describe('rules', () => {
  const rule = (when: Rule['when']): Rule => ({ id: 'small', queue: 'self-serve', when });

  test.each<[Rule['when'], Partial<Draft>, boolean]>([
    [{ country: ['AT', 'DE'], maxEmployees: 40, maxValue: 120_000, interest: ['Demo'] }, {}, true],
    [{ maxEmployees: 39 }, {}, false],
    [{ maxValue: 119_999 }, {}, false],
    [{ country: ['FR'] }, {}, false],
    [{ interest: ['pricing'] }, {}, false],
    [{ maxEmployees: 40, country: ['FR'] }, {}, false],
    [{ maxEmployees: 9_999 }, { employees: null }, false],
    [{ maxValue: 9_999_999 }, { value: null }, false],
    [{ country: ['DE'] }, { country: null }, false],
    [{}, {}, true],
  ])('%j for %j fits: %s', (when, change, fits) => {
    expect(routeByRules({ ...draft, ...change }, [rule(when)]) !== undefined).toBe(fits);
  });

  test('are tried in order', () => {
    const rules = [
      { ...rule({ country: ['FR'] }), id: 'fr' },
      { ...rule({}), id: 'rest' },
      { ...rule({}), id: 'late' },
    ];
    expect(routeByRules(draft, rules)?.id).toBe('rest');
  });
});

describe('a new lead goes', () => {
  const site = { responseSeconds: 60, rules: [{ id: 'all', when: {}, queue: 'self-serve' }] };

  test('to the queue of the rule that fits', () => {
    expect(placeLead(site, { draft, test: false, reasons: [] }, 1_000)).toMatchObject({
      status: 'routed',
      queue: 'self-serve',
      routedBy: 'rule:all',
      dueAt: null,
    });
  });
  test('to wait for an agent until it is due, when no rule fits', () => {
    expect(placeLead({ ...site, rules: [] }, { draft, test: false, reasons: [] }, 1_000)).toMatchObject({
      status: 'new',
      queue: null,
      dueAt: 61_000,
    });
  });
  test('nowhere when it is a test', () => {
    expect(placeLead(site, { draft, test: true, reasons: [] }, 1_000)).toMatchObject({
      status: 'new',
      queue: null,
      routedBy: null,
      dueAt: null,
    });
  });
  test('to quarantine for any reason, before any rule', () => {
    expect(placeLead(site, { draft, test: false, reasons: ['links'] }, 1_000)).toMatchObject({
      status: 'quarantined',
      queue: null,
      dueAt: null,
    });
  });
});

describe('spam', () => {
  const clean = { honeypot: undefined, turnstile: 'off' } as const;

  test('a plain lead shows no sign of it', () => {
    expect(spamReasons(draft, clean)).toEqual([]);
    expect(
      spamReasons({ ...draft, message: 'See https://acme.example and http://b.example' }, clean),
    ).toEqual([]);
  });
  test('every sign is named', () => {
    const bad = { ...draft, email: 'x@mail.throwaway.example', message: 'http://a '.repeat(4) };
    expect(spamReasons(bad, { honeypot: 'x', turnstile: 'failed' })).toEqual([
      'honeypot',
      'disposable-domain',
      'links',
      'turnstile-failed',
    ]);
  });
  test.each(['missing', 'unavailable'] as const)('Turnstile %s is a sign', (turnstile) => {
    expect(spamReasons(draft, { honeypot: undefined, turnstile })).toEqual([`turnstile-${turnstile}`]);
  });
  test('a name with a link is one', () => {
    expect(spamReasons({ ...draft, name: 'Win at https://x.example' }, clean)).toEqual(['links']);
  });
  test('disposable domains are known with their subdomains, whole labels only', () => {
    expect(['a@mailinator.com', 'a@eu.mailinator.com', 'A@MAILINATOR.COM'].map(isDisposable)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['a@notmailinator.com.acme.example', 'a@acme.example', 'a@com'].map(isDisposable)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('the same content', () => {
  const print = (change: Partial<Draft> = {}, test = false): string =>
    fingerprint('key', { ...draft, ...change }, test);

  test('is the same whatever its case, spacing, campaign and consent wording', () => {
    expect(print({ email: 'ADA@acme.example', message: ' hello ', attribution: { utm_source: 'x' } })).toBe(
      print(),
    );
    expect(print({ consent: { given: true, wording: 'New', version: '2' } })).toBe(print());
  });
  test('is another when the person says anything else, or when one is a test', () => {
    const others = [
      print({ message: 'Hello again' }),
      print({ employees: 41 }),
      print({ extra: { topic: 'x' } }),
      print({ consent: { ...draft.consent, given: false } }),
      print({}, true),
    ];
    expect(new Set([...others, print()]).size).toBe(6);
  });
  test('cannot be recognised without the inbox’s key', () => {
    expect(fingerprint('other', draft, false)).not.toBe(print());
  });
});

describe('routing', () => {
  test.each([
    ['new', 'sales', { ok: true, status: 'routed' }],
    ['new', 'human-queue', { ok: true, status: 'human-queue' }],
    ['human-queue', 'sales', { ok: true, status: 'routed' }],
    ['routed', 'human-queue', { ok: true, status: 'human-queue' }],
    ['routed', 'sales', { ok: false, why: 'already-routed' }],
    ['quarantined', 'sales', { ok: false, why: 'not-found' }],
  ] as const)('of a %s lead to %s', (status, queue, verdict) => {
    expect(routing({ status, test: false }, queue)).toEqual(verdict);
  });
  test('of a test or of nothing is refused', () => {
    expect(routing({ status: 'new', test: true }, 'human-queue')).toEqual({ ok: false, why: 'not-routable' });
    expect(routing(null, 'sales')).toEqual({ ok: false, why: 'not-found' });
  });
});

describe('who may post', () => {
  const site = {
    origins: ['https://www.acme.example', 'http://127.0.0.1:8787/'],
    publishableKey: 'pk_acme00000000',
  };

  test.each([
    ['https://www.acme.example', true],
    ['http://127.0.0.1:8787', true],
    [null, true],
    ['null', false],
    ['https://acme.example', false],
    ['http://www.acme.example', false],
    ['https://www.acme.example.evil.example', false],
    ['https://www.acme.example/', false],
    ['', false],
  ])('a page of origin %s: %s', (origin, allowed) => {
    expect(originAllowed(site, origin)).toBe(allowed);
  });

  test.each([
    ['pk_acme00000000', 'live'],
    ['pk_test_acme00000000', 'test'],
    ['pk_test_acme00000001', 'wrong'],
    ['pk_acme0000000', 'wrong'],
    ['', 'wrong'],
    [undefined, 'wrong'],
  ])('a form with key %s: %s', (sent, kind) => {
    expect(checkKey(site, sent)).toBe(kind);
  });
});

test('a lead’s id is a lead’s id, new each time, and leads to its site', () => {
  const ids = Array.from({ length: 1_000 }, () => newLeadId('acme', 1_795_348_537_763));
  expect(ids.every((id) => isId('lead', id) && tagOfLead(id) === tagOfSite('acme'))).toBe(true);
  expect(new Set(ids).size).toBe(1_000);
  expect(tagOfSite('acme')).not.toBe(tagOfSite('other'));
});
