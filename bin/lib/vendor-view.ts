/** What a tool's contract says of each action, as plain data. Pure. */
import type { Contract, JsonSchema, KnownAction, Resolves } from '../../shared/contract.ts';

export interface FieldView {
  /** `contacts.*.email`: a place in the data. */
  field: string;
  /** Input only. */
  optional?: true;
  /** Class of personal data. */
  class?: string;
  /** Output only: whose words it holds. */
  provenance?: string;
  /** Input only: which placeholders of earlier answers are opened in it, and in free text about whom. */
  resolves?: string;
  /** Input only: by which harm could leave, such as `recipient`. */
  sink?: string;
}

export interface ActionView {
  action: string;
  summary: string;
  mode: 'read' | 'execute';
  groups: readonly string[];
  sensitivity: string;
  input: FieldView[];
  output: FieldView[];
  /** Executes only, each as a sentence. */
  preview?: string;
  find?: string;
  idempotency?: string;
  deferred?: string;
  undo?: string;
}

export interface ToolView {
  tool: string;
  vendor: string;
  summary: string;
  actions: ActionView[];
}

/** A tool in words. `previews`: the actions, without the tool, that it can look ahead for. */
export function toolView(
  contract: Contract,
  known: ReadonlyMap<string, KnownAction>,
  previews: ReadonlySet<string>,
): ToolView {
  const { tool, vendor, summary } = contract;
  const actions = Object.keys(contract.actions).flatMap((key) => {
    const action = known.get(`${tool}.${key}`);
    return action ? [actionView(action, previews.has(key))] : [];
  });
  return { tool, vendor, summary, actions };
}

function actionView(action: KnownAction, looks: boolean): ActionView {
  const { name, summary, mode, groups, sensitivity, inputSchema, outputSchema } = action;
  return {
    action: name,
    summary,
    mode,
    groups,
    sensitivity,
    input: fieldsOf(inputSchema).map((field) => without(field, 'provenance')),
    output: fieldsOf(outputSchema).map((field) => without(field, 'optional')),
    ...(mode === 'execute' && executeView(action, looks)),
  };
}

function executeView(
  { findAfter, idempotency, deferred, undo }: KnownAction,
  looks: boolean,
): Partial<ActionView> {
  return {
    preview: looks ? 'Looks at the vendor and tells before and after.' : 'Tells the input only.',
    find:
      findAfter === undefined
        ? 'Cannot be looked up: an unclear outcome goes to a person.'
        : `Can be looked up; after ${findAfter} s a negative counts.`,
    ...(idempotency && {
      idempotency: `\`${idempotency.header}\`, done once for ${idempotency.hours} hours.`,
    }),
    ...(deferred && {
      deferred: `Comes at \`${deferred.at}\`; \`${deferred.cancel.action}\` cancels it${
        deferred.cancel.upTo > 0 ? `, up to ${deferred.cancel.upTo} s before` : ' until then'
      }.`,
    }),
    ...(undo && { undo: undoWords(undo) }),
  };
}

function undoWords(undo: NonNullable<KnownAction['undo']>): string {
  if ('irreversible' in undo) {
    const instead = undo.instead === undefined ? '' : ` Instead: ${undo.instead}`;
    return `Irreversible: ${undo.irreversible}${instead}`;
  }
  const leaves = undo.leaves?.length
    ? ` Leaves changed: ${undo.leaves.map((field) => `\`${field}\``).join(', ')}.`
    : '';
  return `By \`${undo.action}\`. ${undo.how}${leaves}`;
}

function without(field: FieldView, mark: keyof FieldView): FieldView {
  return Object.fromEntries(Object.entries(field).filter(([name]) => name !== mark)) as unknown as FieldView;
}

/** The fields at the ends of a schema, in its order. */
function fieldsOf(schema: JsonSchema, place = '', above: Omit<FieldView, 'field'> = {}): FieldView[] {
  const marks = { ...above, ...marksOf(schema) };
  const { properties, items, required } = schema as {
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
    required?: string[];
  };
  const variants = ['anyOf', 'oneOf', 'allOf'].flatMap((word) => (schema[word] ?? []) as JsonSchema[]);
  const inner = variants.find((one) => one['properties'] !== undefined || one['items'] !== undefined);
  if (properties)
    return Object.entries(properties).flatMap(([name, field]) =>
      fieldsOf(field, place === '' ? name : `${place}.${name}`, {
        ...marks,
        ...(required?.includes(name) !== true && { optional: true as const }),
      }),
    );
  if (items) return fieldsOf(items, `${place}.*`, marks);
  if (inner) return fieldsOf(inner, place, marks);
  const own = variants.map(marksOf).reduce((all, one) => ({ ...all, ...one }), {});
  return [{ field: place, ...own, ...marks }];
}

function marksOf(schema: JsonSchema): Omit<FieldView, 'field'> {
  const [cls, provenance, sink] = [schema['x-personal'], schema['x-provenance'], schema['x-sink']];
  const mark = schema['x-resolves'] as Resolves | undefined;
  return {
    ...(typeof cls === 'string' && { class: cls }),
    ...(typeof provenance === 'string' && { provenance }),
    ...(mark && { resolves: resolvesWords(mark) }),
    ...(typeof sink === 'string' && { sink }),
  };
}

function resolvesWords({ classes, recipient }: Resolves): string {
  return `${classes.join(' ')}${recipient === undefined ? '' : ` of ${recipient}`}`;
}
