/** What people send about rollbacks, checked. */
import { z } from 'zod';
import { faultsOf } from '../../../shared/faults.ts';
import { isId } from '../../../shared/ids.ts';
import type { Result } from '../../../shared/rpc.ts';
import type { Selection } from '../../../shared/rollback/view.ts';

const time = z.iso.datetime({ offset: true });
const name = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'is a name such as lead-router');
const reason = z
  .string()
  .trim()
  .min(1, 'says why, in a word at least')
  .max(500)
  .refine((text) => text.isWellFormed(), 'is not valid Unicode');
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is the digest of the plan that you saw');
const call = z.string().refine((text) => isId('call', text), 'is the id of a call');

const selection = z
  .strictObject({
    agent: name.optional(),
    workflow: name.optional(),
    session: z.string().min(1).max(100).optional(),
    since: time.optional(),
    until: time.optional(),
  })
  // All that anybody ever did is never meant.
  .refine(
    ({ agent, workflow, session, since }) => (agent ?? workflow ?? session ?? since) !== undefined,
    'names an agent, a workflow, a session or a time to begin with',
  );

const openInput = z.strictObject({ selection, reason, dryRun: z.boolean().default(false) });
const planInput = z.strictObject({ digest, reason });
const forceInput = z.strictObject({ digest, reason, calls: z.array(call).min(1).max(100) });
/** `forGood`: what has not begun is left, and the rollback ends. */
const haltInput = z.strictObject({ reason, forGood: z.boolean().default(false) });

export interface OpenInput {
  selection: Selection;
  reason: string;
  dryRun: boolean;
}
export type PlanInput = z.infer<typeof planInput>;
export type ForceInput = z.infer<typeof forceInput>;
export type HaltInput = z.infer<typeof haltInput>;

export function checkOpen(input: unknown): Result<OpenInput> {
  const checked = check(openInput, input);
  if (!checked.ok) return checked;
  const { selection: chosen, ...rest } = checked.value;
  const said = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return { ok: true, value: { ...rest, selection: Object.fromEntries(said) } };
}

/** The plan that a person saw, and why. */
export const checkPlan = (input: unknown): Result<PlanInput> => check(planInput, input);
export const checkForce = (input: unknown): Result<ForceInput> => check(forceInput, input);
export const checkHalt = (input: unknown): Result<HaltInput> => check(haltInput, input);

function check<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
}
