import { expect, test } from 'vitest';
import { shipped } from '../unit/policy/ask.ts';
import { compareShipped } from '../unit/policy/shipped-grid.ts';

test('the shipped policies decide as real Cedar decides over the whole grid of agents, actions, modes and facts', async () => {
  const seen = compareShipped(await shipped(), 1);
  expect(Math.min(seen.allow, seen.deny)).toBeGreaterThan(150);
});
