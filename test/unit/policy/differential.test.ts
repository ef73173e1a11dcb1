import { expect, test } from 'vitest';
import { compare, rarest } from './difference.ts';

// A look for each check; ten times as many are in test/model/policy.test.ts, and `npm run differential` looks on.
test(
  'the evaluator says what real Cedar says, over generated policies and requests',
  { timeout: 60_000 },
  () => {
    const { tally, difference } = compare(2_000, 20_261_122);
    expect(difference).toBeNull();
    expect(rarest(tally)).toBeGreaterThan(0.1);
  },
);
