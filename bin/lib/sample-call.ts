import type { JsonSchema, KnownAction } from '../../shared/contract.ts';
import type { Policy } from '../../shared/governance.ts';
import { grantOf, type Manifest } from '../../shared/manifest.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { pathOf } from './policy-reads.ts';

/** A plain call of an action: what an agent would send on an ordinary day, and what the tool would look up for it. */
export interface Sample {
  input: Record<string, unknown>;
  facts: Record<string, string | number | boolean>;
}

/**
 * The contract's own example, to the places that the manifest approves, with the fields that it grants. What has no example is as
 * other actions of the tool show it, or the blank of its type; a time is an hour from now (Unix ms). Pure.
 */
export function sampleCall(action: KnownAction, manifest: Manifest, now: number): Sample {
  const fields = grantOf(manifest, action.name)?.fields;
  const example = {
    ...exampleOr(action.inputSchema, now, shownBy(action.tool)),
    ...approvedPlaces(action, manifest),
  };
  const granted = Object.entries(example).filter(([name]) => fields?.includes(name) ?? true);
  const parsed = action.input.safeParse(Object.fromEntries(granted));
  return {
    input: parsed.success ? parsed.data : Object.fromEntries(granted),
    facts: exampleOr(action.factsSchema ?? {}, now) as Sample['facts'],
  };
}

/** The same call, committing so much money; undefined: the action spends nothing. */
export function spending(sample: Sample, { measures }: KnownAction, amount: number): Sample | undefined {
  const [from, field] = measures?.spend?.amount.split('.') ?? [];
  if (field === undefined) return undefined;
  return from === 'facts'
    ? { ...sample, facts: { ...sample.facts, [field]: amount } }
    : { ...sample, input: { ...sample.input, [field]: amount } };
}

/** The highest amount (minor units) that a policy compares `context.spend` with; undefined: none does. */
export function spendLine(policies: readonly Policy[]): number | undefined {
  const lines = policies.flatMap(({ json }) =>
    json.conditions.flatMap(({ body }) => comparedWithSpend(body)),
  );
  return lines.length > 0 ? Math.max(...lines) : undefined;
}

function comparedWithSpend(body: unknown): number[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.values(body).flatMap((part: unknown) => {
    const { left, right } = (part ?? {}) as { left?: unknown; right?: unknown };
    const sides = [left, right];
    const isSpend = sides.some((side) => pathOf(side)?.join('.') === 'context.spend');
    return [...(isSpend ? sides.flatMap(literal) : []), ...comparedWithSpend(part)];
  });
}

function literal(body: unknown): number[] {
  const value = typeof body === 'object' && body !== null && 'Value' in body ? body.Value : undefined;
  return typeof value === 'number' ? [value] : [];
}

function approvedPlaces(
  { inputSchema, measures = {} }: KnownAction,
  { approved }: Manifest,
): Record<string, string> {
  const { account, campaign, region } = measures;
  const places: [string | undefined, readonly string[]][] = [
    ['input.channel', approved.channels],
    ['input.queue', approved.queues],
    [account, approved.accounts],
    [campaign, approved.campaigns],
    [region, approved.regions],
  ];
  const fields = Object.keys(inputSchema['properties'] ?? {});
  return Object.fromEntries(
    places.flatMap(([path = '', list]) => {
      const [from, field = ''] = path.split('.');
      const [first] = list;
      return from === 'input' && fields.includes(field) && first !== undefined ? [[field, first]] : [];
    }),
  );
}

interface Field {
  type?: string;
  format?: string;
  pattern?: string;
  enum?: readonly unknown[];
  minimum?: number;
}

/** Fields as the examples of a tool's actions show them. */
function shownBy(tool: string): Record<string, unknown> {
  const actions = [...catalogue.values()].filter((action) => action.tool === tool);
  return Object.assign({}, ...actions.map(({ inputSchema }) => examplesOf(inputSchema)[0])) as Record<
    string,
    unknown
  >;
}

function examplesOf(schema: JsonSchema): Record<string, unknown>[] {
  return (schema['examples'] ?? []) as Record<string, unknown>[];
}

/**
 * The example of an object's schema. Without one, each field that it must have: as other examples show it, or its type's blank.
 */
function exampleOr(
  schema: JsonSchema,
  now: number,
  shown: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const [example] = examplesOf(schema);
  if (example) return example;
  const required = (schema['required'] ?? []) as string[];
  const fields = Object.entries((schema['properties'] ?? {}) as Record<string, Field>);
  return Object.fromEntries(
    fields
      .filter(([name]) => required.includes(name))
      .map(([name, field]) => [name, shown[name] ?? blankOf(field, now)]),
  );
}

function blankOf({ type, format, pattern, enum: choices, minimum = 0 }: Field, now: number): unknown {
  if (choices) return choices[0];
  if (format === 'date-time') return `${new Date(now + 3_600_000).toISOString().slice(0, 19)}Z`;
  // One kind of character, so many times, such as a hash.
  const [, character = '', count] = /^\^\[(\w)[^\]]*\]\{(\d{1,3})\}\$$/.exec(pattern ?? '') ?? [];
  if (count !== undefined) return character.repeat(Number(count));
  const blanks = { boolean: false, integer: minimum, number: minimum, array: [], string: 'text' };
  return blanks[type as keyof typeof blanks] ?? null;
}
