/** The looks that come before a change, whether it is made or only foreseen: each may refuse it. */
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { currencyOf, failed, read, shown, type MetaCampaign } from './meta.ts';

export interface BudgetInput {
  account: string;
  campaign: string;
  dailyBudget: number;
  currency: string;
}

/**
 * The daily budget before a change of it, in minor units. Refuses a currency that is not the account's: the agent states it,
 * and policies and budgets count by it.
 */
export async function budgetBefore(
  vendor: HttpVendor,
  { account, campaign, currency }: BudgetInput,
): Promise<VendorAnswer<number>> {
  const found = await read(vendor, account, campaign);
  if (!found.ok) return found;
  const { dailyBudget } = shown(found.data);
  if (typeof dailyBudget !== 'number')
    return failed('rejected', 'the campaign has no daily budget of its own');
  const billed = await currencyOf(vendor, account);
  if (!billed.ok) return billed;
  if (billed.data.currency !== currency)
    return failed('rejected', 'the account is billed in another currency');
  return { ok: true, status: found.status, data: dailyBudget };
}

/** The campaign, if it is active or paused: only those can be turned. */
export async function turnable(
  vendor: HttpVendor,
  { account, campaign }: { account: string; campaign: string },
): Promise<VendorAnswer<MetaCampaign>> {
  const found = await read(vendor, account, campaign);
  if (!found.ok || ['ACTIVE', 'PAUSED'].includes(found.data.status)) return found;
  return failed('rejected', 'the campaign is neither active nor paused');
}
