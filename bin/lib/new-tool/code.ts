/** Small pieces of TypeScript, as text. The formatter gives them their shape. Pure. */
import type { Field, FieldType, InputField } from './plan.ts';

/** A value as TypeScript: a text in single quotes, whatever is in it. */
export function literal(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'undefined';
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

/** `name` or `'na-me'`, as the key of an object. */
export function key(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : literal(name);
}

/** `found.name` or `found['na-me']`. */
export function member(object: string, name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? `${object}.${name}` : `${object}[${literal(name)}]`;
}

/** What an agent may send in a field: bounded, and never null. */
export function inputSchema(field: InputField): string {
  const { type, sink } = field;
  const classed = classedSchema(type, field);
  const marked = sink ? `sink(${literal(sink)}, ${classed})` : classed;
  return field.required ? marked : `${marked}.optional()`;
}

/** Only texts have a class: of a list, its items. */
function classedSchema(type: FieldType, { personal }: Field): string {
  if (!personal) return typeSchema(type);
  if (type.kind === 'list')
    return `z.array(personal(${literal(personal)}, ${typeSchema(type.of)})).max(${type.max})`;
  return `personal(${literal(personal)}, ${typeSchema(type)})`;
}

function typeSchema(type: FieldType): string {
  switch (type.kind) {
    case 'text':
      return textSchema(type);
    case 'choice':
      return `z.enum([${type.of.map(literal).join(', ')}])`;
    case 'whole':
      return `z.int().min(${type.min}).max(${type.max})`;
    case 'number':
      return `z.number().min(${type.min}).max(${type.max})`;
    case 'flag':
      return 'z.boolean()';
    case 'list':
      return `z.array(${typeSchema(type.of)}).max(${type.max})`;
  }
}

function textSchema(type: FieldType & { kind: 'text' }): string {
  switch (type.format) {
    case 'email':
      return 'z.email().max(254)';
    case 'time':
      return 'z.iso.datetime({ offset: true }).max(40)';
    case 'date':
      return 'z.iso.date().max(10)';
    case 'uuid':
      return 'z.uuid().max(36)';
    case 'url':
      return 'z.url().max(2000)';
    case undefined:
      break;
  }
  return `z.string().min(${type.min}).max(${type.max})`;
}

/** What an agent is shown of a field. `known`: the field by which the record is known, which is always there. */
export function outputSchema(field: Field, known: boolean): string {
  const plain = plainSchema(field.type);
  if (plain === 'text') {
    const schema = known ? 'untrusted(z.string())' : 'text';
    return field.personal ? `personal(${literal(field.personal)}, ${schema})` : schema;
  }
  return known ? plain : `${plain}.nullable()`;
}

/** What is read of a field in an answer; anything but what a record is known by may be missing there. */
export function answerSchema(field: Field, known: boolean): string {
  const plain = plainSchema(field.type);
  if (plain === 'text') return known ? 'z.string()' : 'text';
  return known ? plain : `${plain}.nullish()`;
}

/** A vendor may add choices and change formats, so texts are texts. */
function plainSchema({ kind }: FieldType): string {
  switch (kind) {
    case 'text':
    case 'choice':
    case 'list':
      return 'text';
    case 'whole':
      return 'z.int()';
    case 'number':
      return 'z.number()';
    case 'flag':
      return 'z.boolean()';
  }
}
