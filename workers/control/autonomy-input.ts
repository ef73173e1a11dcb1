import { z } from 'zod';
import { modes, type Mode } from '../../shared/contract.ts';
import { faultsOf } from '../../shared/faults.ts';
import { isId } from '../../shared/ids.ts';
import {
  contactNames,
  signatories,
  type ContactName,
  type Result,
  type Signatory,
} from '../../shared/rpc.ts';

const reason = z.string().trim().min(1, 'says why, in a word at least').max(500);

const change = z.strictObject({ to: z.enum(modes), reason });
const sign = z.strictObject({ as: z.enum(signatories), reason });
const contact = z.strictObject({
  contact: z.enum(contactNames),
  exercise: z
    .string()
    .refine((text) => isId('exer', text), 'is the id of an exercise')
    .optional(),
});
const answer = z.strictObject({ code: z.string().regex(/^[0-9a-f]{12}$/, 'is 12 hex digits') });

export interface ContactWish {
  contact: ContactName;
  exercise?: string | undefined;
}

/** The body of a raise or a lowering. */
export function checkChange(input: unknown): Result<{ to: Mode; reason: string }> {
  return checked(change, input);
}

/** The body of a sign-off. */
export function checkSign(input: unknown): Result<{ as: Signatory; reason: string }> {
  return checked(sign, input);
}

/** The body of a contact's test. `exercise`: it is the notification of one. */
export function checkContact(input: unknown): Result<ContactWish> {
  return checked(contact, input);
}

/** The body of an answer to such a test. */
export function checkAnswer(input: unknown): Result<{ code: string }> {
  return checked(answer, input);
}

function checked<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
}
