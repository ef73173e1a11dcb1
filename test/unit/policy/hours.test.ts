import { describe, expect, test } from 'vitest';
import { manifestSchema, withinHours, type Hours } from '../../../shared/manifest.ts';

const berlin: Hours = {
  zone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '18:00',
};

describe('business hours', () => {
  test.each([
    ['begin on the minute', '2026-11-24T08:00:00+01:00', true],
    ['do not begin before it', '2026-11-24T07:59:59.999+01:00', false],
    ['end just before the minute', '2026-11-24T17:59:59.999+01:00', true],
    ['are over on it', '2026-11-24T18:00:00+01:00', false],
    ['leave the weekend out', '2026-11-22T12:00:00+01:00', false],
    ['follow the zone, not UTC', '2026-11-24T07:30:00Z', true],
    ['follow summer time', '2026-07-01T06:30:00Z', true],
    ['follow summer time at its other end', '2026-07-01T16:30:00Z', false],
  ])('%s', (_, moment, within) => {
    expect(withinHours(berlin, Date.parse(moment))).toBe(within);
  });

  test('take the weekday of the zone, not of UTC', () => {
    const auckland: Hours = { ...berlin, zone: 'Pacific/Auckland', days: ['mon'], from: '00:00' };
    // Sunday noon in UTC is Monday, 01:00 in Auckland.
    expect(withinHours(auckland, Date.parse('2026-11-22T12:00:00Z'))).toBe(true);
    expect(withinHours({ ...auckland, days: ['sun'] }, Date.parse('2026-11-22T12:00:00Z'))).toBe(false);
  });

  test('may be the whole day', () => {
    const always: Hours = { ...berlin, days: ['tue'], from: '00:00', to: '24:00' };
    for (const time of ['00:00:00', '12:00:00', '23:59:59']) {
      expect(withinHours(always, Date.parse(`2026-11-24T${time}+01:00`))).toBe(true);
    }
  });

  test('are answered anew after the minute, and for other hours', () => {
    const moment = Date.parse('2026-11-24T17:59:30+01:00');
    expect(withinHours(berlin, moment)).toBe(true);
    expect(withinHours(berlin, moment + 60_000)).toBe(false);
    expect(withinHours({ ...berlin, to: '17:00' }, moment)).toBe(false);
    expect(withinHours(berlin, moment)).toBe(true);
  });

  test.each([
    ['an unknown zone', { zone: 'Europe/Atlantis' }],
    ['an end before the beginning', { from: '18:00', to: '08:00' }],
    ['no clock time', { from: '8 o’clock' }],
  ])('refuse %s', (_, change) => {
    expect(manifestSchema.shape.hours.safeParse({ ...berlin, ...change }).success).toBe(false);
  });
});
