/**
 * Canonical JSON (RFC 8785): the one byte sequence of a JSON value, so that hashes and signatures agree everywhere.
 *
 * Takes plain JSON data; members whose value is `undefined` are left out, as `JSON.stringify` does.
 * Throws `TypeError` for what JSON cannot hold (non-finite numbers, functions, lone surrogates, depth over 64).
 */
export function canonical(value: unknown): string {
  return write(value, 0);
}

/** Deeper than any contract allows; a bound, so that hostile nesting ends in an error and not in a stack overflow. */
export const MAX_DEPTH = 64;

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`JSON nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no non-finite numbers');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item ?? null, depth + 1)).join(',')}]`;
  if (typeof value === 'object') return object(value as Record<string, unknown>, depth);
  throw new TypeError(`JSON cannot hold a ${typeof value}`);
}

function object(value: Record<string, unknown>, depth: number): string {
  let out = '';
  // The default sort compares UTF-16 code units, which is the order RFC 8785 asks for.
  for (const key of Object.keys(value).sort()) {
    if (value[key] === undefined) continue;
    out += `${out === '' ? '' : ','}${text(key)}:${write(value[key], depth + 1)}`;
  }
  return `{${out}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('JSON text holds a lone surrogate');
  return JSON.stringify(value);
}
