import type { Action, Group, JsonSchema, SinkKind } from './contract.ts';

/** A field that a contract marks as a sink, with the JSON types that its values may have. */
export interface SinkField {
  /** Its path in dots; items of a list are `*`. */
  field: string;
  kind: unknown;
  types: string[];
}

/** All fields of a schema that are marked as sinks. Pure. */
export function sinkFields(schema: JsonSchema, path: readonly string[] = []): SinkField[] {
  const kind = schema['x-sink'];
  const own =
    kind === undefined
      ? []
      : [{ field: path.filter((name) => name !== '').join('.'), kind, types: typesOf(schema) }];
  return [...own, ...below(schema).flatMap(([name, inner]) => sinkFields(inner, [...path, name]))];
}

/** Characters from which on a text can carry more than a name: shorter ones are ids and codes. */
const WORDS_MIN = 100;

/** Whether values of this schema can hold words of their own: anything else only names and chooses. Pure. */
export function carriesWords(schema: JsonSchema): boolean {
  const { type, maxLength } = schema;
  const free =
    schema['x-personal'] === 'free-text' || (typeof maxLength === 'number' && maxLength >= WORDS_MIN);
  if (type === 'string' && schema['enum'] === undefined && free) return true;
  return below(schema).some(([, inner]) => carriesWords(inner)) || (free && type === undefined);
}

/** Groups by which messages, pages, money and rights go out: what they go to is never left unsaid. */
const goingOut: readonly Group[] = ['publish', 'send', 'notify', 'budget', 'refund', 'permission', 'segment'];

/** Whether actions of these groups say what they go to. Pure. */
export function goesOut(groups: readonly Group[]): boolean {
  return groups.some((group) => goingOut.includes(group));
}

/** What is wrong with what an action says of its sinks; undefined: nothing. Pure. */
export function sinksFault(
  { mode, groups, says, clearance }: Pick<Action, 'mode' | 'groups' | 'says' | 'clearance'>,
  input: JsonSchema,
  output: JsonSchema,
): string | undefined {
  const found = sinkFields(input);
  if (sinkFields(output).length > 0) return 'marks a sink in its output, where nothing goes out';
  if (mode === 'read' && (found.length > 0 || clearance !== undefined))
    return 'reads, so nothing leaves by it: it has no sinks and no clearance';
  const wrong = found.find(({ kind, types }) => !fitsKind(kind, types));
  if (wrong) return `marks ${wrong.field} as a sink of kind ${String(wrong.kind)}, which it cannot be`;
  return mode === 'execute' && goesOut(groups) && found.length === 0 && !says?.length
    ? `is in ${groups.join(', ')}, so it marks what it goes to as sinks`
    : undefined;
}

/** An amount is a number, an address of somebody or something is a text; ids are either. */
function fitsKind(kind: unknown, types: readonly string[]): boolean {
  const number = types.every((type) => type === 'integer' || type === 'number');
  const text = types.every((type) => type === 'string');
  switch (kind as SinkKind) {
    case 'recipient':
    case 'link':
      return text;
    case 'amount':
      return number;
    case 'account':
      return text || number;
    default:
      return false;
  }
}

/** Types of the values in it: of a list its items', and null is none. */
function typesOf(schema: JsonSchema): string[] {
  const { type } = schema;
  if (type === 'null') return [];
  if (typeof type === 'string' && type !== 'array') return [type];
  const inner = below(schema).flatMap(([, one]) => typesOf(one));
  return inner.length > 0 ? inner : ['unknown'];
}

/** The schemas within a schema, each with the name of its place; of a choice, with none. */
function below(schema: JsonSchema): [string, JsonSchema][] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  const properties = isSchema(schema['properties']) ? Object.entries(schema['properties']) : [];
  const others: [string, unknown][] = [
    ['*', schema['items']],
    ['*', schema['additionalProperties']],
    ...(Array.isArray(choices) ? choices.map((one): [string, unknown] => ['', one]) : []),
  ];
  return [...properties, ...others].filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]));
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
