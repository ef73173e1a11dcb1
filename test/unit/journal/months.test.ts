import { describe, expect, it } from 'vitest';
import { newId } from '../../../shared/ids.ts';
import { fileMonth, monthOfCall, monthsBetween, runs } from '../../../workers/ledger/months.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const body = (at: string): string => `{"at":"${at}","data":{}}`;

describe('filing entries by month', () => {
  it.each([
    ['2026-11-22T11:59:59.000Z', '2026-11'],
    ['2026-10-31T23:59:59.999Z', '2026-10'],
    ['2025-12-01T00:00:00.000Z', '2025-12'],
    ['2026-12-01T00:00:00.000Z', '2026-11'], // A clock ahead of ours.
    ['2999-01-01T00:00:00.000Z', '2026-11'],
    ['2026-13-01T00:00:00.000Z', '2026-11'], // No month: refused where it is filed.
    ['soon', '2026-11'],
  ])('files %s in %s', (at, month) => {
    expect(fileMonth(body(at), now)).toBe(month);
  });

  it('splits a shipment where the month turns, keeping its order', () => {
    const [a, b, c] = [
      '2026-10-31T23:00:00.000Z',
      '2026-10-31T23:59:59.999Z',
      '2026-11-01T00:00:00.000Z',
    ].map(body);
    expect(runs([a!, b!, c!], now)).toEqual([
      { month: '2026-10', bodies: [a, b] },
      { month: '2026-11', bodies: [c] },
    ]);
    expect(runs([], now)).toEqual([]);
  });

  it('reads the months of a span, newest first, and one more on either side', () => {
    const months = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03'];
    expect(monthsBetween(months)).toEqual(months.toReversed());
    expect(monthsBetween(months, '2026-02-10T00:00:00.000Z')).toEqual(['2026-03', '2026-02', '2026-01']);
    expect(monthsBetween(months, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')).toEqual([
      '2026-02',
      '2026-01',
      '2025-12',
    ]);
  });

  it('knows the month of a call by its id, and of nothing else', () => {
    expect(monthOfCall(newId('call', now))).toBe('2026-11');
    expect(monthOfCall(`${newId('call', now)}~`)).toBe('2026-11');
    expect(monthOfCall('call_garbage')).toBe('1970-01');
  });
});
