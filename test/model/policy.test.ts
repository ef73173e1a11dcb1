import { expect, test } from 'vitest';
import { compare, rarest } from '../unit/policy/difference.ts';

test('20,000 generated pairs: the evaluator and real Cedar agree in decision, deciding and failing policies', () => {
  const { tally, difference } = compare(20_000, 4_130_000);
  expect(difference).toBeNull();
  expect(tally.allow + tally.deny + tally.failed).toBe(20_000);
  expect(rarest(tally)).toBeGreaterThan(0.1);
});
