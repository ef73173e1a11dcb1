import type { Image } from '../../../shared/image.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import { budgetBefore, turnable, type BudgetInput } from './before.ts';
import { currencyOf, write } from './meta.ts';
import { budgetOf } from './shown.ts';
import { nodeOf, placeOf, readTarget, type Target } from './target.ts';

/** Sets the daily budget, and keeps the one before as the undo. */
export async function setBudget(vendor: HttpVendor, input: BudgetInput): Promise<Outcome> {
  const before = await budgetBefore(vendor, input);
  if (!before.ok) return before.outcome;
  const written = await write(vendor, nodeOf(input), { daily_budget: input.dailyBudget });
  if (!written.ok) return written.outcome;
  const was = budgetImage(input, before.data, input.currency);
  const output = budgetImage(input, input.dailyBudget, input.currency);
  const action = input.adset === undefined ? 'ads.budget.update' : 'ads.adset.update';
  return { kind: 'succeeded', output, undo: { action, input: was, images: { before: was, after: output } } };
}

/** What Meta holds now of a budget. */
export async function lookAtBudget(vendor: HttpVendor, target: Target): Promise<Seen> {
  const found = await readTarget(vendor, target);
  if (!found.ok) return gone(found.outcome);
  const billed = await currencyOf(vendor, target.account);
  if (!billed.ok) return billed.outcome;
  return { kind: 'image', image: budgetImage(target, budgetOf(found.data), billed.data.currency) };
}

/** Sets the status of what is active or paused; what is archived or deleted stays so. */
export async function turn(
  vendor: HttpVendor,
  target: Target,
  status: 'ACTIVE' | 'PAUSED',
): Promise<Outcome> {
  const before = await turnable(vendor, target);
  if (!before.ok) return before.outcome;
  const output = statusImage(target, status);
  // So already: nothing to write, and nothing to take back.
  if (before.data.status === status) return { kind: 'succeeded', output };
  const written = await write(vendor, nodeOf(target), { status });
  if (!written.ok) return written.outcome;
  const kind = target.adset === undefined ? 'campaign' : 'adset';
  const action = `ads.${kind}.${status === 'ACTIVE' ? 'pause' : 'resume'}`;
  const images = { before: statusImage(target, before.data.status), after: output };
  return { kind: 'succeeded', output, undo: { action, input: placeOf(target), images } };
}

/** What Meta holds now of a status. */
export async function lookAtStatus(vendor: HttpVendor, target: Target): Promise<Seen> {
  const found = await readTarget(vendor, target);
  if (!found.ok) return gone(found.outcome);
  return { kind: 'image', image: statusImage(target, found.data.status) };
}

/** What is not there, or not there any more, is a look, too. */
function gone(outcome: Outcome): Seen {
  return outcome.kind === 'failed' && outcome.reason === 'not-found'
    ? { kind: 'image', image: null }
    : outcome;
}

function budgetImage(target: Target, dailyBudget: number | null, currency: string): NonNullable<Image> {
  return { ...placeOf(target), dailyBudget, currency };
}

function statusImage(target: Target, status: string): NonNullable<Image> {
  return { ...placeOf(target), status };
}
