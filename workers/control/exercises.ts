import { z } from 'zod';
import { isTarget } from '../../flags/targets.ts';
import {
  scenarioNames,
  type ExerciseRecord,
  type ExerciseResult,
  type ScenarioName,
} from '../../shared/exercise.ts';
import { faultsOf } from '../../shared/faults.ts';
import { isId, newId } from '../../shared/ids.ts';
import type { Receipt, Result } from '../../shared/rpc.ts';

const milliseconds = z.int().min(0).max(86_400_000).nullable();
const count = z.int().min(0).max(1_000);

const startInput = z.strictObject({
  scenario: z.enum(scenarioNames),
  agent: z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'is the name of an agent'),
});

const endInput = z.union([
  z.strictObject({ abandoned: z.literal(true) }),
  z.strictObject({
    verdict: z.enum(['held', 'violated', 'unproven']),
    receipt: z
      .string()
      .refine((text) => isId('rcpt', text), 'is the id of a receipt')
      .nullable(),
    times: z.strictObject({ detect: milliseconds, decide: milliseconds, restore: milliseconds }),
    checks: z.strictObject({ passed: count, failed: count, open: count }),
    report: z.string().regex(/^[0-9a-f]{64}$/, 'is the SHA-256 of the report, in lower-case hex'),
  }),
]);

export interface ExerciseStart {
  scenario: ScenarioName;
  agent: string;
}
/** How it ended, or that whoever cleaned up gave it up. */
export type ExerciseEnd = ExerciseResult | { abandoned: true };

/** The body of `POST /ops/v1/exercises`. */
export function checkExerciseStart(input: unknown): Result<ExerciseStart> {
  return checked(startInput, input);
}

/** The body of `POST /ops/v1/exercises/{id}/end`. */
export function checkExerciseEnd(input: unknown): Result<ExerciseEnd> {
  return checked(endInput, input);
}

/** A new exercise; refused while another one is open: what one of them changed could be taken for the other's. Pure. */
export function beginExercise(
  { scenario, agent }: ExerciseStart,
  open: ExerciseRecord | null,
  by: string,
  environment: string,
  now: number,
): Result<ExerciseRecord> {
  if (open) return refused('conflict', `${open.id} (${open.scenario}, by ${open.by}) is open still.`);
  const id = newId('exer', now);
  const startedAt = new Date(now).toISOString();
  const begun = { state: 'open' as const, endedAt: null, contacts: [], result: null };
  return { ok: true, value: { id, scenario, agent, environment, by, startedAt, ...begun } };
}

/**
 * How an exercise stands once it is over. Target, stop and notify are what control itself has: whoever reports can't make a
 * stop look faster than it was, nor call held what nobody acknowledged or no receipt confirmed. Pure.
 */
export function endExercise(
  was: ExerciseRecord,
  end: ExerciseEnd,
  receipt: Receipt | null,
  by: string,
  now: number,
): Result<ExerciseRecord> {
  if (was.state !== 'open') return refused('conflict', 'This exercise is over.');
  const endedAt = new Date(now).toISOString();
  if ('abandoned' in end) return { ok: true, value: { ...was, state: 'abandoned', endedAt } };
  const fault = endFault(was, end, receipt, by);
  if (fault) return refused('conflict', fault);
  const { verdict, times, checks, report } = end;
  const own = { stop: receipt?.confirmMs ?? null, notify: notifyMs(was) };
  const result = { verdict, checks, report, receipt: end.receipt, target: receipt?.target ?? null };
  return {
    ok: true,
    value: { ...was, state: 'ended', endedAt, result: { ...result, times: { ...times, ...own } } },
  };
}

function endFault(
  was: ExerciseRecord,
  { verdict, checks, receipt: id }: ExerciseResult,
  receipt: Receipt | null,
  by: string,
): string | null {
  if (was.by !== by) return 'Somebody else began this exercise.';
  if (id !== null && !receipt) return 'There is no such receipt.';
  if (receipt && (receipt.by !== by || !isTarget(receipt.target)))
    return 'The receipt is of a stop that somebody else made.';
  if (receipt && receipt.stopAt < was.startedAt) return 'The receipt is older than the exercise.';
  if (verdict !== 'held') return null;
  if (checks.failed > 0 || checks.open > 0) return 'With a check that failed or is open nothing held.';
  if (!receipt?.confirmedAt) return 'Without a confirmed stop nothing held.';
  return notifyMs(was) === null ? 'A contact was not notified, or did not acknowledge it.' : null;
}

/** From the first notification to the last acknowledgement (ms); null: there is none, or one is missing. */
function notifyMs({ contacts }: ExerciseRecord): number | null {
  const answers = contacts.map(({ acknowledged }) => acknowledged?.at ?? null);
  if (answers.length === 0 || answers.includes(null)) return null;
  const asked = Math.min(...contacts.map(({ askedAt }) => Date.parse(askedAt)));
  return Math.max(...answers.map((at) => Date.parse(at ?? ''))) - asked;
}

function checked<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
}

function refused(code: 'not-found' | 'conflict', detail: string): Result<ExerciseRecord> {
  return { ok: false, problem: { code, detail } };
}
