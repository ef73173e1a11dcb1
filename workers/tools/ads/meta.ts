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
const text = z.string().optional();

/** What campaigns and ad sets have in common. */
const node = {
  id: z.string(),
  account_id: z.string(),
  name: text,
  status: z.string(),
  effective_status: text,
  daily_budget: amount,
  lifetime_budget: amount,
  updated_time: text,
};

/** https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group */
const campaign = z.object({ ...node, objective: text });
export type MetaCampaign = z.output<typeof campaign>;

/** https://developers.facebook.com/docs/marketing-api/reference/ad-campaign */
const adset = z.object({ ...node, campaign_id: z.string(), start_time: text, end_time: text });
export type MetaAdset = z.output<typeof adset>;

export type MetaNode = MetaCampaign | MetaAdset;

const page = <S extends z.ZodType>(item: S) =>
  z.object({
    data: z.array(item),
    paging: z
      .object({ cursors: z.object({ after: z.string() }).optional(), next: z.string().optional() })
      .optional(),
  });
const campaigns = page(campaign);
export type MetaCampaigns = z.output<typeof campaigns>;
const adsets = page(adset);
export type MetaAdsets = z.output<typeof adsets>;

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

interface Page {
  limit: number;
  after?: string | undefined;
}

/** Reads one campaign, whosever it is: see `readTarget`. */
export function readCampaign(vendor: HttpVendor, id: string): Promise<VendorAnswer<MetaCampaign>> {
  return get(vendor, id, campaign, { fields: fieldsOf(campaign.shape) });
}

/** Reads one ad set, whosever it is: see `readTarget`. */
export function readAdset(vendor: HttpVendor, id: string): Promise<VendorAnswer<MetaAdset>> {
  return get(vendor, id, adset, { fields: fieldsOf(adset.shape) });
}

/** Campaigns of an account, one page. */
export function listCampaigns(
  vendor: HttpVendor,
  account: string,
  { limit, after }: Page,
): Promise<VendorAnswer<MetaCampaigns>> {
  return get(vendor, account, campaigns, { fields: fieldsOf(campaign.shape), limit, after }, '/campaigns');
}

/** Ad sets of an account (`act_…`) or of a campaign, one page. Whose campaign it is is for the caller to look at. */
export function listAdsets(
  vendor: HttpVendor,
  of: string,
  { limit, after }: Page,
): Promise<VendorAnswer<MetaAdsets>> {
  return get(vendor, of, adsets, { fields: fieldsOf(adset.shape), limit, after }, '/adsets');
}

/** The currency that an account is billed in. */
export function currencyOf(vendor: HttpVendor, account: string): Promise<VendorAnswer<{ currency: string }>> {
  return get(vendor, account, z.object({ currency: z.string() }), { fields: 'id,currency' });
}

/** What a campaign or ad set delivered from one day to another (`YYYY-MM-DD`), both included; no row when it delivered nothing. */
export function delivered(
  vendor: HttpVendor,
  id: string,
  since: string,
  until: string,
): Promise<VendorAnswer<MetaInsights>> {
  const query = {
    fields: 'impressions,reach,clicks,spend,account_currency',
    time_range: JSON.stringify({ since, until }),
  };
  return get(vendor, id, insights, query, '/insights');
}

/** Writes fields of a campaign or ad set. Meta answers whether it did, and nothing of what it holds then. */
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

function get<S extends z.ZodType>(
  vendor: HttpVendor,
  id: string,
  answer: S,
  query: Record<string, string | number | undefined>,
  edge = '',
): Promise<VendorAnswer<z.output<S>>> {
  const path = `${root}/${encodeURIComponent(id)}${edge}`;
  return vendor.send({ method: 'GET', path, query, changes: false, answer });
}

function fieldsOf(shape: object): string {
  return Object.keys(shape).join(',');
}

export function failed(
  reason: FailureReason,
  detail: string,
): { ok: false; status: null; outcome: Outcome & { kind: 'failed' } } {
  return { ok: false, status: null, outcome: { kind: 'failed', reason, detail } };
}
