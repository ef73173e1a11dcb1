/** The looks that come before a change, whether it is made or only foreseen: each may refuse it. */
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { currencyOf, failed, type MetaNode } from './meta.ts';
import { budgetOf } from './shown.ts';
import { readTarget, type Target } from './target.ts';

export interface BudgetInput extends Target {
  dailyBudget: number;
  currency: string;
}

/**
 * The daily budget before a change of it, in minor units. Refuses a currency that is not the account's: the agent states it,
 * and policies and budgets count by it.
 */
export async function budgetBefore(vendor: HttpVendor, input: BudgetInput): Promise<VendorAnswer<number>> {
  const found = await readTarget(vendor, input);
  if (!found.ok) return found;
  const dailyBudget = budgetOf(found.data);
  if (dailyBudget === null) return failed('rejected', 'it has no daily budget of its own');
  const billed = await currencyOf(vendor, input.account);
  if (!billed.ok) return billed;
  if (billed.data.currency !== input.currency)
    return failed('rejected', 'the account is billed in another currency');
  return { ok: true, status: found.status, data: dailyBudget };
}

/** The campaign or ad set, if it is active or paused: only those can be turned. */
export async function turnable(vendor: HttpVendor, target: Target): Promise<VendorAnswer<MetaNode>> {
  const found = await readTarget(vendor, target);
  if (!found.ok || ['ACTIVE', 'PAUSED'].includes(found.data.status)) return found;
  return failed('rejected', 'it is neither active nor paused');
}
