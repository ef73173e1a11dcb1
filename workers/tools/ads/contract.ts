import { z } from 'zod';
import { defineContract } from '../../../shared/contract.ts';

const account = z.string().regex(/^act_[0-9]{5,20}$/, 'act_ and the digits of an ad account');
const campaign = z.string().regex(/^[0-9]{5,20}$/, 'the digits of a campaign id');
const day = z.iso.date().length(10);
const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters such as EUR');
/** Whole, in the smallest unit that Meta counts the currency in: cents for most, whole units for JPY, HUF and a few more. */
const minor = z.int().min(0);
const text = z.string().nullable();
const count = z.int().min(0);

const where = { account, campaign };

/** A campaign as Meta holds it. Budgets are null where the ad sets have them, or where it is of the other kind. */
const shown = {
  account: z.string(),
  campaign: z.string(),
  name: text,
  objective: text,
  /** What was set: ACTIVE, PAUSED, DELETED, ARCHIVED. */
  status: z.string(),
  /** What holds, with what Meta itself or a parent says: such as IN_PROCESS or WITH_ISSUES. */
  effectiveStatus: text,
  dailyBudget: minor.nullable(),
  lifetimeBudget: minor.nullable(),
  updatedAt: text,
};

const anyCampaign = { account: 'act_1010101010', campaign: '120210000000001' };
const touched = { account: 'input.account', campaign: 'input.campaign', records: 1 } as const;

/** Meta Marketing API, campaigns and their insights (https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group). */
export const contract = defineContract({
  tool: 'ads',
  vendor: 'Meta',
  summary: 'Campaigns in the ad accounts: what they deliver, their daily budgets, pause and resume.',
  actions: {
    'campaign.list': {
      summary: 'Lists the campaigns of one ad account.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({
          account,
          limit: z.int().min(1).max(100).default(25),
          /** `next` of the page before. */
          after: z
            .string()
            .regex(/^[A-Za-z0-9_=-]{1,200}$/)
            .optional(),
        })
        .meta({ examples: [{ account: anyCampaign.account }] }),
      output: z.strictObject({ campaigns: z.array(z.strictObject(shown)), next: text }),
    },
    'campaign.read': {
      summary: 'Reads one campaign: its status and budgets.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(where).meta({ examples: [anyCampaign] }),
      output: z.strictObject(shown),
    },
    'insights.read': {
      summary: 'Reads what one campaign delivered and spent from one day to another, both included.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ ...where, since: day, until: day })
        .meta({ examples: [{ ...anyCampaign, since: '2026-01-01', until: '2026-01-31' }] }),
      output: z.strictObject({
        campaign: z.string(),
        impressions: count,
        reach: count,
        clicks: count,
        spend: minor,
        /** Null: nothing was delivered in that time. */
        currency: text,
      }),
    },
    'budget.update': {
      summary: "Sets a campaign's daily budget, in minor units of the account's currency.",
      mode: 'execute',
      groups: ['budget'],
      sensitivity: 'internal',
      input: z
        .strictObject({ ...where, dailyBudget: z.int().min(1).max(1_000_000_000), currency })
        .meta({ examples: [{ ...anyCampaign, dailyBudget: 6_000, currency: 'EUR' }] }),
      output: z.strictObject({
        account: z.string(),
        campaign: z.string(),
        dailyBudget: minor,
        currency: z.string(),
      }),
      undo: {
        action: 'ads.budget.update',
        how: 'Sets the daily budget back to what it was just before, read in the same call. What was spent by then stays spent.',
      },
      // The campaign itself is read, not its insights. Meta states no lag: a margin.
      findAfter: 30,
      measures: { ...touched, spend: { amount: 'input.dailyBudget', currency: 'input.currency' } },
    },
    'campaign.pause': {
      summary: 'Pauses a campaign: nothing of it is delivered until it is resumed.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(where).meta({ examples: [anyCampaign] }),
      output: z.strictObject({ account: z.string(), campaign: z.string(), status: z.string() }),
      undo: { action: 'ads.campaign.resume', how: 'Resumes the campaign, if it was active before.' },
      findAfter: 30,
      measures: touched,
    },
    'campaign.resume': {
      summary: 'Resumes a paused campaign: it spends its budget again.',
      mode: 'execute',
      groups: ['budget'],
      sensitivity: 'internal',
      input: z
        .strictObject(where)
        .meta({ examples: [{ account: anyCampaign.account, campaign: '120210000000002' }] }),
      output: z.strictObject({ account: z.string(), campaign: z.string(), status: z.string() }),
      undo: {
        action: 'ads.campaign.pause',
        how: 'Pauses the campaign, if it was paused before. What was spent by then stays spent.',
      },
      findAfter: 30,
      measures: touched,
    },
  },
});
