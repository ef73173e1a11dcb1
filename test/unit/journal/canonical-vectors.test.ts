import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../../shared/canonical.ts';

const corpora =
  process.env['TOOLGATE_CORPORA'] ?? new URL('../../../../shared/corpora', import.meta.url).pathname;
const folder = join(corpora, 'rfc8785-jcs');
const present = existsSync(folder);
if (!present)
  console.warn(`SKIPPED: the test vectors of RFC 8785 are not in ${folder} (set TOOLGATE_CORPORA)`);
const names = present ? readdirSync(folder).filter((name) => name.startsWith('input-')) : [];

describe.skipIf(!present)('canonical JSON, by the test vectors of RFC 8785', () => {
  it('has vectors to test with', () => {
    expect(names.length).toBeGreaterThan(4);
  });

  it.each(names)('writes %s as the RFC does', (name) => {
    const input: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const output = readFileSync(join(folder, name.replace('input-', 'output-')), 'utf8');
    expect(canonical(input)).toBe(output.trimEnd());
  });
});
