/** What an operation takes in its body. Pure. */
import { isJson, resolve, type Json } from './description.ts';
import type { Input } from './inputs.ts';
import type { Operation } from './operations.ts';
import { fieldsOf, propertiesOf } from './schemas.ts';
import { FIELDS_MAX, leftOut } from './words.ts';

/** Adds what of an operation's body an agent may send. Returns why the operation cannot be an action, if so. */
export function addBody(spec: Json, operation: Operation, input: Input): string | undefined {
  const body = bodyOf(spec, operation, input.notes);
  if (typeof body === 'string') return body;
  if (body === undefined) return undefined;
  const properties = propertiesOf(spec, body);
  if (properties.length === 0) return 'its body is no object with fields: add it by hand.';
  const found = fieldsOf(spec, properties);
  if (found.missing.length > 0)
    return `it needs ${found.missing.join(', ')}, which a contract cannot hold as described (${found.left.join('; ')}). Choose another operation, or write this action by hand.`;
  if (found.fields.length === 0)
    return `nothing of its body can be sent: ${found.left.join('; ')}. Choose another operation, or write this action by hand.`;
  const left = leftOut(found.left, 'agents cannot send');
  if (left !== undefined) input.notes.push(left);
  const kept = [...found.fields].sort((a, b) => Number(b.required) - Number(a.required)).slice(0, FIELDS_MAX);
  const over = found.fields.length - kept.length;
  if (over > 0) input.notes.push(`${over} more optional fields of its body are left out`);
  input.fields.push(...kept.map((field) => ({ ...field, place: 'body' as const })));
  return undefined;
}

/** The schema of what is sent; undefined: nothing is. */
function bodyOf(spec: Json, { json, parameters }: Operation, notes: string[]): unknown {
  if (json['requestBody'] !== undefined) {
    const resolved = resolve(spec, json['requestBody']);
    if (!resolved.ok) return `its body ${resolved.fault}.`;
    const content = isJson(resolved.value['content']) ? resolved.value['content'] : {};
    const type = Object.keys(content).find((one) => /json/i.test(one)) ?? Object.keys(content)[0];
    if (type === undefined) return undefined;
    if (/multipart|octet-stream/.test(type)) return 'it takes a file, which no tool sends.';
    if (!/json/i.test(type))
      notes.push(
        `the description knows its body as ${type} only; it is sent as JSON: look up whether that is right`,
      );
    return isJson(content[type]) ? content[type]['schema'] : undefined;
  }
  const own = parameters.flatMap((one) => {
    const resolved = resolve(spec, one);
    return resolved.ok ? [resolved.value] : [];
  });
  const body = own.find(({ in: place }) => place === 'body');
  if (body) return body['schema'];
  const form = own.filter(({ in: place }) => place === 'formData');
  if (form.length === 0) return undefined;
  notes.push(
    'the description knows its body as a form only; it is sent as JSON: look up whether that is right',
  );
  const required = form.filter((field) => field['required'] === true).map(({ name }) => name);
  return {
    type: 'object',
    required,
    properties: Object.fromEntries(form.map((field) => [field['name'], field])),
  };
}
