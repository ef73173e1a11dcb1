/** What an agent may send to an operation. Pure. */
import { resolve, type Json } from './description.ts';
import { camel } from './names.ts';
import type { Operation } from './operations.ts';
import type { InputField } from './plan.ts';
import { addBody } from './bodies.ts';
import { fieldsOf, typeOf } from './schemas.ts';

export interface Input {
  fields: InputField[];
  notes: string[];
}

/** The fields of an action's input; or why the operation cannot be an action. */
export function inputOf(spec: Json, operation: Operation): Input | string {
  const input: Input = { fields: [], notes: [] };
  for (const given of operation.parameters) {
    const fault = addParameter(spec, given, input);
    if (fault !== undefined) return fault;
  }
  const unfilled = [...operation.path.matchAll(/\{([^}]*)\}/g)].find(
    ([, wire]) => !input.fields.some((field) => field.place === 'path' && field.wire === wire),
  );
  if (unfilled) return `its path needs ${unfilled[0]}, which no parameter describes.`;
  const fault = addBody(spec, operation, input);
  return fault ?? apart(input);
}

function addParameter(spec: Json, given: unknown, input: Input): string | undefined {
  const parameter = resolve(spec, given);
  if (!parameter.ok) return `a parameter ${parameter.fault}.`;
  const { name, in: place, required, schema } = parameter.value;
  // A parameter of OpenAPI 2 is its own schema.
  const typed = typeOf(spec, schema ?? parameter.value, String(name));
  const said = typed.ok ? 'goes in a place that a tool does not write to' : `is ${typed.why}`;
  if (typed.ok && (place === 'path' || place === 'query')) {
    const found = fieldsOf(spec, [
      { wire: String(name), schema: schema ?? parameter.value, required: required === true },
    ]);
    input.fields.push(
      ...found.fields.map((field): InputField => {
        return { ...field, place, required: field.required || place === 'path' };
      }),
    );
    return found.fields.length > 0 || required !== true
      ? undefined
      : `it needs ${String(name)}, whose name is no name.`;
  }
  if (place === 'body' || place === 'formData') return undefined;
  if (required === true && place !== 'header')
    return `it needs ${String(name)} (${String(place)}), which ${said}.`;
  input.notes.push(`${String(name)} (${String(place)}) is left out: it ${said}`);
  return undefined;
}

/** Fields of path, query and body share one object, so no two may have one name. */
function apart(input: Input): Input {
  const taken = new Set<string>();
  const fields = input.fields.map((field) => {
    let { name } = field;
    if (taken.has(name)) name = camel(`${field.place}_${name}`);
    while (taken.has(name)) name = `${name}x`;
    taken.add(name);
    return { ...field, name };
  });
  return { ...input, fields };
}
