import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import type { BudgetInput } from './before.ts';
import type { MetaNode } from './meta.ts';
import { budgetOf } from './shown.ts';
import { placeOf, readTarget, type Target } from './target.ts';

/** How far Meta's clock may be behind the guard's, in ms; it gives whole seconds. */
const SKEW = 5_000;

/** Whether a budget was written, told from what holds it now. */
export async function findBudget(vendor: HttpVendor, input: BudgetInput, since: number) {
  const { dailyBudget, currency } = input;
  const done = (found: MetaNode): boolean => budgetOf(found) === dailyBudget;
  return findChange(vendor, input, since, done, { ...placeOf(input), dailyBudget, currency });
}

/** Whether a status was written, told from what has it now. */
export async function findTurn(vendor: HttpVendor, target: Target, status: string, since: number) {
  return findChange(vendor, target, since, (found) => found.status === status, {
    ...placeOf(target),
    status,
  });
}

/** Null: it cannot be told, as when it was changed, but not to this. */
async function findChange(
  vendor: HttpVendor,
  target: Target,
  since: number,
  done: (found: MetaNode) => boolean,
  output: Record<string, unknown>,
): Promise<Outcome | null> {
  const answer = await readTarget(vendor, target);
  if (!answer.ok) return null;
  if (done(answer.data)) return { kind: 'succeeded', output };
  // NaN when Meta gives no time, which compares as "not older".
  const untouched = Date.parse(answer.data.updated_time ?? '') < since - SKEW;
  if (!untouched) return null;
  return { kind: 'failed', reason: 'unavailable', detail: 'nothing was changed since the call' };
}
