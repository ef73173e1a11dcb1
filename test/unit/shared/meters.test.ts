import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestSchema } from '../../../shared/manifest.ts';
import { budgetRules, Meters, sharedRules, type Rule } from '../../../shared/meters.ts';
import type { Usage } from '../../../shared/usage.ts';

const HOUR = 3_600_000;
const start = Date.UTC(2026, 10, 2, 9);

function usage(what: Partial<Usage> = {}): Usage {
  const nothing = {
    spend: 0,
    currency: null,
    recipients: 0,
    records: 0,
    accounts: [],
    campaigns: [],
    regions: [],
  };
  return { action: 'ads.budget.set', calls: 1, ...nothing, ...what };
}

function rule(what: Partial<Rule>): Rule {
  return {
    kind: 'budget',
    measure: 'records',
    currency: null,
    max: 10,
    per: 3_600,
    each: null,
    action: '*',
    ...what,
  };
}

/** Takes it if there is room; says whether there was. */
function admit(meters: Meters, what: Usage, now: number): boolean {
  if (meters.check(what, now)) return false;
  meters.take(what, meters.at(now));
  return true;
}

interface Used {
  amount: number;
  at: number;
  names: string[];
}

/** The most that any window of `length` ms holds. */
function worst(used: readonly Used[], length: number, sum: (inside: readonly Used[]) => number): number {
  return Math.max(
    0,
    ...used.map(({ at }) => sum(used.filter((one) => one.at >= at && one.at < at + length))),
  );
}

const amounts = (inside: readonly Used[]): number => inside.reduce((sum, { amount }) => sum + amount, 0);
const different = (inside: readonly Used[]): number => new Set(inside.flatMap(({ names }) => names)).size;

/** Calls one after another; a clock that jumps back in between; some of them fail later. */
const calls = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 20 * 60_000 }),
    back: fc.option(fc.integer({ min: 0, max: 2 * HOUR }), { freq: 10, nil: 0 }),
    amount: fc.integer({ min: 0, max: 15 }),
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fails: fc.boolean(),
  }),
  { maxLength: 120 },
);

describe('a budget', () => {
  test('is never exceeded in any window, whatever the calls, failures and steps of the clock', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 40 }), (made, max) => {
        const rules = [rule({ max }), rule({ max: 3, kind: 'radius', measure: 'campaigns' })];
        const meters = new Meters('agent', rules);
        const kept: Used[] = [];
        let time = start;
        for (const { gap, back, amount, name, fails } of made) {
          time += gap;
          const what = usage({ records: amount, campaigns: [name] });
          const at = meters.at(time - (back ?? 0));
          if (!admit(meters, what, time - (back ?? 0))) continue;
          if (fails) meters.giveBack(what, at);
          else kept.push({ amount, at, names: [name] });
        }
        expect(worst(kept, HOUR, amounts)).toBeLessThanOrEqual(max);
        expect(worst(kept, HOUR, different)).toBeLessThanOrEqual(3);
      }),
      { numRuns: 300 },
    );
  });

  test('counts the same after a restart, whatever had been used and given back', () => {
    fc.assert(
      fc.property(calls, (made) => {
        const rules = [rule({ max: 40 }), rule({ max: 200, per: null, each: 'campaign' })];
        const meters = new Meters('agent', rules);
        const rows: { what: Usage; at: number }[] = [];
        let time = start;
        for (const { gap, amount, name, fails } of made) {
          time += gap;
          const what = usage({ records: amount, campaigns: [name] });
          const at = meters.at(time);
          if (!admit(meters, what, time)) continue;
          if (fails) meters.giveBack(what, at);
          else rows.push({ what, at });
        }
        const again = new Meters('agent', rules);
        for (const { what, at } of rows) again.take(what, at);
        expect(again.view(time)).toEqual(meters.view(time));
      }),
    );
  });

  test('lets all of it be used, at once and again when the window has passed', () => {
    const meters = new Meters('agent', [rule({ max: 10 })]);
    expect(admit(meters, usage({ records: 10 }), start)).toBe(true);
    expect(admit(meters, usage({ records: 1 }), start + HOUR - 1)).toBe(false);
    // At most one step, 1/3600 of the window, late.
    expect(admit(meters, usage({ records: 10 }), start + HOUR + HOUR / 3_600)).toBe(true);
  });

  test('gives nothing back within the window, not even a millisecond early', () => {
    const meters = new Meters('agent', [rule({ max: 10 })]);
    expect(admit(meters, usage({ records: 10 }), start + 1)).toBe(true);
    expect(admit(meters, usage({ records: 1 }), start + HOUR)).toBe(false);
  });

  test('of which something is taken again late still leaves the window by when it was used', () => {
    const meters = new Meters('agent', [rule({ max: 10 })]);
    const first = usage({ records: 4 });
    meters.take(first, start);
    meters.giveBack(first, start);
    meters.take(usage({ records: 5 }), start + 60_000);
    meters.take(first, start);
    expect(meters.view(start + HOUR)[0]?.used).toBe(5);
    expect(meters.view(start + HOUR + 60_000)[0]?.used).toBe(0);
  });

  test('says when there is room for exactly this call', () => {
    const meters = new Meters('agent', [rule({ max: 10 })]);
    admit(meters, usage({ records: 4 }), start);
    admit(meters, usage({ records: 6 }), start + 60_000);
    expect(meters.check(usage({ records: 4 }), start + 120_000)).toMatchObject({
      of: 'agent',
      asked: 4,
      left: 0,
      why: 'full',
      retryAfter: 3_480,
    });
    expect(meters.check(usage({ records: 5 }), start + 120_000)?.retryAfter).toBe(3_540);
  });

  test('says that waiting does not help where one call alone is past it, or where it is for ever', () => {
    const meters = new Meters('agent', [
      rule({ max: 10 }),
      rule({ max: 5, per: null, measure: 'recipients' }),
    ]);
    expect(meters.check(usage({ records: 11 }), start)).toMatchObject({ why: 'too-much', retryAfter: null });
    admit(meters, usage({ recipients: 5 }), start);
    expect(meters.check(usage({ recipients: 1 }), start + 999 * HOUR)).toMatchObject({
      why: 'full',
      left: 0,
      retryAfter: null,
    });
  });

  test('counts each campaign by itself, those that name none together', () => {
    const meters = new Meters('agent', [rule({ max: 10, per: null, each: 'campaign' })]);
    expect(admit(meters, usage({ records: 10, campaigns: ['spring'] }), start)).toBe(true);
    expect(admit(meters, usage({ records: 10, campaigns: ['autumn'] }), start)).toBe(true);
    expect(admit(meters, usage({ records: 10 }), start)).toBe(true);
    expect(admit(meters, usage({ records: 1 }), start)).toBe(false);
    // Counted in full for each of two: neither is given more than its share.
    expect(admit(meters, usage({ records: 1, campaigns: ['winter', 'spring'] }), start)).toBe(false);
    expect(meters.view(start)[0]?.by?.map(({ name, left }) => [name, left])).toEqual([
      ['', 0],
      ['autumn', 0],
      ['spring', 0],
    ]);
  });

  test('of one action counts only that', () => {
    const meters = new Meters('agent', [rule({ max: 1, action: 'crm.contact.update' })]);
    expect(admit(meters, usage({ records: 99 }), start)).toBe(true);
    expect(meters.view(start)[0]?.used).toBe(0);
  });
});

test('a clock that steps back opens nothing: what is refused now is refused then, too', () => {
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 5 * HOUR }), (made, back) => {
      const meters = new Meters('agent', [
        rule({ max: 20 }),
        rule({ max: 2, kind: 'radius', measure: 'campaigns' }),
      ]);
      let time = start;
      for (const { gap, amount, name } of made) {
        time += gap;
        const what = usage({ records: amount, campaigns: [name] });
        const refused = meters.check(what, time);
        expect(meters.check(what, time - back)).toEqual(refused);
        if (!refused) meters.take(what, meters.at(time - back));
      }
    }),
  );
});

describe('money', () => {
  const euros = rule({ measure: 'spend', currency: 'EUR', max: 1_000, per: null });

  test('in another currency is refused and never converted', () => {
    const meters = new Meters('agent', [euros]);
    expect(meters.check(usage({ spend: 1, currency: 'USD' }), start)).toMatchObject({
      why: 'currency',
      retryAfter: null,
      rule: { currency: 'EUR' },
    });
    expect(meters.check(usage({ spend: 1, currency: null }), start)?.why).toBe('currency');
    expect(admit(meters, usage({ spend: 1_000, currency: 'EUR' }), start)).toBe(true);
    expect(meters.check(usage({ spend: 1, currency: 'EUR' }), start)?.why).toBe('full');
  });

  test('has a budget for each currency, if there are several', () => {
    const meters = new Meters('agent', [
      euros,
      rule({ measure: 'spend', currency: 'USD', max: 5, per: null }),
    ]);
    expect(admit(meters, usage({ spend: 5, currency: 'USD' }), start)).toBe(true);
    expect(admit(meters, usage({ spend: 1, currency: 'USD' }), start)).toBe(false);
    expect(admit(meters, usage({ spend: 1_000, currency: 'EUR' }), start)).toBe(true);
  });
});

describe('blast radius', () => {
  const two = rule({ kind: 'radius', measure: 'accounts', max: 2 });
  const on = (...accounts: string[]): Usage => usage({ accounts });

  test('lets the same ones be touched again and no further one', () => {
    const meters = new Meters('agent', [two]);
    expect([on('a'), on('b'), on('a'), on('b', 'a')].map((one) => admit(meters, one, start))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(meters.check(on('c'), start + 60_000)).toMatchObject({
      why: 'full',
      asked: 1,
      left: 0,
      retryAfter: 3_540,
    });
    expect(meters.check(on('x', 'y', 'z'), start)).toMatchObject({ why: 'too-much', retryAfter: null });
  });

  test('is free of one that is given back, and of none that something else still counts for', () => {
    const meters = new Meters('agent', [two]);
    const at = meters.at(start);
    for (const one of [on('a'), on('b'), on('b')]) admit(meters, one, start);
    meters.giveBack(on('b'), at);
    expect(admit(meters, on('c'), start)).toBe(false);
    meters.giveBack(on('b'), at);
    expect(admit(meters, on('c'), start)).toBe(true);
  });
});

describe('a call that failed', () => {
  test('gives back what it would have cost, and stays counted as a call', () => {
    const meters = new Meters('vendor:ads', [
      rule({ kind: 'rate', measure: 'calls', max: 2 }),
      rule({ max: 5 }),
    ]);
    const what = usage({ records: 5 });
    const at = meters.at(start);
    admit(meters, what, start);
    meters.giveBack(what, at, 'amounts');
    expect(meters.view(start).map(({ used }) => used)).toEqual([1, 0]);
    // And its success may turn out later.
    meters.take(what, at, 'amounts');
    expect(meters.view(start).map(({ used }) => used)).toEqual([1, 5]);
  });
});

describe('a limit that is taken from before it is used', () => {
  test('holds in any window of the uses, however long each of them is delayed', () => {
    const LATE = 2_000;
    const grants = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 3_000 }), delay: fc.integer({ min: 0, max: LATE - 1 }) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(
        grants,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 10 }),
        (asks, max, per) => {
          const meters = new Meters('vendor:crm', [rule({ kind: 'rate', measure: 'calls', max, per })], LATE);
          const uses: Used[] = [];
          let time = start;
          for (const { gap, delay } of asks) {
            time += gap;
            if (admit(meters, usage(), time)) uses.push({ amount: 1, at: time + delay, names: [] });
          }
          expect(worst(uses, per * 1_000, amounts)).toBeLessThanOrEqual(max);
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('the rules of a manifest and of what is shared are read as they are written', () => {
  const budgets = manifestSchema.shape.budgets.parse([
    {
      measure: 'spend',
      currency: 'EUR',
      max: 50_000,
      per: 'day',
      each: 'campaign',
      action: 'ads.budget.set',
    },
  ]);
  const radius = manifestSchema.shape.radius.parse([{ of: 'regions', max: 3, per: 'hour' }]);
  expect(budgetRules({ budgets, radius })).toEqual([
    rule({
      measure: 'spend',
      currency: 'EUR',
      max: 50_000,
      per: 86_400,
      each: 'campaign',
      action: 'ads.budget.set',
    }),
    rule({ kind: 'radius', measure: 'regions', max: 3 }),
  ]);
  const shared = { workflows: {}, vendors: { crm: { max: 40, per: 10 } } };
  expect(sharedRules(shared, 'vendor:crm')).toEqual([
    rule({ kind: 'rate', measure: 'calls', max: 40, per: 10 }),
  ]);
  expect(sharedRules(shared, 'vendor:chat')).toEqual([]);
  expect(sharedRules(shared, 'workflow:constructor')).toEqual([]);
  expect(sharedRules(undefined, 'vendor:crm')).toEqual([]);
});
