import { expect, test } from 'vitest';
import type { Preview } from '../../../shared/preview.ts';
import type { Admission } from '../../../workers/guard/admit.ts';
import { uncompared } from '../../../workers/guard/proposals.ts';

const proposal = { id: 'call_01', contract: 'hash', expires: 1_000, seen: {} };
const seen: Preview = { before: {}, after: {}, changes: [], sideEffects: [], undo: { irreversible: 'x' } };

test.each(['admitted', 'waits'] as const)('a proposal that would be %s was compared before', (kind) => {
  expect(uncompared({ proposal }, { kind }, null)).toBe(true);
  expect(uncompared({ proposal }, { kind }, seen)).toBe(false);
  // What executes no proposal has nothing to compare.
  expect(uncompared({}, { kind }, null)).toBe(false);
});

test.each<Admission['kind']>(['denied', 'replayed', 'proposed'])('one that is %s needs no look', (kind) => {
  expect(uncompared({ proposal }, { kind }, null)).toBe(false);
});
