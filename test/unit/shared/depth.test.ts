import { expect, test } from 'vitest';
import { isDeeper } from '../../../shared/depth.ts';

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

test('a level more than allowed is told, however much more it is', () => {
  expect(isDeeper(nested(64), 64)).toBe(false);
  expect(isDeeper(nested(66), 64)).toBe(true);
  expect(isDeeper(nested(100_000), 64)).toBe(true);
  expect(isDeeper({ a: [{ b: 'text' }] }, 3)).toBe(false);
  expect(isDeeper({ a: [{ b: 'text' }] }, 1)).toBe(true);
  expect(isDeeper('text', 0)).toBe(false);
});
