import { expect, test } from 'vitest';
import { timeLeft, withTimeLeft } from '../../../shared/time-left.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const inSeconds = (seconds: number): string => timeLeft(new Date(now + seconds * 1000).toISOString(), now);

test('time left is told in its two largest units, and never more than there is', () => {
  expect([59, 60, 3_599, 3_600, 83_559, 86_399, 86_400, 600_000].map(inSeconds)).toEqual([
    '59 s left',
    '1 min left',
    '59 min left',
    '1 h 0 min left',
    '23 h 12 min left',
    '23 h 59 min left',
    '1 d 0 h left',
    '6 d 22 h left',
  ]);
});

test('time that is over says since when', () => {
  expect(inSeconds(0)).toBe('over since 2026-11-24T10:00:00.000Z');
  expect(inSeconds(-60)).toBe('over since 2026-11-24T09:59:00.000Z');
  expect(timeLeft('soon', now)).toBe('not known until when');
});

test('only what says until when is told what is left', () => {
  expect(withTimeLeft({ action: 'a.b.c', until: '2026-11-24T10:01:00Z' }, now)).toMatchObject({
    left: '1 min left',
  });
  for (const undo of [null, undefined, 'x', { irreversible: 'gone' }])
    expect(withTimeLeft(undo, now)).toEqual(undo);
});
