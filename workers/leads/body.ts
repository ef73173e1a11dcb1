/** Turns the body of a form's request into name and value pairs. */
import { readBodyBytes } from '../../shared/http.ts';
import type { Fault, Problem } from '../../shared/problems.ts';

export type Pair = readonly [name: string, value: string];
export type PairsRead = { ok: true; pairs: Pair[] } | { ok: false; problem: Problem };

export const BODY_MAX = 64 * 1024;
const PAIRS_MAX = 100;
/** Letters, digits and what forms use to nest names; nothing that markup, SQL or a header could read as its own. */
const fieldName = /^[\p{L}\p{N}_ .:*?#&+@/()[\]-]{1,64}$/u;

/** Reads JSON, urlencoded and multipart bodies of at most 64 KiB. Everything else is refused, nothing is guessed. */
export async function readPairs(request: Request): Promise<PairsRead> {
  const type = request.headers.get('content-type') ?? '';
  const essence = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!reads(essence)) return refused('unsupported-media-type', typesRead);
  const read = await readBodyBytes(request, BODY_MAX);
  if (!read.ok) return read;
  const pairs = await pairsOf(essence, type, read.bytes);
  return pairs.ok ? checkNames(pairs.pairs) : pairs;
}

const typesRead =
  'Send application/json, application/x-www-form-urlencoded or multipart/form-data, without content encoding.';

function reads(essence: string): boolean {
  return (
    isJson(essence) || essence === 'application/x-www-form-urlencoded' || essence === 'multipart/form-data'
  );
}

/** Whether a media type is JSON. */
export function isJson(essence: string): boolean {
  return essence === 'application/json' || /^application\/[\w.-]+\+json$/.test(essence);
}

async function pairsOf(essence: string, type: string, bytes: Uint8Array): Promise<PairsRead> {
  if (essence === 'multipart/form-data') return multipart(type, bytes);
  const text = decode(bytes);
  if (text === undefined) return refused('bad-request', 'The body is not UTF-8 text.');
  return isJson(essence) ? json(text) : { ok: true, pairs: [...new URLSearchParams(text)] };
}

async function multipart(type: string, bytes: Uint8Array): Promise<PairsRead> {
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  } catch {
    return refused('bad-request', 'The body is not multipart/form-data with the boundary its header names.');
  }
  const pairs: Pair[] = [];
  for (const [name, value] of form as unknown as Iterable<[string, string | File]>) {
    if (typeof value === 'string') pairs.push([name, value]);
    // An empty file input is what a browser sends when nothing was chosen.
    else if (value.size > 0) return invalid([{ pointer: '', detail: 'Files are not taken here.' }]);
  }
  return { ok: true, pairs };
}

function json(text: string): PairsRead {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refused('bad-request', 'The body is not JSON.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return invalid([{ pointer: '', detail: 'The body is a JSON object of fields.' }]);
  }
  const pairs: Pair[] = [];
  for (const [name, value] of Object.entries(body)) {
    const values = scalars(value);
    if (!values)
      return invalid([
        { pointer: pointerTo(name), detail: 'is text, a number, true or false, or a list of these' },
      ]);
    for (const one of values) pairs.push([name, one]);
  }
  return { ok: true, pairs };
}

/** The texts of a field's value, or undefined when it is nested. */
function scalars(value: unknown): string[] | undefined {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const texts: string[] = [];
  for (const item of items) {
    if (item === null || item === undefined) continue;
    if (typeof item === 'string') texts.push(item);
    else if (typeof item === 'number' || typeof item === 'boolean') texts.push(String(item));
    else return undefined;
  }
  return texts;
}

function checkNames(pairs: Pair[]): PairsRead {
  if (pairs.length > PAIRS_MAX)
    return invalid([{ pointer: '', detail: `At most ${PAIRS_MAX} fields are read.` }]);
  // The name is not repeated in the answer: it is whatever a stranger sent.
  if (pairs.some(([name]) => !fieldName.test(name))) {
    return invalid([{ pointer: '', detail: 'A field has a name with characters that are not read here.' }]);
  }
  return { ok: true, pairs };
}

/** JSON Pointer (RFC 6901) to a field, if its name may be repeated in an answer. */
export function pointerTo(name: string): string {
  return fieldName.test(name) ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}

function invalid(errors: Fault[]): PairsRead {
  return { ok: false, problem: { code: 'invalid', errors } };
}

function refused(code: Problem['code'], detail: string): PairsRead {
  return { ok: false, problem: { code, detail } };
}
