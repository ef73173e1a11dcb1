import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
/** Each test that the document names, with the words that its name holds. */
const named = [...text.matchAll(/`(test\/[\w./-]+\.ts)`: "([^"]+)"/g)].map(([, file = '', name = '']) => ({
  file,
  name,
}));

describe('the threat model', () => {
  test('names tests that exist, by their own words', () => {
    expect(named.length).toBeGreaterThan(30);
    for (const { file, name } of named) {
      expect(existsSync(join(root, file)), file).toBe(true);
      const names = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
      expect(names.includes(name), `${file}: ${name}`).toBe(true);
    }
  });

  test('has a test for every threat, and sends nobody to a threat that is not there', () => {
    const rows = text.split('\n').filter((line) => /^\| T\d+ /.test(line));
    const threats = rows.map((line) => /^\| (T\d+) /.exec(line)?.[1] ?? '');
    expect(rows.filter((line) => !line.includes('.ts`: "'))).toEqual([]);
    expect(threats).toEqual(threats.map((_, n) => `T${n + 1}`));
    const sent = [...text.matchAll(/\bT\d+\b/g)].map(([threat]) => threat);
    expect(sent.filter((threat) => !threats.includes(threat))).toEqual([]);
  });

  test('maps every entry of both OWASP lists, and the sections of AISVS that it says', () => {
    const ids = (prefix: string, count: number): string[] =>
      Array.from({ length: count }, (_, n) => `${prefix}${String(n + 1).padStart(2, '0')}`);
    const sections = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `C9.${n}`);
    const wanted = [...ids('LLM', 10), ...ids('ASI', 10), ...sections, 'C10.1', 'C12.1', 'C12.6'];
    expect(wanted.filter((id) => !text.includes(`| ${id} `))).toEqual([]);
  });
});
