import { z } from 'zod';
import type { FailureReason, Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';

/** Meta ends a version's life about a year after it came; see https://developers.facebook.com/docs/graph-api/changelog. */
const root = '/v25.0';

/** Meta writes whole amounts as digits in a string. */
const amount = z
  .string()
  .regex(/^\d{1,15}$/)
  .optional();

const campaign = z.object({
  id: z.string(),
  account_id: z.string(),
  name: z.string().optional(),
  objective: z.string().optional(),
  status: z.string(),
  effective_status: z.string().optional(),
  daily_budget: amount,
  lifetime_budget: amount,
  updated_time: z.string().optional(),
});
export type MetaCampaign = z.output<typeof campaign>;

const fields = Object.keys(campaign.shape).join(',');

const page = z.object({
  data: z.array(campaign),
  paging: z
    .object({ cursors: z.object({ after: z.string() }).optional(), next: z.string().optional() })
    .optional(),
});
export type MetaPage = z.output<typeof page>;

const digits = z.coerce.number().int().min(0);
const insights = z.object({
  data: z
    .array(
      z.object({
        impressions: digits.default(0),
        reach: digits.default(0),
        clicks: digits.default(0),
        spend: z
          .string()
          .regex(/^\d{1,12}(\.\d{1,2})?$/)
          .default('0'),
        account_currency: z.string(),
      }),
    )
    .max(1),
});
export type MetaInsights = z.output<typeof insights>;

const done = z.object({ success: z.literal(true) });

/** Reads one campaign, and only if it is of this account: an account that a policy approved must not vouch for another's. */
export async function read(
  vendor: HttpVendor,
  account: string,
  id: string,
): Promise<VendorAnswer<MetaCampaign>> {
  const answer = await vendor.send({
    method: 'GET',
    path: `${root}/${encodeURIComponent(id)}`,
    query: { fields },
    changes: false,
    answer: campaign,
  });
  if (!answer.ok || `act_${answer.data.account_id}` === account) return answer;
  return failed('not-found', 'the campaign is of another account');
}

/** Campaigns of an account, one page. */
export async function list(
  vendor: HttpVendor,
  account: string,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<VendorAnswer<MetaPage>> {
  return vendor.send({
    method: 'GET',
    path: `${root}/${encodeURIComponent(account)}/campaigns`,
    query: { fields, limit, after },
    changes: false,
    answer: page,
  });
}

/** The currency that an account is billed in. */
export async function currencyOf(
  vendor: HttpVendor,
  account: string,
): Promise<VendorAnswer<{ currency: string }>> {
  return vendor.send({
    method: 'GET',
    path: `${root}/${encodeURIComponent(account)}`,
    query: { fields: 'id,currency' },
    changes: false,
    answer: z.object({ currency: z.string() }),
  });
}

/** What a campaign delivered from one day to another (`YYYY-MM-DD`), both included; no row when it delivered nothing. */
export async function delivered(
  vendor: HttpVendor,
  id: string,
  since: string,
  until: string,
): Promise<VendorAnswer<MetaInsights>> {
  return vendor.send({
    method: 'GET',
    path: `${root}/${encodeURIComponent(id)}/insights`,
    query: {
      fields: 'impressions,reach,clicks,spend,account_currency',
      time_range: JSON.stringify({ since, until }),
    },
    changes: false,
    answer: insights,
  });
}

/** Writes fields of a campaign. Meta answers whether it did, and nothing of the campaign. */
export async function write(
  vendor: HttpVendor,
  id: string,
  values: { daily_budget: number } | { status: 'ACTIVE' | 'PAUSED' },
): Promise<VendorAnswer<{ success: true }>> {
  return vendor.send({
    method: 'POST',
    path: `${root}/${encodeURIComponent(id)}`,
    json: values,
    changes: true,
    answer: done,
  });
}

/** A campaign in our fields. */
export function shown(found: MetaCampaign): Record<string, string | number | null> {
  return {
    account: `act_${found.account_id}`,
    campaign: found.id,
    name: found.name ?? null,
    objective: found.objective ?? null,
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

/** `0` is how Meta says that a campaign has no budget of this kind. */
function whole(value: string | undefined): number | null {
  const number = Number(value ?? 0);
  return number > 0 ? number : null;
}

const error = z.object({
  error: z.object({
    code: z.int(),
    error_subcode: z.int().optional(),
    is_transient: z.boolean().optional(),
  }),
});

const limited = [4, 17, 32, 341, 613];
const credentials = [3, 10, 102, 190];

/**
 * What an error of the Graph API means; it sends 400 for most
 * (https://developers.facebook.com/docs/graph-api/guides/error-handling). Undefined: the status tells.
 */
export function metaFault(body: unknown): FailureReason | undefined {
  const parsed = error.safeParse(body);
  if (!parsed.success) return undefined;
  const { code, error_subcode, is_transient } = parsed.data.error;
  if (limited.includes(code) || (code >= 80_000 && code <= 80_014)) return 'vendor-limited';
  if (credentials.includes(code) || (code >= 200 && code <= 299)) return 'credential';
  if (code === 803 || (code === 100 && error_subcode === 33)) return 'not-found';
  // Trouble of Meta's own: what it did by then it does not say.
  return code === 1 || code === 2 || is_transient === true ? 'unavailable' : undefined;
}

export function failed(
  reason: FailureReason,
  detail: string,
): { ok: false; status: null; outcome: Outcome & { kind: 'failed' } } {
  return { ok: false, status: null, outcome: { kind: 'failed', reason, detail } };
}
