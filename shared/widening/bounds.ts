import { canonical } from '../canonical.ts';
import { grantOf, type Manifest } from '../manifest.ts';

/** Whether a limit of this action, or of all together, still bounds something. */
type Counts = (action: string | undefined) => boolean;

/** By what a manifest grants: `*` and what names no action count always. */
export function grantsAny(manifest: Manifest): Counts {
  return (action = '*') => action === '*' || grantOf(manifest, action) !== undefined;
}

type Limit = Manifest['limits'][number];

/** Each limit of before must be kept by one of after, unless its action is no longer granted. */
export function limitWidenings(was: readonly Limit[], is: readonly Limit[], counts: Counts): string[] {
  const gone = was.filter((limit) => counts(limit.action) && !is.some((now) => keeps(now, limit)));
  return gone.map((limit) => {
    const now = is.find(({ action }) => action === limit.action);
    const name = limit.action === '*' ? 'limit of all calls together' : `limit of ${limit.action}`;
    return now ? `${name} raised from ${rate(limit)} to ${rate(now)}` : `${name} (${rate(limit)}) removed`;
  });
}

/** At most as many in a window at least as long: then no shorter window holds more either. */
function keeps(now: Limit, limit: Limit): boolean {
  return (now.action === limit.action || now.action === '*') && isNoWeaker(now, limit);
}

/** Whether a rate lets through no more than another. */
export function isNoWeaker(now: Rate, before: Rate): boolean {
  return now.max <= before.max && now.per >= before.per;
}

/** At most `max` in any window of `per` seconds. */
export type Rate = { max: number; per: number };

/** `30 per 60 s`. */
export function rate({ max, per }: Rate): string {
  return `${max} per ${per} s`;
}

type Budget = Manifest['budgets'][number];

/** Each budget of before must be kept by one of after. One in another currency besides only bounds: each refuses the others'. */
export function budgetWidenings(was: readonly Budget[], is: readonly Budget[], counts: Counts): string[] {
  const gone = was.filter((budget) => counts(budget.action) && !is.some((now) => keepsBudget(now, budget)));
  return gone.map((budget) => budgetLine(budget, is.find(sameBudget(budget))));
}

/** What one of before bounds, the other bounds too: as much or less of the same, counted the same way. */
function keepsBudget(now: Budget, budget: Budget): boolean {
  return sameBudget(budget)(now) && now.max <= budget.max;
}

/** Counters belong to all of this: with another window or scope, what was used already would be forgotten. */
function sameBudget(budget: Budget): (other: Budget) => boolean {
  return (other) => canonical({ ...other, max: 0 }) === canonical({ ...budget, max: 0 });
}

function budgetLine(budget: Budget, now: Budget | undefined): string {
  const name = `budget of ${budgetWords(budget)}`;
  return now ? `${name} raised from ${budget.max} to ${now.max}` : `${name} (${budget.max}) removed`;
}

/** `spend in EUR per day for each campaign of ads.campaign.update`. */
function budgetWords({ measure, currency, per, each, action }: Omit<Budget, 'max'>): string {
  const unit = currency === undefined ? '' : ` in minor units of ${currency}`;
  const window = per === 'total' ? ' in total' : ` per ${per}`;
  return `${measure}${unit}${window}${each ? ` for each ${each}` : ''}${action ? ` of ${action}` : ''}`;
}

const windows = ['hour', 'day'] as const;

/** Each bound of before must be kept by one of after: as few or fewer in a window as long or longer. */
export function radiusWidenings(was: Manifest, is: Manifest): string[] {
  const longEnough = (now: string, before: string): boolean =>
    windows.findIndex((per) => per === now) >= windows.findIndex((per) => per === before);
  return was.radius
    .filter(
      (one) =>
        !is.radius.some((now) => now.of === one.of && now.max <= one.max && longEnough(now.per, one.per)),
    )
    .map((one) => {
      const now = is.radius.find(({ of }) => of === one.of);
      const before = `${one.max} per ${one.per}`;
      const name = `blast radius in ${one.of}`;
      return now
        ? `${name} raised from ${before} to ${now.max} per ${now.per}`
        : `${name} (${before}) removed`;
    });
}
