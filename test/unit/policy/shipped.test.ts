import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schemaPath, schemaText } from '../../../bin/lib/cedar-schema.ts';
import { root, shipped } from './ask.ts';
import { compareShipped } from './shipped-grid.ts';

test(`${schemaPath} is up to date (else run: node bin/lib/cedar-schema.ts)`, () => {
  expect(readFileSync(join(root, schemaPath), 'utf8')).toBe(schemaText());
});

// A look for each check, at a prime distance so that every action, mode and variant comes up; all of it is asked in test/model.
test(
  'the shipped policies decide as real Cedar decides, and every request fits the schema',
  { timeout: 60_000 },
  async () => {
    const seen = compareShipped(await shipped(), 17);
    expect(Math.min(seen.allow, seen.deny)).toBeGreaterThan(0);
  },
);
