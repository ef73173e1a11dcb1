/**
 * Untrusted text in the answers that agents get: which fields hold it, and a mark around the text itself, so that a model can
 * tell what it reads from what it is told (spotlighting, Hines et al. 2024). Pure.
 */
import type { JsonSchema } from './contract.ts';
import { markedLeaves, type MarkedLeaf } from './marked.ts';
import { pointer } from './faults.ts';

/** A tag is of one answer and cannot be guessed: ten characters. */
const TAG = '[0-9a-z]{10}';
const delimiter = new RegExp(`</?untrusted-${TAG}>`, 'gi');
/** Other texts that are so long can hold an instruction as well as free text can. */
const LONG = 80;
/** A text in which taking away marks makes new ones, so often, is made to; nothing of it is left. */
const ROUNDS = 8;

/**
 * Where in an output untrusted values stand, as JSON Pointers into the answer with `*` for each place in a list; each once.
 */
export function untrustedPointers(output: Record<string, unknown>, schema: JsonSchema): string[] {
  const places = untrustedLeaves(output, schema).map(({ path }) => {
    return pointer(['output', ...path.map((step) => (typeof step === 'number' ? '*' : step))]);
  });
  return [...new Set(places)];
}

/** A copy of an output with its untrusted texts between `<untrusted-tag>` and `</untrusted-tag>`; they cannot hold either. */
export function wrapped(
  output: Record<string, unknown>,
  schema: JsonSchema,
  tag: string,
): Record<string, unknown> {
  const copy = structuredClone(output);
  for (const { path, value, personal } of untrustedLeaves(output, schema)) {
    if (typeof value !== 'string' || value === '') continue;
    if (personal === 'free-text' || value.length > LONG)
      setAt(copy, path, `<untrusted-${tag}>${withoutMarks(value)}</untrusted-${tag}>`);
  }
  return copy;
}

/** Some JSON with every such mark taken out of its texts, whoever made it: what agents pass on is what was in it. */
export function unwrapped<T>(value: T): T {
  return strip(value) as T;
}

function strip(value: unknown): unknown {
  if (typeof value === 'string') return withoutMarks(value);
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value;
  // Names stay: a contract refuses those that it does not know.
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, strip(inner)]));
}

/** Taking one away may make another out of its ends. */
function withoutMarks(text: string): string {
  let rest = text;
  for (let round = 0; round < ROUNDS; round += 1) {
    const less = rest.replace(delimiter, '');
    if (less === rest) return rest;
    rest = less;
  }
  return '';
}

function untrustedLeaves(output: Record<string, unknown>, schema: JsonSchema): MarkedLeaf[] {
  return markedLeaves(output, schema, 'x-provenance').filter(({ mark }) => mark === 'untrusted');
}

function setAt(holder: unknown, path: MarkedLeaf['path'], value: string): void {
  const [last] = path.slice(-1);
  let at = holder as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  if (last !== undefined) at[last] = value;
}
