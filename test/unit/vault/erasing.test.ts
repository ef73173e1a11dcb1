import { describe, expect, test } from 'vitest';
import { names, personKey } from '../../../shared/erasure.ts';
import { certificateText, type Erasure } from '../../../shared/erasure.ts';
import { verifyText } from '../../../shared/crypto.ts';
import { contracts } from '../../../workers/tools/catalogue.ts';
import { certify, publicKeyOf } from '../../../workers/vault/certificate.ts';
import { atVendors, outOfReach } from '../../../workers/vault/out-of-reach.ts';
import { Refusals } from '../../../workers/vault/refusals.ts';
import { countsOf } from '../../../workers/vault/person-store.ts';
import { keys as signing } from '../journal/support.ts';
import { DAY, item, NOW, openVault } from './support.ts';

const ann = { kind: 'email', value: 'ann@acme.example' } as const;

describe('a person', () => {
  test.each([
    [' Ann@ACME.example ', ann],
    ['ａｎｎ@acme.example', ann],
    ['+1 (555) 010-0777', { kind: 'phone', value: '550100777' }],
    ['0555 0100777', { kind: 'phone', value: '550100777' }],
    ['Ann', null],
    ['12345', null],
    ['ann@', null],
    ['', null],
  ])('%s is told again however it is written', (text, key) => {
    expect(personKey(text)).toEqual(key);
  });

  test('is found in a text by the whole address or number only', () => {
    expect(names('Mail Ann@acme.example, please.', ann)).toBe(true);
    expect(names('<ann@acme.example>', ann)).toBe(true);
    expect(names('{"email":"ann@acme.example"}', ann)).toBe(true);
    expect(names('Mail joann@acme.example.', ann)).toBe(false);
    expect(names('Mail ann@acme.example.org.', ann)).toBe(false);
    expect(names('Call +1 555 0100 777 today', { kind: 'phone', value: '550100777' })).toBe(true);
    expect(names('Order 550100778', { kind: 'phone', value: '550100777' })).toBe(false);
  });
});

describe('erasing a person from a vault', () => {
  test('finds their values, all about the same record, and texts that name them', () => {
    const { values, persons, keys } = openVault();
    const seal = (value: string, rest: Parameters<typeof item>[1] = {}): string =>
      values.seal(keys, item(value, rest), NOW, DAY);
    const theirs = [
      seal('Ann@acme.example', { subject: 'contact:1' }),
      seal('Ann', { class: 'name', subject: 'contact:1' }),
      seal('ann@acme.example', { typed: true }),
      seal('Ann Other', { class: 'name', subject: 'email:ANN@acme.example' }),
      seal('{"to":"ann@acme.example"}', { class: 'text', subject: 'ticket:9' }),
    ];
    const others = [
      seal('joann@acme.example', { subject: 'contact:2' }),
      seal('Ann', { class: 'name', subject: 'contact:2' }),
      // A text of somebody else that names her is erased; what is about whoever wrote it is not.
      seal('Bob', { class: 'name', subject: 'ticket:9' }),
      seal('4111111550100777', { class: 'card' }),
    ];
    const found = persons.about(keys, [ann], null);
    expect(found.map(({ placeholder }) => placeholder).sort()).toEqual(theirs.toSorted());
    expect(countsOf(found)).toEqual({ email: 2, name: 2, text: 1 });
    persons.erase(found);
    expect(theirs.map((one) => values.open(keys, one, NOW))).toEqual(theirs.map(() => undefined));
    expect(others.every((one) => values.open(keys, one, NOW) !== undefined)).toBe(true);
    expect(persons.about(keys, [ann], null)).toEqual([]);
    expect(theirs).not.toContain(seal('Ann@acme.example', { subject: 'contact:1' }));
  });

  test('by a placeholder takes the addresses of the same person, and no telephone that many share', () => {
    const { values, persons, keys } = openVault();
    const seal = (value: string, rest: Parameters<typeof item>[1]): string =>
      values.seal(keys, item(value, rest), NOW, DAY);
    const name = seal('Ann', { class: 'name', subject: 'contact:1' });
    seal('ann@acme.example', { subject: 'contact:1' });
    const desk = seal('+1 555 0100 777', { class: 'phone', subject: 'contact:1' });
    expect(persons.keysOf(keys, name, NOW)).toEqual([ann]);
    expect(persons.keysOf(keys, desk, NOW)).toEqual([{ kind: 'phone', value: '550100777' }]);
    expect(persons.keysOf(keys, '[[email:77777777773]]', NOW)).toBeNull();
  });
});

describe('a certificate', () => {
  const erasure: Erasure = {
    id: 'eras_01JD00000000000000000000QA',
    state: 'erased',
    person: 'hash',
    by: 'owner@sandbox.example',
    reason: 'request 4711',
    at: '2026-11-01T00:00:00.000Z',
    agents: [{ agent: 'lead-router', counts: { email: 1 } }],
    erasedAt: '2026-11-01T00:00:01.000Z',
    completeAt: '2026-12-01T00:00:01.000Z',
  };

  test('says what was erased, how much of it is complete, and what it is not about', () => {
    const made = certify(erasure, outOfReach(false), signing.privateKey, NOW);
    if (!made) throw new Error('it is over');
    expect(made.certified).toMatchObject({ state: 'erased', leads: null, agents: erasure.agents });
    expect(made.key).toBe(publicKeyOf(signing.privateKey));
    expect(JSON.parse(made.key)).not.toHaveProperty('d');
    expect(verifyText(made.key, certificateText(made.certified), made.signature)).toBe(true);
    const altered = { ...made.certified, agents: [] };
    expect(verifyText(made.key, certificateText(altered), made.signature)).toBe(false);
  });

  test('is not made of what still runs', () => {
    const running: Erasure = { ...erasure, state: 'running', erasedAt: null, completeAt: null };
    expect(certify(running, [], signing.privateKey, NOW)).toBeNull();
    expect(certify({ ...running, state: 'dry-run' }, [], signing.privateKey, NOW)).toBeNull();
  });

  test('names each tool’s vendor as out of reach', () => {
    expect(Object.keys(atVendors).sort()).toEqual(contracts.map(({ tool }) => tool).sort());
    expect(outOfReach(true).map(({ where }) => where)).not.toContain('leads in sites’ inboxes');
    expect(outOfReach(false).map(({ where }) => where)).toContain('leads in sites’ inboxes');
  });
});

test('refusals are recorded up to a bound, and the rest is counted', () => {
  const refusals = new Refusals();
  const first = Array.from({ length: 30 }, (_, n) => refusals.next(NOW + n));
  expect(first.filter((one) => one !== null)).toHaveLength(20);
  expect(refusals.next(NOW + 60_000)).toBe(10);
  expect(refusals.next(NOW + 60_001)).toBe(0);
});
