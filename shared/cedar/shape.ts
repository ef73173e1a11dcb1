import type { JsonSchema } from '../contract.ts';

/** What a policy may find at a place, in Cedar's types. */
export type Shape =
  | { kind: 'bool' }
  | { kind: 'long' }
  /** `values`: the only ones there are, where that is known. */
  | { kind: 'string'; values?: readonly string[] }
  | { kind: 'set'; of: Shape }
  | RecordShape;

export interface RecordShape {
  kind: 'record';
  attributes: Record<string, Attribute>;
}

export interface Attribute {
  shape: Shape;
  required: boolean;
}

export const bool: Shape = { kind: 'bool' };
export const long: Shape = { kind: 'long' };
export const string: Shape = { kind: 'string' };

export function required(shape: Shape): Attribute {
  return { shape, required: true };
}

export function optional(shape: Shape): Attribute {
  return { shape, required: false };
}

export function recordOf(attributes: Record<string, Attribute>): RecordShape {
  return { kind: 'record', attributes };
}

/**
 * The shape of a contract's object, the way `fromJson` leaves its values: what Cedar has no type for (fractions, maps with
 * free keys, unions) is left out, what may be null is optional.
 */
export function shapeOfObject(schema: JsonSchema): RecordShape {
  const names = Array.isArray(schema['required']) ? schema['required'] : [];
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const entries = Object.entries(properties).flatMap(([name, property]): [string, Attribute][] => {
    const found = isSchema(property) ? shapeOf(property) : undefined;
    return found ? [[name, { shape: found.shape, required: names.includes(name) && !found.nullable }]] : [];
  });
  return recordOf(Object.fromEntries(entries));
}

interface Found {
  shape: Shape;
  nullable: boolean;
}

function shapeOf(schema: JsonSchema): Found | undefined {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return shapeOfChoices(choices.filter(isSchema));
  const shape = plainShape(schema);
  return shape && { shape, nullable: false };
}

/** One type or null, or texts of several forms; of a union of types a policy could not tell which it got. */
function shapeOfChoices(choices: readonly JsonSchema[]): Found | undefined {
  const others = choices.filter(({ type }) => type !== 'null');
  const [only] = others;
  const texts = others.length > 1 && others.every(({ type }) => type === 'string');
  const found = texts
    ? { shape: string, nullable: false }
    : only && others.length === 1
      ? shapeOf(only)
      : undefined;
  return found && { ...found, nullable: found.nullable || others.length < choices.length };
}

function plainShape(schema: JsonSchema): Shape | undefined {
  switch (schema['type']) {
    case 'boolean':
      return bool;
    case 'integer':
      return long;
    case 'string':
      return text(schema);
    case 'array': {
      const of = isSchema(schema['items']) ? shapeOf(schema['items']) : undefined;
      return of && { kind: 'set', of: of.shape };
    }
    case 'object':
      return isSchema(schema['additionalProperties']) ? undefined : shapeOfObject(schema);
    default:
      return undefined;
  }
}

function text({ enum: listed, const: only }: JsonSchema): Shape {
  const values = Array.isArray(listed) ? listed : [only];
  return values.every((value) => typeof value === 'string') ? { kind: 'string', values } : string;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
