import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import type { BudgetInput } from './before.ts';
import { budgetOf } from './shown.ts';
import { readTarget } from './target.ts';

/**
 * What a change of a daily budget commits beyond what is committed already, in minor units. Of what is not there, or has no
 * budget of its own, nothing is committed yet, so all of it counts. Throws when Meta cannot be asked: facts that cannot be
 * read deny the call.
 */
export async function increaseOf(
  vendor: HttpVendor,
  input: BudgetInput,
): Promise<{ found: boolean; present: number; increase: number }> {
  const answer = await readTarget(vendor, input);
  const found = answer.ok;
  if (!found && !(answer.outcome.kind === 'failed' && answer.outcome.reason === 'not-found'))
    throw new Error('Meta cannot be asked now');
  const present = (found ? budgetOf(answer.data) : null) ?? 0;
  return { found, present, increase: Math.max(0, input.dailyBudget - present) };
}
