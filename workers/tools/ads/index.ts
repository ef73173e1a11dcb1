import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { lookAtBudget, lookAtStatus, setBudget, turn } from './changes.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { increaseOf } from './facts.ts';
import { metaFault } from './faults.ts';
import { findBudget, findTurn } from './find.ts';
import { foreseeBudget, foreseeTurn } from './foresee.ts';
import { delivered, listAdsets, listCampaigns, type MetaCampaigns } from './meta.ts';
import { adsetShown, campaignShown, minorUnits } from './shown.ts';
import { nodeOf, readAdsetOf, readCampaignOf, readTarget } from './target.ts';

export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: 'https://graph.facebook.com',
    credentials: {
      read: 'META_READ_TOKEN',
      write: 'META_WRITE_TOKEN',
      header: 'authorization',
      prefix: 'Bearer ',
    },
    fault: metaFault,
  }),
  run: {
    'campaign.list': async ({ account, ...page }, vendor) => {
      const answer = await listCampaigns(vendor, account, page);
      if (!answer.ok) return answer.outcome;
      const campaigns = answer.data.data.map(campaignShown);
      return { kind: 'succeeded', output: { campaigns, next: nextOf(answer.data) } };
    },
    'campaign.read': async (input, vendor) => told(await readCampaignOf(vendor, input), campaignShown),
    'adset.list': async ({ account, campaign, ...page }, vendor) => {
      if (campaign !== undefined) {
        const owned = await readCampaignOf(vendor, { account, campaign });
        if (!owned.ok) return owned.outcome;
      }
      const answer = await listAdsets(vendor, campaign ?? account, page);
      if (!answer.ok) return answer.outcome;
      const adsets = answer.data.data.map(adsetShown);
      return { kind: 'succeeded', output: { adsets, next: nextOf(answer.data) } };
    },
    'adset.read': async (input, vendor) => told(await readAdsetOf(vendor, input), adsetShown),
    'insights.read': async ({ since, until, ...target }, vendor) => {
      const owned = await readTarget(vendor, target);
      if (!owned.ok) return owned.outcome;
      const answer = await delivered(vendor, nodeOf(target), since, until);
      if (!answer.ok) return answer.outcome;
      const [row] = answer.data.data;
      const of = { campaign: target.campaign, adset: target.adset ?? null };
      if (!row) return { kind: 'succeeded', output: { ...of, ...nothing } };
      const { account_currency: currency, spend, impressions, reach, clicks } = row;
      const figures = { impressions, reach, clicks, spend: minorUnits(spend, currency), currency };
      return { kind: 'succeeded', output: { ...of, ...figures } };
    },
    'budget.update': async (input, vendor) => setBudget(vendor, input),
    'adset.update': async (input, vendor) => setBudget(vendor, input),
    'campaign.pause': async (input, vendor) => turn(vendor, input, 'PAUSED'),
    'campaign.resume': async (input, vendor) => turn(vendor, input, 'ACTIVE'),
    'adset.pause': async (input, vendor) => turn(vendor, input, 'PAUSED'),
    'adset.resume': async (input, vendor) => turn(vendor, input, 'ACTIVE'),
  },
  preview: {
    'budget.update': async (input, vendor) => foreseeBudget(vendor, input),
    'adset.update': async (input, vendor) => foreseeBudget(vendor, input),
    'campaign.pause': async (input, vendor) => foreseeTurn(vendor, input, 'PAUSED'),
    'campaign.resume': async (input, vendor) => foreseeTurn(vendor, input, 'ACTIVE'),
    'adset.pause': async (input, vendor) => foreseeTurn(vendor, input, 'PAUSED'),
    'adset.resume': async (input, vendor) => foreseeTurn(vendor, input, 'ACTIVE'),
  },
  image: {
    'budget.update': async (input, vendor) => lookAtBudget(vendor, input),
    'adset.update': async (input, vendor) => lookAtBudget(vendor, input),
    'campaign.pause': async (input, vendor) => lookAtStatus(vendor, input),
    'campaign.resume': async (input, vendor) => lookAtStatus(vendor, input),
    'adset.pause': async (input, vendor) => lookAtStatus(vendor, input),
    'adset.resume': async (input, vendor) => lookAtStatus(vendor, input),
  },
  find: {
    'budget.update': async (input, vendor, { since }) => findBudget(vendor, input, since),
    'adset.update': async (input, vendor, { since }) => findBudget(vendor, input, since),
    'campaign.pause': async (input, vendor, { since }) => findTurn(vendor, input, 'PAUSED', since),
    'campaign.resume': async (input, vendor, { since }) => findTurn(vendor, input, 'ACTIVE', since),
    'adset.pause': async (input, vendor, { since }) => findTurn(vendor, input, 'PAUSED', since),
    'adset.resume': async (input, vendor, { since }) => findTurn(vendor, input, 'ACTIVE', since),
  },
  facts: {
    'budget.update': async (input, vendor) => increaseOf(vendor, input),
    'adset.update': async (input, vendor) => increaseOf(vendor, input),
  },
});

const nothing = { impressions: 0, reach: 0, clicks: 0, spend: 0, currency: null };

function told<T>(answer: VendorAnswer<T>, shown: (found: T) => Record<string, unknown>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(answer.data) } : answer.outcome;
}

/** The cursor of the next page; Meta gives cursors on the last page, too. */
function nextOf({ paging }: Pick<MetaCampaigns, 'paging'>): string | null {
  return paging?.next === undefined ? null : (paging.cursors?.after ?? null);
}
