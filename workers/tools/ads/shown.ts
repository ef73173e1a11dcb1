/** What Meta holds, in the fields of the contract. Pure. */
import type { MetaAdset, MetaCampaign, MetaNode } from './meta.ts';

type Shown = Record<string, string | number | null>;

export function campaignShown(found: MetaCampaign): Shown {
  return {
    account: `act_${found.account_id}`,
    campaign: found.id,
    name: found.name ?? null,
    objective: found.objective ?? null,
    ...stateShown(found),
  };
}

export function adsetShown(found: MetaAdset): Shown {
  return {
    account: `act_${found.account_id}`,
    campaign: found.campaign_id,
    adset: found.id,
    name: found.name ?? null,
    ...stateShown(found),
    startsAt: found.start_time ?? null,
    endsAt: found.end_time ?? null,
  };
}

/** The daily budget of its own, in minor units; null: it has none. */
export function budgetOf({ daily_budget }: MetaNode): number | null {
  return whole(daily_budget);
}

function stateShown(found: MetaNode): Shown {
  return {
    status: found.status,
    effectiveStatus: found.effective_status ?? null,
    dailyBudget: whole(found.daily_budget),
    lifetimeBudget: whole(found.lifetime_budget),
    updatedAt: found.updated_time ?? null,
  };
}

/** Meta counts no cents in these (https://developers.facebook.com/docs/marketing-api/currencies), some against ISO 4217. */
const withoutCents = ['CLP', 'COP', 'CRC', 'HUF', 'IDR', 'ISK', 'JPY', 'KRW', 'PYG', 'TWD', 'VND'];

/** An amount as insights give it, such as `12.3`, in the minor units that budgets are in. */
export function minorUnits(decimal: string, currency: string): number {
  const [units = '0', cents = ''] = decimal.split('.');
  if (withoutCents.includes(currency)) return Math.round(Number(decimal));
  return Number(units) * 100 + Number(cents.padEnd(2, '0'));
}

/** `0` is how Meta says that there is no budget of this kind. */
function whole(value: string | undefined): number | null {
  const number = Number(value ?? 0);
  return number > 0 ? number : null;
}
