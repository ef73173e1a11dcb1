import type { JsonSchema } from './contract.ts';

/**
 * Replaces what a contract classes as personal by `[class]`, for journals, approvals and pages. Fields the schema does
 * not know are left out: what nobody classed is not shown. Returns a copy.
 * `forPeople` keeps free text readable, with what detectors find in it masked: an approver must see what is to be sent.
 */
export function mask(value: unknown, schema: JsonSchema, forPeople = false): unknown {
  const cls = schema['x-personal'];
  if (typeof cls === 'string') return masked(value, cls, forPeople);
  for (const choice of variants(schema)) {
    if (fits(value, choice)) return mask(value, choice, forPeople);
  }
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isSchema(items) ? value.map((item) => mask(item, items, forPeople)) : [];
  }
  if (typeof value === 'object' && value !== null)
    return maskObject(value as Record<string, unknown>, schema, forPeople);
  return value;
}

function masked(value: unknown, cls: string, forPeople: boolean): unknown {
  if (value === null || value === undefined) return value;
  return forPeople && cls === 'free-text' && typeof value === 'string' ? maskText(value) : `[${cls}]`;
}

function maskObject(
  value: Record<string, unknown>,
  schema: JsonSchema,
  forPeople: boolean,
): Record<string, unknown> {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : others;
    if (isSchema(known)) out[key] = mask(item, known, forPeople);
  }
  return out;
}

function variants(schema: JsonSchema): JsonSchema[] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(choices) ? choices.filter(isSchema) : [];
}

function fits(value: unknown, schema: JsonSchema): boolean {
  const type = schema['type'];
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'number') return type === 'number' || type === 'integer';
  return type === undefined || type === typeof value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Masks what looks personal or secret in free text (mail addresses, phone and card-like numbers but no dates, bearer tokens). A net
 * under the structural masking, for the fields where people write sentences; it is not complete and does not claim to be.
 */
export function maskText(text: string): string {
  return text
    .replace(/[^\s@<>"'(),;:]{1,64}@[^\s@<>"'(),;:]{1,255}\.[^\s@<>"'(),;:.]{2,63}/gu, '[email]')
    .replace(/\b(?:Bearer\s+\S+|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?:sk|pat|xox[abp])-[\w-]{8,})/gi, '[secret]')
    .replace(/(?<![\w-])(?!\d{4}-\d{2}-\d{2}(?!\d))\+?\d(?:[\s().-]{0,2}\d){6,18}(?![\w-])/g, '[number]');
}
