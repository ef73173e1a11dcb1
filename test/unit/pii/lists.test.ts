import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { piiLists } from '../../../bin/lib/pii-lists.ts';

test('the lists of names, places and words are those of the packages that they are made from', () => {
  const written = readFileSync(join(import.meta.dirname, '../../../shared/pii/data/lists.json'), 'utf8');
  expect(written === piiLists(), 'run: node bin/lib/pii-lists.ts').toBe(true);
});
