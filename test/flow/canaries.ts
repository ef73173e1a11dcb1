/** Secrets as canaries: in which forms one may turn up, and where in a folder it does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Canary {
  /** Whose and which: `crm HUBSPOT_READ_TOKEN`. */
  name: string;
  forms: readonly Buffer[];
}

/** A secret in the forms in which something may have written it. A private key is its secret member. */
export function canary(name: string, value: string): Canary {
  const text = secretPart(value);
  const base64 = [0, 1, 2].flatMap((offset) => encoded(text, offset));
  const forms = [
    text,
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    encodeURIComponent(text),
    Buffer.from(text).toString('hex'),
  ];
  return { name, forms: [...new Set(forms)].map((form) => Buffer.from(form)) };
}

function secretPart(value: string): string {
  if (!value.startsWith('{')) return value;
  return (JSON.parse(value) as { d?: string }).d ?? value;
}

/** Base64 of a text that stands `offset` bytes into something longer, without the characters that its neighbours share. */
function encoded(text: string, offset: number): string[] {
  const whole = Buffer.from(`${'\0'.repeat(offset)}${text}`)
    .toString('base64')
    .replace(/=+$/, '');
  const from = offset === 0 ? 0 : offset + 1;
  return [whole.slice(from, -2)];
}

/** Which canaries a text or bytes hold. */
export function foundIn(canaries: readonly Canary[], bytes: Buffer | string): string[] {
  const held = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  return canaries.filter(({ forms }) => forms.some((form) => held.includes(form))).map(({ name }) => name);
}

/** The same canaries in their plain form only, for what is large and was written by a build. */
export function plain(canaries: readonly Canary[]): Canary[] {
  return canaries.map(({ name, forms }) => ({ name, forms: forms.slice(0, 1) }));
}

/** The files below a folder that hold a canary, each with which: `workers/crm/log: crm HUBSPOT_READ_TOKEN`. */
export function leaksBelow(
  folder: string,
  canaries: readonly Canary[],
  looksInto: (path: string) => boolean,
): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter(looksInto)
    .flatMap((path) => foundIn(canaries, contentOf(join(folder, path))).map((name) => `${path}: ${name}`));
}

/** A gate that is up takes files away: what is gone holds nothing any more. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
