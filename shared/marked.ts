import type { JsonSchema } from './contract.ts';

/** A string or a number in some data, with what its schema is marked with. */
export interface MarkedLeaf {
  path: readonly (string | number)[];
  /** Undefined: nothing marks it. */
  mark: unknown;
  /** Its class of personal data, if it has one. */
  personal: unknown;
  value: string | number;
}

/** Every string and number of some data, with the innermost mark of this name that its schema has for it. Pure. */
export function markedLeaves(value: unknown, schema: JsonSchema, name: `x-${string}`): MarkedLeaf[] {
  const found: MarkedLeaf[] = [];
  walk({ value, schema, path: [], mark: undefined, personal: undefined }, name, found);
  return found;
}

interface At extends Omit<MarkedLeaf, 'value'> {
  value: unknown;
  schema: JsonSchema;
}

function walk(at: At, name: `x-${string}`, found: MarkedLeaf[]): void {
  const { value, schema, path } = at;
  const mark = schema[name] ?? at.mark;
  const personal = schema['x-personal'] ?? at.personal;
  const into = (inner: unknown, of: JsonSchema, ...step: (string | number)[]): void => {
    walk({ value: inner, schema: of, path: [...path, ...step], mark, personal }, name, found);
  };
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    const choice = choices.filter(isSchema).find((one) => fits(value, one));
    // A choice may be one of choices again: a value or a placeholder, or null.
    into(value, choice ?? {});
  } else if (typeof value === 'string' || typeof value === 'number') {
    found.push({ path, mark, personal, value });
  } else if (Array.isArray(value)) {
    const items = isSchema(schema['items']) ? schema['items'] : {};
    for (const [index, item] of value.entries()) into(item, items, index);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) into(item, memberOf(schema, key), key);
  }
}

function memberOf(schema: JsonSchema, key: string): JsonSchema {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const member = Object.hasOwn(properties, key) ? properties[key] : schema['additionalProperties'];
  return isSchema(member) ? member : {};
}

function fits(value: unknown, schema: JsonSchema): boolean {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return choices.filter(isSchema).some((one) => fits(value, one));
  const type = schema['type'];
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'number') return type === 'number' || type === 'integer';
  return type === undefined ? value !== null : type === typeof value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
