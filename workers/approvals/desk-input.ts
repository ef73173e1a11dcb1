import { z } from 'zod';
import { mask } from '../../shared/mask.ts';
import type { Fault, Problem } from '../../shared/problems.ts';
import { approvalStatuses, reasonCodes, type Result } from '../../shared/rpc.ts';

/** What a page holds at the most, and when nothing is said. */
const MAX_PAGE = 200;
/** A pre-approval is for a shift, not for good. */
const MAX_MINUTES = 8 * 60;
const MAX_CALLS = 500;
const MAX_TOGETHER = 100;
const MAX_EDITS = 50;
const MAX_WHERE = 20;

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed(), 'is not valid Unicode');
const reason = z.enum(reasonCodes);
const note = text(500).default('');
const digest = z.string().min(1).max(128);
const id = z.string().max(64);
/** RFC 6901. */
const pointer = z
  .string()
  .max(500)
  .regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'a JSON Pointer such as /company');
const name = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'a name such as lead-router');
const actionName = z.string().regex(/^[a-z][a-z0-9_.]{1,99}$/, 'an action such as crm.contact.update');

/** A word in the place of what is masked: it is the same for every value, so nothing can be bound to it. */
const masked = /\[[a-z][a-z-]{1,30}\]/;

const decided = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason,
  note,
  digest: digest.optional(),
});
const modified = z.strictObject({
  decision: z.literal('modify'),
  edits: z
    .array(z.strictObject({ pointer, value: z.unknown().optional() }))
    .min(1)
    .max(MAX_EDITS)
    .refine((edits) => new Set(edits.map((edit) => edit.pointer)).size === edits.length, {
      message: 'names one place twice',
    }),
  reason,
  note,
  digest,
});

/** Bodies as people send them. */
export const inputs = {
  filter: z.strictObject({
    workflow: z.string().max(200).optional(),
    status: z.enum(approvalStatuses).optional(),
    mine: z.boolean().default(false),
    after: z.string().max(8_000).optional(),
    limit: z.int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  }),
  decision: z.discriminatedUnion('decision', [decided, modified]),
  decisions: z.strictObject({
    decisions: z
      .array(decided.extend({ id, digest }))
      .min(1)
      .max(MAX_TOGETHER)
      .refine((all) => new Set(all.map((one) => one.id)).size === all.length, {
        message: 'names one approval twice',
      }),
  }),
  reveal: z.strictObject({ pointer, reason: text(500).min(3), digest }),
  overrides: z.strictObject({
    workflow: z.string().max(200).optional(),
    since: z.iso.datetime({ offset: true }).optional(),
  }),
  preApproval: z.strictObject({
    agent: name,
    action: actionName,
    where: z
      .record(pointer, z.union([text(500), z.number(), z.boolean(), z.null()]))
      .refine((where) => Object.keys(where).length <= MAX_WHERE, `at most ${MAX_WHERE} places`)
      .refine(
        (where) => Object.values(where).every((value) => !(typeof value === 'string' && masked.test(value))),
        'names what is masked, which stands for any value: leave it out',
      )
      // A request is compared as it is shown, where none of it stands: it would fit nothing, and be kept and listed.
      .refine(
        (where) => Object.entries(where).every((one) => one.every((value) => mask(value, {}) === value)),
        'holds a mail address or a secret, which requests are not compared by: leave it out',
      )
      .default({}),
    count: z.int().min(1).max(MAX_CALLS),
    minutes: z.int().min(1).max(MAX_MINUTES),
    reason,
    note,
  }),
} as const;

/** What somebody sent, by its schema, or 422 that names the places and never their values. Pure. */
export function read<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = parsed.error.issues.map(({ path, message }): Fault => ({
    pointer: path.map((part) => `/${String(part)}`).join(''),
    detail: message,
  }));
  return refused({ code: 'invalid', errors });
}

export function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
