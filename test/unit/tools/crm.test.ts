import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference, sorted } from '../../../workers/tools/crm/members.ts';
import { decimalText, minorUnits } from '../../../workers/tools/crm/money.ts';

describe('money as HubSpot writes it', () => {
  test.each([
    ['1234.5', 'EUR', 123_450],
    ['0.07', 'EUR', 7],
    ['-3', 'USD', -300],
    ['1250', 'JPY', 1250],
    ['1250.000', 'JPY', 1250],
    ['1.234', 'KWD', 1234],
    ['12.300', 'EUR', 1230],
  ])('%s %s is %i minor units', (text, currency, units) => {
    expect(minorUnits(text, currency)).toBe(units);
  });

  test.each([
    ['99.995', 'USD'],
    ['12.5', 'JPY'],
    ['1e3', 'EUR'],
    ['1,000', 'EUR'],
    ['', 'EUR'],
    [null, 'EUR'],
    ['12', null],
    ['12', ''],
    ['12', 'euros'],
    ['999999999999999.99', 'KWD'],
  ])('%s %s is nothing that could be said in minor units', (text, currency) => {
    expect(minorUnits(text, currency)).toBeNull();
  });

  test('what is written is read back as it was, in every currency', () => {
    const currencies = fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), currencies, (units, currency) => {
        expect(minorUnits(decimalText(units, currency), currency)).toBe(units);
      }),
    );
  });

  test('an amount of no currency is not written', () => {
    expect(decimalText(100, null)).toBeUndefined();
  });
});

describe('who is put on a list and taken off it', () => {
  const ids = fc.array(fc.integer({ min: 1, max: 1e15 }).map(String), { maxLength: 30 });

  test('both steps done, the list is what was wanted; nobody is moved twice or for nothing', () => {
    fc.assert(
      fc.property(ids, ids, (now, wanted) => {
        const { on, off } = difference(now, wanted);
        const after = sorted([...now.filter((id) => !off.includes(id)), ...on]);
        expect(after).toEqual(sorted(wanted));
        expect(on.some((id) => now.includes(id))).toBe(false);
        expect(off.every((id) => now.includes(id))).toBe(true);
      }),
    );
  });

  test('ids are sorted by number, beyond what a number holds exactly', () => {
    const long = ['9007199254740993', '9007199254740992', '10', '9', '9'];
    expect(sorted(long)).toEqual(['9', '10', '9007199254740992', '9007199254740993']);
  });
});
