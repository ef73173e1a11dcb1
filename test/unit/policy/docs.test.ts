import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { policyDocs, withPolicyTable } from '../../../bin/lib/policy-docs.ts';
import { root, shipped } from './ask.ts';

const page = readFileSync(join(root, policyDocs), 'utf8');

test(`the table of ${policyDocs} says what the policies say (else run: node bin/lib/policy-docs.ts)`, async () => {
  expect(await withPolicyTable(page, root)).toBe(page);
}, 30_000);

test('every policy and its reason are in it', async () => {
  for (const { id, reason } of (await shipped()).policies) {
    expect(page).toContain(`\`${id}\``);
    expect(page).toContain(reason);
  }
}, 30_000);
