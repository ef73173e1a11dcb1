/** What is read of an operation's answer: the record or the list in it, wherever that is. Pure. */
import { isJson, resolve, type Json } from './description.ts';
import { camel, plural, singular } from './names.ts';
import { lastWord, type Operation } from './operations.ts';
import type { AnswerPlan, Field } from './plan.ts';
import { fieldsOf, propertiesOf } from './schemas.ts';
import { sampleOf } from './sample.ts';
import { FIELDS_MAX, leftOut } from './words.ts';

export interface Answered {
  answer: AnswerPlan;
  status: number;
  around: Record<string, unknown>;
  notes: string[];
}

/** What of an operation's answer is read; or why the operation cannot be an action. */
export function answerOf(spec: Json, { json, path }: Operation): Answered | string {
  const responses = isJson(json['responses']) ? json['responses'] : {};
  const code = ['200', '201', '202', '204'].find((one) => responses[one] !== undefined);
  if (code === undefined) return 'it describes no success (200, 201, 202 or 204): add it by hand.';
  const response = resolve(spec, responses[code]);
  if (!response.ok) return `its answer ${response.fault}.`;
  const content = isJson(response.value['content']) ? response.value['content'] : {};
  const type = Object.keys(content).find((one) => /json|\*/i.test(one));
  const media = type === undefined ? undefined : content[type];
  const schema = isJson(media) ? media['schema'] : response.value['schema'];
  const nothing = { answer: { kind: 'nothing' } as const, status: 204, around: {} };
  if (code === '204') return { ...nothing, notes: [] };
  if (schema === undefined || (isJson(schema) && Object.keys(schema).length === 0))
    return { ...nothing, notes: ['its answer is not described: only an empty 204 is taken for a success'] };
  return shaped(spec, schema, Number(code), path);
}

/** What of an answer is read: the record or the list in it, wherever that is. */
function shaped(spec: Json, schema: unknown, status: number, path: string): Answered | string {
  const as = plural(camel(singular(lastWord(path))));
  const items = itemsOf(spec, schema);
  if (items !== undefined) return answered(spec, items, { kind: 'list', as }, status, {});
  const properties = propertiesOf(spec, schema);
  // What a path names by its id is one record, whatever lists are in it.
  const list = path.endsWith('}')
    ? undefined
    : properties.find(
        (one) =>
          itemsOf(spec, one.schema) !== undefined && propertiesOf(spec, itemsOf(spec, one.schema)).length > 0,
      );
  const around = aroundOf(spec, properties);
  if (list)
    return answered(spec, itemsOf(spec, list.schema), { kind: 'list', in: list.wire, as }, status, around);
  const own = fieldsOf(spec, properties);
  const inner = properties.find(
    (one) =>
      /^(data|result|item|record|response)$/i.test(one.wire) && propertiesOf(spec, one.schema).length > 0,
  );
  if (inner) return answered(spec, inner.schema, { kind: 'record', in: inner.wire }, status, around);
  return own.fields.length === 0
    ? 'its answer has no field that a contract can hold: write this action by hand.'
    : answered(spec, schema, { kind: 'record' }, status, {});
}

function answered(
  spec: Json,
  schema: unknown,
  kind: { kind: 'record'; in?: string } | { kind: 'list'; in?: string; as: string },
  status: number,
  around: Record<string, unknown>,
): Answered | string {
  const found = fieldsOf(spec, propertiesOf(spec, schema));
  const plain = found.fields.filter(({ type }) => type.kind !== 'list');
  const ordered = [...plain].sort((a, b) => Number(isId(b)) - Number(isId(a)));
  const fields = distinct(ordered).slice(0, FIELDS_MAX);
  if (fields.length === 0)
    return 'its answer has no field that a contract can hold: write this action by hand.';
  const notes: string[] = [];
  const lists = found.fields.filter(({ type }) => type.kind === 'list').map(({ wire }) => `${wire}: a list`);
  const left = leftOut([...found.left, ...lists], 'agents are not shown');
  if (left !== undefined) notes.push(left);
  if (plain.length > fields.length)
    notes.push(`${plain.length - fields.length} more fields of its answer are not shown`);
  return { answer: { ...kind, fields }, status, around, notes };
}

function distinct(fields: readonly Field[]): Field[] {
  return fields.filter((field, n) => fields.findIndex(({ name }) => name === field.name) === n);
}

/** The field by which a record is known. */
export function isId({ wire }: Field): boolean {
  return /^(id|key|uuid|guid)$/i.test(wire);
}

function itemsOf(spec: Json, schema: unknown): unknown {
  const resolved = resolve(spec, schema);
  return resolved.ok && resolved.value['type'] === 'array' ? resolved.value['items'] : undefined;
}

/** Plain values beside what is read, so that the simulator answers with them as the vendor does. */
function aroundOf(
  spec: Json,
  properties: readonly { wire: string; schema: unknown }[],
): Record<string, unknown> {
  const { fields } = fieldsOf(
    spec,
    properties.map((one) => ({ ...one, required: false })),
  );
  const plain = fields.filter(({ type }) => type.kind !== 'list' && type.kind !== 'text');
  return Object.fromEntries(plain.map(({ wire, type }) => [wire, sampleOf(type)]));
}
