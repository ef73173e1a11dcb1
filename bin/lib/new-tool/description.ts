/** Reads an OpenAPI file that a stranger wrote: bounded, local references only, and no surprise in it runs anything. */
import { readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';

export type Json = Record<string, unknown>;

export type Read = { ok: true; spec: Json } | { ok: false; fault: string };

/** Bytes. YAML is read some hundred times slower than JSON. */
const JSON_MAX = 64 * 1024 * 1024;
const YAML_MAX = 8 * 1024 * 1024;
/** How often a YAML file may repeat what it has said: beyond this, a small file becomes a huge one. */
const ALIASES_MAX = 100;

/** The description in a file: OpenAPI 3, or 2 (Swagger). */
export function readDescription(path: string): Read {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return { ok: false, fault: `${path}: there is no such file.` };
  if (size > JSON_MAX) return tooLarge(path, size, JSON_MAX);
  const text = readFileSync(path, 'utf8');
  const asJson = /^\s*\{/.test(text);
  if (!asJson && size > YAML_MAX) return tooLarge(path, size, YAML_MAX);
  const value = asJson ? readJson(text) : readYaml(text);
  if (typeof value === 'string') return { ok: false, fault: `${path}: ${value}` };
  if (!isJson(value['paths']) || (value['openapi'] === undefined && value['swagger'] === undefined))
    return {
      ok: false,
      fault: `${path}: this is no OpenAPI description: it has no \`openapi\` (or \`swagger\`) and \`paths\` at its top.`,
    };
  return { ok: true, spec: value };
}

function tooLarge(path: string, size: number, max: number): Read {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  const fault = `${path}: ${megabytes(size)} is more than the ${megabytes(max)} that are read. Convert it to JSON, or cut out the operations that you need.`;
  return { ok: false, fault };
}

function readJson(text: string): Json | string {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : 'it holds no object.';
  } catch (error) {
    return `it begins as JSON and is none: ${firstLine(error)}`;
  }
}

function readYaml(text: string): Json | string {
  try {
    const document = parseDocument(text, { schema: 'core', uniqueKeys: true });
    const [problem] = document.errors;
    if (problem) return firstLine(problem);
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return isJson(value) ? value : 'it holds no object.';
  } catch (error) {
    // A bomb of aliases, or nesting deeper than the stack.
    return error instanceof RangeError ? 'it is nested too deeply.' : firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Whether a value is a JSON object. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** References that lead to one another for longer than this are a loop. */
const HOPS_MAX = 20;

export type Resolved = { ok: true; value: Json } | { ok: false; fault: string };

/** The object that a value is or refers to, in this file. A reference elsewhere is never followed. */
export function resolve(spec: Json, value: unknown): Resolved {
  let found: unknown = value;
  for (let hops = 0; hops < HOPS_MAX; hops += 1) {
    if (!isJson(found)) return { ok: false, fault: 'is no object' };
    const reference = found['$ref'];
    if (reference === undefined) return { ok: true, value: found };
    if (typeof reference !== 'string' || !reference.startsWith('#/'))
      return {
        ok: false,
        fault: `refers to ${JSON.stringify(reference)}, which is not in this file and is not fetched: bundle the description into one file first`,
      };
    found = at(spec, reference.slice(2).split('/').map(unescaped));
  }
  return { ok: false, fault: 'refers to itself' };
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function at(spec: Json, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (isJson(value) && Object.hasOwn(value, part) ? value[part] : undefined),
    spec,
  );
}
