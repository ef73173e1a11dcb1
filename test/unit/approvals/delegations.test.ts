import { describe, expect, test } from 'vitest';
import { directorySchema } from '../../../shared/directory.ts';
import type { Role } from '../../../shared/people.ts';
import { delegationInput, mayEnd, ruleOnDelegation } from '../../../workers/approvals/delegations.ts';
import type { Delegation } from '../../../shared/rpc.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-11-23T10:00:00Z');
const directory = directorySchema.parse({
  people: [{ name: 'Ada', identities: ['ada@acme.example', 'ada@old.example'] }],
});
const ada = { email: 'ada@acme.example', roles: ['approver', 'auditor'] as const };
const ahead = (ms: number): string => new Date(now + ms).toISOString();
const wish = (more = {}) => ({ to: 'bo@acme.example', until: ahead(DAY), reason: 'on holiday', ...more });
const rule = (
  input = wish(),
  who: { email: string; roles: readonly never[] } | typeof ada = ada,
  made: Delegation[] = [],
) => ruleOnDelegation(input, who, directory, made, now);

describe('a person who is away lends', () => {
  test('their own right to decide, and no other role', () => {
    expect(rule()).toEqual({
      ok: true,
      lent: {
        from: 'ada@acme.example',
        to: 'bo@acme.example',
        roles: ['approver'],
        since: ahead(0),
        until: ahead(DAY),
        reason: 'on holiday',
      },
    });
  });

  test.each([
    ['to themselves', { to: 'ADA@acme.example' }, '/to'],
    ['to themselves under another address', { to: 'ada@old.example' }, '/to'],
    ['until a time that is past', { until: ahead(0) }, '/until'],
    ['for more than 30 days', { until: ahead(30 * DAY + 1) }, '/until'],
  ])('not %s', (_, more, pointer) => {
    expect(rule(wish(more))).toMatchObject({ problem: { errors: [{ pointer }] } });
  });

  test('for 30 days, which is the most', () => {
    expect(rule(wish({ until: ahead(30 * DAY) })).ok).toBe(true);
  });

  test('nothing when they decide on nothing themselves, whatever was lent to them', () => {
    expect(rule(wish(), { email: 'bo@acme.example', roles: [] })).toMatchObject({
      problem: { code: 'forbidden' },
    });
  });

  test('to no more than ten at once; what is over does not count', () => {
    const lent: Delegation = {
      id: 'deleg_1',
      from: ada.email,
      to: 'bo@acme.example',
      roles: ['approver'],
      since: ahead(-DAY),
      until: ahead(DAY),
      reason: 'x',
      endedAt: null,
    };
    expect(
      rule(
        wish(),
        ada,
        Array.from({ length: 10 }, () => lent),
      ),
    ).toMatchObject({ problem: { code: 'conflict' } });
    expect(
      rule(
        wish(),
        ada,
        Array.from({ length: 10 }, () => ({ ...lent, endedAt: ahead(0) })),
      ).ok,
    ).toBe(true);
  });

  test('with a reason, of which no personal data is kept', () => {
    expect(delegationInput.safeParse(wish({ reason: ' ' })).success).toBe(false);
    expect(rule(wish({ reason: 'ask max@acme.example' }))).not.toMatchObject({
      lent: { reason: expect.stringContaining('max@acme.example') as string },
    });
  });
});

test('either of the two ends it, by whatever address, or an owner, as who lent it may be gone; nobody else', () => {
  const one = { from: 'ada@acme.example', to: 'bo@acme.example' } as Delegation;
  const ends = (email: string, ...held: Role[]): boolean => mayEnd(one, { email, roles: held }, directory);
  expect(ends('ada@old.example', 'approver')).toBe(true);
  expect(ends('BO@acme.example')).toBe(true);
  expect(ends('cy@acme.example', 'owner')).toBe(true);
  expect(ends('cy@acme.example', 'approver', 'operator', 'incident-commander', 'auditor')).toBe(false);
});
