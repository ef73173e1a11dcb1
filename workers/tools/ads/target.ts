/** What an action is about: a campaign, or one of its ad sets. Both have a status and budgets, and are read and written alike. */
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { failed, readAdset, readCampaign, type MetaAdset, type MetaCampaign, type MetaNode } from './meta.ts';

/** `adset` undefined: the campaign itself. */
export interface Target {
  account: string;
  campaign: string;
  adset?: string | undefined;
}

/** The id that Meta knows the target by. */
export function nodeOf({ campaign, adset }: Target): string {
  return adset ?? campaign;
}

/** The ids of a target, as every output and image names them. */
export function placeOf({ account, campaign, adset }: Target): Record<string, string> {
  return { account, campaign, ...(adset !== undefined && { adset }) };
}

/** Reads a campaign, and only if it is of this account: an account that a policy approved must not vouch for another's. */
export async function readCampaignOf(
  vendor: HttpVendor,
  { account, campaign }: Target,
): Promise<VendorAnswer<MetaCampaign>> {
  const found = await readCampaign(vendor, campaign);
  if (!found.ok || `act_${found.data.account_id}` === account) return found;
  return failed('not-found', 'the campaign is of another account');
}

/** Reads an ad set, and only if it is of this campaign and account. */
export async function readAdsetOf(
  vendor: HttpVendor,
  { account, campaign, adset }: Target & { adset: string },
): Promise<VendorAnswer<MetaAdset>> {
  const found = await readAdset(vendor, adset);
  if (!found.ok) return found;
  const { account_id, campaign_id } = found.data;
  if (`act_${account_id}` === account && campaign_id === campaign) return found;
  return failed('not-found', 'the ad set is of another account or campaign');
}

/** Reads either. */
export async function readTarget(
  vendor: HttpVendor,
  { adset, ...of }: Target,
): Promise<VendorAnswer<MetaNode>> {
  return adset === undefined ? readCampaignOf(vendor, of) : readAdsetOf(vendor, { ...of, adset });
}
