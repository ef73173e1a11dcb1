import { expect, test } from 'vitest';
import type { Manifest } from '../../../shared/manifest.ts';
import { leashed, leashNow, onLeash } from '../../../shared/leash.ts';

test.each([
  [100, 25, 25],
  [10, 25, 2],
  [3, 25, 1],
  [1, 1, 1],
  [0, 25, 0],
  [7, 100, 7],
])('of %i, %i %% leave %i: rounded down, at least one where there was one', (max, percent, left) => {
  expect(leashed(max, percent)).toBe(left);
});

const leash = { days: 7, percent: 25 };
const launched = '2026-11-01T00:00:00.000Z';
const day = (n: number): number => Date.parse(launched) + n * 86_400_000;

test.each([
  ['production', launched, day(0), 25],
  ['production', launched, day(7) - 1, 25],
  ['production', launched, day(7), null],
  ['production', null, day(0), null],
  ['staging', launched, day(0), null],
  ['sandbox', launched, day(0), null],
  ['production', 'no time', day(700), 25],
])('in %s, launched %s, at %i: %s', (environment, since, now, percent) => {
  expect(leashNow(leash, environment, since, now)).toBe(percent);
});

test('rates, budgets and blast radius are all short, and nothing else of the manifest is', () => {
  const manifest = {
    mission: 'routes leads',
    limits: [{ action: '*', max: 100, per: 60 }],
    budgets: [{ measure: 'spend', currency: 'EUR', max: 10_001, per: 'day' }],
    radius: [{ of: 'campaigns', max: 3, per: 'day' }],
  } as unknown as Manifest;
  expect(onLeash(manifest, 25)).toEqual({
    mission: 'routes leads',
    limits: [{ action: '*', max: 25, per: 60 }],
    budgets: [{ measure: 'spend', currency: 'EUR', max: 2_500, per: 'day' }],
    radius: [{ of: 'campaigns', max: 1, per: 'day' }],
  });
  expect(onLeash(manifest, null)).toBe(manifest);
});
