/** What the contracts of HubSpot's kinds of records are made of. */
import { z } from 'zod';
import { sink, trusted, untrusted, type Action } from '../../../../shared/contract.ts';

export const id = z.string().regex(/^[0-9]{1,20}$/, 'the digits of a HubSpot record id');
export const line = (max: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'one line of text');

/** What HubSpot holds; anything may be missing there. */
const text = z.string().nullable();
/** Said by HubSpot or by colleagues: an id, a time, a stage of the team's own process. */
export const ours = trusted(text);
/** Forms, shops and lookups write into it, and so whoever fills them in: it may be an instruction. */
export const theirs = untrusted(text);
export const recordId = trusted(z.string());

export const page = {
  limit: z.int().min(1).max(50).default(10),
  /** `next` of the page before. */
  after: z
    .string()
    .regex(/^[0-9]{1,10}$/)
    .optional(),
};

/** Where a page of HubSpot's other listings goes on: a text of HubSpot's own. */
export const cursor = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9+/=_%.-]+$/, '`next` of the page before')
  .optional();

/** Each field may be left out (unchanged) or null (cleared). */
export function changes<S extends Record<string, z.ZodType>>(
  fields: S,
): { [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> } {
  const out = Object.entries(fields).map(([name, schema]) => {
    // The marks go on the outside, where masking looks first.
    const { id: _, ...marks } = schema.meta() ?? {};
    return [name, schema.meta({}).nullable().meta(marks).optional()];
  });
  return Object.fromEntries(out) as { [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> };
}

export const optional = <S extends Record<string, z.ZodType>>(fields: S) => z.object(fields).partial().shape;

/** Whether the input says anything besides the fields named here. */
export const more =
  (...names: string[]) =>
  (input: Record<string, unknown>): boolean =>
    Object.entries(input).some(([name, value]) => value !== undefined && !names.includes(name));

export const atLeastOne = 'at least one more field is needed';

/** HubSpot states no lag of reading by id or by a unique value: a margin, in seconds. */
export const FIND_AFTER = 30;

/** What HubSpot changes by itself with every change of a record. */
export const stamps = ['updatedAt', 'lastmodifieddate'] as const;

/** How a created record is taken back. */
export function archivedAgain(record: string): { action: string; how: string; leaves: readonly string[] } {
  return {
    action: `crm.${record}.archive`,
    how: `Archives the ${record}, unless somebody has changed it since. HubSpot can restore it by hand for 90 days.`,
    leaves: ['archived', 'archivedAt', ...stamps],
  };
}

/** Takes a record away. HubSpot keeps it for 90 days, and no request of its API brings it back. */
export function archiving<O extends z.ZodObject>(
  record: string,
  { output, example, sensitivity }: { output: O; example: string; sensitivity: Action['sensitivity'] },
) {
  return {
    summary: `Archives one ${record}: HubSpot shows it no more, and forgets it after 90 days.`,
    mode: 'execute',
    measures: { records: 1 },
    groups: ['delete'],
    sensitivity,
    input: z.strictObject({ id: sink('account', id) }).meta({ examples: [{ id: example }] }),
    /** The record as it was. */
    output,
    undo: {
      irreversible: `HubSpot has no request that restores a ${record}.`,
      instead: `A person restores the ${record} in HubSpot, which keeps it for 90 days.`,
    },
    about: { record, id: 'input.id' },
    findAfter: FIND_AFTER,
  } as const satisfies Action;
}
