/** What a change of a campaign or an ad set would change, told from what Meta holds now. */
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { budgetBefore, turnable, type BudgetInput } from './before.ts';
import type { Target } from './target.ts';

export async function foreseeBudget(vendor: HttpVendor, input: BudgetInput): Promise<Foreseen | Outcome> {
  const before = await budgetBefore(vendor, input);
  if (!before.ok) return before.outcome;
  return {
    kind: 'foreseen',
    before: { ...input, dailyBudget: before.data },
    after: { ...input },
    sideEffects: [
      'On single days Meta may spend more than a daily budget; it evens that out within the week.',
    ],
  };
}

export async function foreseeTurn(
  vendor: HttpVendor,
  input: Target,
  status: 'ACTIVE' | 'PAUSED',
): Promise<Foreseen | Outcome> {
  const before = await turnable(vendor, input);
  if (!before.ok) return before.outcome;
  const what = input.adset === undefined ? 'campaign' : 'ad set';
  const effect =
    status === 'PAUSED'
      ? `Nothing of the ${what} is delivered until it is resumed.`
      : `The ${what} spends its budget again.`;
  return {
    kind: 'foreseen',
    before: { ...input, status: before.data.status },
    after: { ...input, status },
    sideEffects: [effect],
  };
}
