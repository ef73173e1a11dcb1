/** The texts in data, each with what the contract says of it. Pure. */
import type { JsonSchema, PersonalClass, Resolves } from '../contract.ts';

/** One text in data. */
export interface Leaf {
  text: string;
  /** Its place, without numbers of lists: `contacts.email`. */
  path: string;
  cls?: PersonalClass;
  resolves?: Resolves;
  /** The contract says that it is the team's own or the vendor's. */
  trusted: boolean;
  /** The object that it stands in, with the schema of that. */
  owner: { value: Record<string, unknown>; schema: JsonSchema };
}

type Marks = Pick<Leaf, 'cls' | 'resolves' | 'trusted'>;
type Place = Omit<Leaf, 'text' | 'trusted' | 'cls' | 'resolves'> & Marks;

/** A copy of the data with each text replaced by what `replace` says of it, in order. */
export function mapTexts(
  value: unknown,
  schema: JsonSchema,
  replace: (leaf: Leaf) => unknown,
  at: Place = { path: '', trusted: false, owner: { value: {}, schema } },
): unknown {
  const place = { ...at, ...marksOf(schema, at) };
  if (typeof value === 'string') return replace({ ...place, text: value });
  const known = variantOf(value, schema);
  if (Array.isArray(value)) {
    const items = asSchema(known['items']);
    return value.map((item) => mapTexts(item, items, replace, place));
  }
  if (typeof value !== 'object' || value === null) return value;
  return mapObject(value as Record<string, unknown>, known, replace, place);
}

function mapObject(
  value: Record<string, unknown>,
  schema: JsonSchema,
  replace: (leaf: Leaf) => unknown,
  { path, ...marks }: Place,
): Record<string, unknown> {
  const owner = { value, schema };
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    const inner = path === '' ? key : `${path}.${key}`;
    return [key, mapTexts(item, memberOf(schema, key), replace, { ...marks, path: inner, owner })];
  });
  return Object.fromEntries(entries);
}

/** The schema of one member of an object; of one that it does not know, a schema that says nothing. */
export function memberOf(schema: JsonSchema, key: string): JsonSchema {
  const properties = asSchema(schema['properties']);
  return asSchema(Object.hasOwn(properties, key) ? properties[key] : schema['additionalProperties']);
}

/** What is marked further out holds for all that is within. */
function marksOf(schema: JsonSchema, outer: Marks): Marks {
  const { 'x-personal': cls, 'x-resolves': resolves, 'x-provenance': provenance } = schema;
  return {
    ...(typeof cls === 'string' && { cls: cls as PersonalClass }),
    ...(typeof resolves === 'object' && resolves !== null && { resolves: resolves as Resolves }),
    trusted: provenance === undefined ? outer.trusted : provenance === 'trusted',
  };
}

/** Of a choice of schemas, the one for lists or for objects; texts need none. */
function variantOf(value: unknown, schema: JsonSchema): JsonSchema {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(choices)) return schema;
  const wanted = Array.isArray(value) ? 'items' : 'properties';
  return choices.map(asSchema).find((one) => one[wanted] !== undefined) ?? {};
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}
