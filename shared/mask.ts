import type { JsonSchema } from './contract.ts';
import { structuredIn } from './pii/structured.ts';

/**
 * Replaces what a contract classes as personal by `[class]`, for journals, approvals and pages. Fields the schema does
 * not know are left out: what nobody declared is not shown. In fields that are declared without a class, mail addresses
 * and secrets are masked wherever they stand. Returns a copy.
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
  return typeof value === 'string' ? maskMarked(value) : value;
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
    const named = Object.hasOwn(properties, key);
    const known = named ? properties[key] : others;
    // A name that the schema does not give is data, too.
    if (isSchema(known)) out[named ? key : maskMarked(key)] = mask(item, known, forPeople);
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
 * Masks what looks personal or secret in free text: what has a form of its own (mail addresses, numbers of phones, cards, accounts and
 * persons, addresses of the internet, secrets), and any other long number that is no date. A net under the structural masking, for the fields where
 * people write sentences; it knows no names, is not complete and does not claim to be. Placeholders stay.
 */
export function maskText(text: string): string {
  const marked = maskMarked(text);
  let [out, at] = ['', 0];
  for (const { class: cls, start, end } of structuredIn(marked)) {
    out += `${marked.slice(at, start)}[${cls === 'email' || cls === 'secret' ? cls : 'number'}]`;
    at = end;
  }
  return (out + marked.slice(at)).replace(
    /(?<![\w-])(?!\d{4}-\d{2}-\d{2}(?!\d))\+?\d(?:[\s().-]{0,2}\d){6,18}(?![\w-])/g,
    '[number]',
  );
}

/**
 * Masks what is marked as what it is: mail addresses by their `@`, secrets by their beginning. Not numbers, so record
 * ids stay. Bounded where many beginnings could share one end: this reads whatever a vendor sends.
 */
function maskMarked(text: string): string {
  return text
    .replace(/[^\s@<>"'(),;:]{1,64}@[^\s@<>"'(),;:]{1,255}\.[^\s@<>"'(),;:.]{2,63}/gu, '[email]')
    .replace(
      /\b(?:Bearer\s+\S+|eyJ[\w-]{1,1000}\.[\w-]{1,8000}\.[\w-]+|(?:sk|pat|xox[abp])-[\w-]{8,})/gi,
      '[secret]',
    );
}
