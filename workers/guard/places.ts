/** Every text of a call's input, with what its contract says of the field that it stands in. Pure. */
import type { JsonSchema, PersonalClass, Resolves } from '../../shared/contract.ts';
import { pointer } from '../../shared/faults.ts';

/** One text and where it stands. */
export interface Place {
  /** JSON Pointer into the input. */
  pointer: string;
  text: string;
  /** Null: the contract says of it that it is nobody's personal data. */
  class: PersonalClass | null;
  /** Null: only what the agent typed itself is opened here. */
  resolves: Resolves | null;
}

type Marks = Pick<Place, 'class' | 'resolves'>;
type Path = readonly PropertyKey[];

const unmarked: Marks = { class: null, resolves: null };

/** All texts of a value, in its order. Names of members that no contract gives are texts, too, of no class. */
export function placesIn(value: unknown, schema: JsonSchema): Place[] {
  const found: Place[] = [];
  withTexts(value, schema, (place) => {
    found.push(place);
    return place.text;
  });
  return found;
}

/** A copy of a value with each text replaced by what is said of it. */
export function withTexts(value: unknown, schema: JsonSchema, said: (place: Place) => string): unknown {
  const visit = (inner: unknown, of: JsonSchema, above: Marks, path: Path): unknown => {
    const { schema, marks } = marked(inner, of, above);
    if (typeof inner === 'string') return said({ pointer: pointer(path), text: inner, ...marks });
    if (Array.isArray(inner))
      return inner.map((item, at) => visit(item, schemaOf(schema['items']), marks, [...path, at]));
    if (typeof inner !== 'object' || inner === null) return inner;
    const properties = schemaOf(schema['properties']);
    const members = Object.entries(inner).map(([name, item]) => {
      const at = [...path, name];
      if (Object.hasOwn(properties, name)) return [name, visit(item, schemaOf(properties[name]), marks, at)];
      const named = said({ pointer: pointer(at), text: name, ...unmarked });
      return [named, visit(item, schemaOf(schema['additionalProperties']), marks, at)];
    });
    return Object.fromEntries(members);
  };
  return visit(value, schema, unmarked, []);
}

/** The marks of a node, those of what is above it included; of a union, the choice that fits, a classed one before others. */
function marked(value: unknown, schema: JsonSchema, above: Marks): { schema: JsonSchema; marks: Marks } {
  const marks = {
    class: (schema['x-personal'] as PersonalClass | undefined) ?? above.class,
    resolves: (schema['x-resolves'] as Resolves | undefined) ?? above.resolves,
  };
  const fitting = choicesOf(schema).filter((choice) => fits(value, choice));
  const [choice] = [...fitting.filter(isClassed), ...fitting];
  return choice ? marked(value, choice, marks) : { schema, marks };
}

function choicesOf(schema: JsonSchema): JsonSchema[] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(choices) ? choices.map(schemaOf) : [];
}

function isClassed(schema: JsonSchema): boolean {
  return schema['x-personal'] !== undefined || choicesOf(schema).some(isClassed);
}

function fits(value: unknown, { type }: JsonSchema): boolean {
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array' || type === undefined;
  if (typeof value === 'number') return type === 'number' || type === 'integer' || type === undefined;
  return type === undefined || type === typeof value;
}

function schemaOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}
