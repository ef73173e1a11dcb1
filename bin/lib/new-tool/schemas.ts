/** A description's schemas as fields that a contract can hold. What it cannot hold is left out and told. */
import { personalClassOf } from './classes.ts';
import { isJson, resolve, type Json } from './description.ts';
import { camel } from './names.ts';
import type { Field, FieldType } from './plan.ts';

/** Greatest length of a text for which the description names none, and of one that is free text. */
const TEXT_MAX = 200;
const FREE_TEXT_MAX = 2_000;
const LIST_MAX = 50;
/** How deep schemas may lead into one another: beyond this a description repeats itself. */
const DEPTH_MAX = 12;
const WHOLE_MAX = 1_000_000_000_000;

export interface Found {
  fields: Field[];
  /** What was left out, and why: `owner (an object)`. */
  left: string[];
  /** Required, and left out: whoever needs it cannot be served. */
  missing: string[];
}

type Typed = { ok: true; type: FieldType } | { ok: false; why: string };

interface Property {
  wire: string;
  schema: unknown;
  required: boolean;
}

/** The properties of an object's schema, `allOf` included. Empty for what is no object. */
export function propertiesOf(spec: Json, schema: unknown, depth = 0): Property[] {
  const resolved = resolve(spec, schema);
  if (!resolved.ok || depth > DEPTH_MAX) return [];
  const { value } = resolved;
  const required = Array.isArray(value['required']) ? value['required'] : [];
  const own = isJson(value['properties']) ? Object.entries(value['properties']) : [];
  const parts = Array.isArray(value['allOf']) ? value['allOf'] : [];
  const all = [
    ...parts.flatMap((part) => propertiesOf(spec, part, depth + 1)),
    ...own.map(([wire, inner]) => ({ wire, schema: inner, required: false })),
  ];
  return all.map((one) => ({ ...one, required: one.required || required.includes(one.wire) }));
}

/** As many fields of properties as a contract can hold; later ones of the same name are dropped. */
export function fieldsOf(spec: Json, properties: readonly Property[]): Found {
  const found: Found = { fields: [], left: [], missing: [] };
  const taken = new Set<string>();
  for (const { wire, schema, required } of properties) {
    if (taken.has(wire)) continue;
    taken.add(wire);
    const typed = isName(wire) ? typeOf(spec, schema, wire) : no('has a name that is no name');
    if (typed.ok) {
      found.fields.push(fieldOf(wire, typed.type, { required, bounded: isBounded(spec, schema) }));
    } else {
      found.left.push(`${wire} (${typed.why})`);
      if (required) found.missing.push(wire);
    }
  }
  return found;
}

/** Names come into code and into URLs, so only plain ones do. */
function isName(wire: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,60}$/.test(wire) && !Object.hasOwn(Object.prototype, wire);
}

function fieldOf(
  wire: string,
  type: FieldType,
  { required, bounded }: { required: boolean; bounded: boolean },
): Field {
  const inner = type.kind === 'list' ? type.of : type;
  const personal = inner.kind === 'text' ? personalClassOf(wire, inner.format) : undefined;
  const wide = personal === 'free-text' && !bounded ? widened(type) : type;
  return { name: camel(wire), wire, type: wide, required, ...(personal && { personal }) };
}

/** Whether the description names a greatest length. */
function isBounded(spec: Json, schema: unknown): boolean {
  const resolved = resolve(spec, schema);
  return resolved.ok && whole(resolved.value['maxLength']) !== undefined;
}

/** Free text for which the description names no greatest length. */
function widened(type: FieldType): FieldType {
  return type.kind === 'text' ? { ...type, max: FREE_TEXT_MAX } : type;
}

/** The type of a schema, in bounds; or why a contract cannot hold it. */
export function typeOf(spec: Json, schema: unknown, wire = '', depth = 0): Typed {
  const resolved = resolve(spec, schema);
  if (!resolved.ok) return no(resolved.fault);
  const { value } = resolved;
  const union = ['oneOf', 'anyOf', 'not'].find((word) => value[word] !== undefined);
  if (union !== undefined) return no(`\`${union}\`, of which a policy could not tell what it got`);
  switch (kindOf(value)) {
    case 'string':
      return textOf(value);
    case 'integer':
      return { ok: true, type: { kind: 'whole', ...boundsOf(value) } };
    case 'number':
      return { ok: true, type: { kind: 'number', ...boundsOf(value) } };
    case 'boolean':
      return { ok: true, type: { kind: 'flag' } };
    case 'array':
      return depth > 0 ? no('lists') : listOf(spec, value, wire);
    case 'object':
      return no('an object');
    default:
      return no('no single type');
  }
}

/** Of `["string", "null"]` the one that is not null: null is refused in what agents send. */
function kindOf({ type, properties, allOf }: Json): unknown {
  if (Array.isArray(type)) {
    const others = type.filter((one) => one !== 'null');
    return others.length === 1 ? others[0] : undefined;
  }
  return type ?? (properties !== undefined || allOf !== undefined ? 'object' : undefined);
}

const formats = {
  email: 'email',
  'date-time': 'time',
  date: 'date',
  uuid: 'uuid',
  uri: 'url',
  url: 'url',
} as const;

function textOf({ enum: choices, format, minLength, maxLength }: Json): Typed {
  if (Array.isArray(choices)) {
    const of = choices.filter(
      (one): one is string => typeof one === 'string' && one !== '' && one.length <= 200,
    );
    return of.length > 0 && of.length <= 100
      ? { ok: true, type: { kind: 'choice', of } }
      : no('no plain choices');
  }
  if (format === 'binary' || format === 'byte') return no('a file');
  const known = typeof format === 'string' && Object.hasOwn(formats, format) ? format : undefined;
  const max = Math.min(whole(maxLength) ?? TEXT_MAX, 20_000);
  const min = Math.min(Math.max(1, whole(minLength) ?? 1), max);
  const named = known && { format: formats[known as keyof typeof formats] };
  return { ok: true, type: { kind: 'text', min, max, ...named } };
}

function listOf(spec: Json, { items, maxItems }: Json, wire: string): Typed {
  const inner = typeOf(spec, items, wire, 1);
  if (!inner.ok) return no(`a list of ${inner.why}`);
  return {
    ok: true,
    type: { kind: 'list', of: inner.type, max: Math.min(whole(maxItems) ?? LIST_MAX, 500) },
  };
}

function boundsOf({ minimum, maximum }: Json): { min: number; max: number } {
  const max = Math.min(typeof maximum === 'number' ? Math.floor(maximum) : WHOLE_MAX, WHOLE_MAX);
  const min = Math.max(typeof minimum === 'number' ? Math.ceil(minimum) : 0, -WHOLE_MAX);
  return { min: Math.min(min, max), max };
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined;
}

function no(why: string): Typed {
  return { ok: false, why };
}
