/**
 * The smallest changes to a description, made to a copy at test time, where Prism could not judge by it otherwise. A difference
 * in one operation is no amendment: it is in `exceptions.ts`.
 */

export interface Amendment {
  why: string;
  apply(spec: Json): void;
}

type Json = Record<string, unknown>;

/** Credentials go in the `Authorization` header and never in a URL; the simulator itself checks them. */
export const headerCredential = (why: string): Amendment => ({
  why,
  apply: (spec) => {
    delete spec['security'];
    for (const operation of operationsOf(spec)) delete operation['security'];
  },
});

/** Takes a format away that the vendor itself does not keep to. */
export const noFormat = (format: string, why: string): Amendment => ({
  why,
  apply: (spec) => {
    for (const schema of objectsIn(spec)) if (schema['format'] === format) delete schema['format'];
  },
});

/** What may be sent as a form may be sent as JSON, in the same shape. */
export const jsonBesideForms = (why: string): Amendment => ({
  why,
  apply: (spec) => {
    for (const { requestBody } of operationsOf(spec)) {
      const content = isObject(requestBody) ? (requestBody['content'] as Json) : {};
      const form = content['application/x-www-form-urlencoded'];
      if (form !== undefined) content['application/json'] = form;
    }
  },
});

/** Takes paths out that no router can tell from another one that is left. */
export const without = (paths: readonly string[], why: string): Amendment => ({
  why,
  apply: (spec) => {
    for (const path of paths) delete (spec['paths'] as Json)[path];
  },
});

/** Lets values in free-form objects of texts be null: what was asked for and never set. */
export const nullableTexts = (why: string): Amendment => ({
  why,
  apply: (spec) => {
    for (const { additionalProperties: values } of objectsIn(spec))
      if (isObject(values) && values['type'] === 'string') values['nullable'] = true;
  },
});

/** A 2.0 description can say of a JSON body only that it is a form, and the token is a parameter there. */
export const jsonBodies = (why: string): Amendment => ({
  why,
  apply: (spec) => {
    for (const operation of operationsOf(spec)) {
      const parameters = (operation['parameters'] ?? []) as Json[];
      const form = parameters.filter((one) => one['in'] === 'formData');
      const rest = parameters.filter((one) => one['in'] !== 'formData' && one['name'] !== 'token');
      operation['parameters'] = form.length === 0 ? rest : [...rest, bodyOf(form)];
      if (form.length > 0) operation['consumes'] = ['application/json'];
    }
  },
});

/** The same fields, of the same types, as one JSON object. */
function bodyOf(form: readonly Json[]): Json {
  const fields = form.filter((field) => field['name'] !== 'token');
  const properties = Object.fromEntries(fields.map((field) => [field['name'], { type: field['type'] }]));
  const required = fields.filter((field) => field['required'] === true).map((field) => field['name']);
  const schema = { type: 'object', properties, ...(required.length > 0 && { required }) };
  return { name: 'body', in: 'body', required: true, schema };
}

function operationsOf(spec: Json): Json[] {
  return Object.values(spec['paths'] as Json).flatMap((path) =>
    Object.values(path as Json).filter(
      (operation): operation is Json => isObject(operation) && isObject(operation['responses']),
    ),
  );
}

function* objectsIn(value: unknown): Generator<Json> {
  if (Array.isArray(value)) for (const item of value) yield* objectsIn(item);
  if (!isObject(value)) return;
  yield value;
  for (const item of Object.values(value)) yield* objectsIn(item);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
