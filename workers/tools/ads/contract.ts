import { z } from 'zod';
import { defineContract, sink, trusted } from '../../../shared/contract.ts';

const account = z.string().regex(/^act_[0-9]{5,20}$/, 'act_ and the digits of an ad account');
const campaign = z.string().regex(/^[0-9]{5,20}$/, 'the digits of a campaign id');
const adset = z.string().regex(/^[0-9]{5,20}$/, 'the digits of an ad set id');
const day = z.iso.date().length(10);
const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters such as EUR');
/** Whole, in the smallest unit that Meta counts the currency in: cents for most, whole units for JPY, HUF and a few more. */
const minor = z.int().min(0);
const daily = z.int().min(1).max(1_000_000_000);
const id = trusted(z.string());
/**
 * All that comes from Meta is trusted, names too: only colleagues with a right on the ad account give them, and no action here
 * writes one, so no agent can make its own words come back as trusted.
 */
const text = trusted(z.string().nullable());
const count = z.int().min(0);

const ofCampaign = { account, campaign };
const ofAdset = { account, campaign, adset };
/** The same of what is changed: whose money, and how much. */
const actedOn = { account: sink('account', account), campaign: sink('account', campaign) };
const adsetActedOn = { ...actedOn, adset: sink('account', adset) };
const budgeted = sink('amount', daily);
const page = {
  limit: z.int().min(1).max(100).default(25),
  /** `next` of the page before. */
  after: z
    .string()
    .regex(/^[A-Za-z0-9_=-]{1,200}$/)
    .optional(),
};

/** Budgets are null where the ad sets (or the campaign) have them, or where it is of the other kind. */
const state = {
  /** What was set: ACTIVE, PAUSED, DELETED, ARCHIVED. */
  status: id,
  /** What holds, with what Meta itself or a parent says: such as IN_PROCESS or WITH_ISSUES. */
  effectiveStatus: text,
  dailyBudget: minor.nullable(),
  lifetimeBudget: minor.nullable(),
  updatedAt: text,
};
const campaignShown = z.strictObject({ account: id, campaign: id, name: text, objective: text, ...state });
const adsetShown = z.strictObject({
  account: id,
  campaign: id,
  adset: id,
  name: text,
  ...state,
  startsAt: text,
  endsAt: text,
});

const anyCampaign = { account: 'act_1010101010', campaign: '120210000000001' };
const pausedCampaign = { account: 'act_1010101010', campaign: '120210000000002' };
const anyAdset = { account: 'act_1010101010', campaign: '120210000000003', adset: '120310000000001' };
const pausedAdset = { ...anyAdset, adset: '120310000000002' };
const touched = { account: 'input.account', campaign: 'input.campaign', records: 1 } as const;

/** Of a change of a daily budget, from Meta. What is budgeted already is committed already, so only what is added counts. */
const budgetFacts = z
  .strictObject({
    found: z.boolean(),
    /** The daily budget now, in minor units; 0: none of its own. */
    present: minor,
    increase: minor,
  })
  .meta({ examples: [{ found: true, present: 5_000, increase: 1_000 }] });
const spending = { ...touched, spend: { amount: 'facts.increase', currency: 'input.currency' } } as const;
const spent = 'What was spent by then stays spent.';
/** Meta says when it was changed last, whatever it was changed back to. */
const leaves = ['updated_time'];

/** Meta Marketing API, campaigns, ad sets and their insights (https://developers.facebook.com/docs/marketing-api/reference). */
export const contract = defineContract({
  tool: 'ads',
  vendor: 'Meta',
  summary:
    'Campaigns and ad sets in the ad accounts: what they deliver, their daily budgets, pause and resume.',
  artefacts: {
    budget: {
      content: ['account', 'dailyBudget', 'currency'],
      restore: ['ads.budget.update'],
      id: 'campaign',
    },
    adsetbudget: {
      content: ['account', 'campaign', 'dailyBudget', 'currency'],
      restore: ['ads.adset.update'],
      id: 'adset',
    },
  },
  actions: {
    'campaign.list': {
      summary: 'Lists the campaigns of one ad account.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ account, ...page }).meta({ examples: [{ account: anyCampaign.account }] }),
      output: z.strictObject({ campaigns: z.array(campaignShown), next: text }),
    },
    'campaign.read': {
      summary: 'Reads one campaign: its status and budgets.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(ofCampaign).meta({ examples: [anyCampaign] }),
      output: campaignShown,
    },
    'adset.list': {
      summary: 'Lists the ad sets of one ad account, or of one of its campaigns.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ account, campaign: campaign.optional(), ...page })
        .meta({ examples: [{ account: anyAdset.account }] }),
      output: z.strictObject({ adsets: z.array(adsetShown), next: text }),
    },
    'adset.read': {
      summary: 'Reads one ad set of a campaign: its status and budgets.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(ofAdset).meta({ examples: [anyAdset] }),
      output: adsetShown,
    },
    'insights.read': {
      summary:
        'Reads what a campaign, or one ad set of it, delivered and spent from one day to another, both included.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ ...ofCampaign, adset: adset.optional(), since: day, until: day })
        .meta({ examples: [{ ...anyCampaign, since: '2026-01-01', until: '2026-01-31' }] }),
      output: z.strictObject({
        campaign: id,
        /** Null: of the whole campaign. */
        adset: text,
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
        .strictObject({ ...actedOn, dailyBudget: budgeted, currency })
        .meta({ examples: [{ ...anyCampaign, dailyBudget: 6_000, currency: 'EUR' }] }),
      output: z.strictObject({ account: id, campaign: id, dailyBudget: minor, currency: id }),
      undo: {
        action: 'ads.budget.update',
        how: `Sets the daily budget back to what it was just before, read in the same call. ${spent}`,
        leaves,
      },
      about: { record: 'budget', id: 'input.campaign' },
      // The campaign itself is read, not its insights. Meta states no lag: a margin.
      findAfter: 30,
      facts: budgetFacts,
      measures: spending,
    },
    'adset.update': {
      summary: "Sets an ad set's daily budget, in minor units of the account's currency.",
      mode: 'execute',
      groups: ['budget'],
      sensitivity: 'internal',
      input: z
        .strictObject({ ...adsetActedOn, dailyBudget: budgeted, currency })
        .meta({ examples: [{ ...anyAdset, dailyBudget: 1_500, currency: 'EUR' }] }),
      output: z.strictObject({ account: id, campaign: id, adset: id, dailyBudget: minor, currency: id }),
      undo: {
        action: 'ads.adset.update',
        how: `Sets the daily budget back to what it was just before, read in the same call. ${spent}`,
        leaves,
      },
      about: { record: 'adsetbudget', id: 'input.adset' },
      findAfter: 30,
      facts: budgetFacts,
      measures: spending,
    },
    'campaign.pause': {
      summary: 'Pauses a campaign: nothing of it is delivered until it is resumed.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(actedOn).meta({ examples: [anyCampaign] }),
      output: z.strictObject({ account: id, campaign: id, status: id }),
      undo: { action: 'ads.campaign.resume', how: 'Resumes the campaign, if it was active before.', leaves },
      about: { record: 'campaign', id: 'input.campaign' },
      findAfter: 30,
      measures: touched,
    },
    'campaign.resume': {
      summary: 'Resumes a paused campaign: it spends its budget again.',
      mode: 'execute',
      groups: ['budget'],
      sensitivity: 'internal',
      input: z.strictObject(actedOn).meta({ examples: [pausedCampaign] }),
      output: z.strictObject({ account: id, campaign: id, status: id }),
      undo: {
        action: 'ads.campaign.pause',
        how: `Pauses the campaign, if it was paused before. ${spent}`,
        leaves,
      },
      about: { record: 'campaign', id: 'input.campaign' },
      findAfter: 30,
      measures: touched,
    },
    'adset.pause': {
      summary: 'Pauses one ad set of a campaign: nothing of it is delivered until it is resumed.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(adsetActedOn).meta({ examples: [anyAdset] }),
      output: z.strictObject({ account: id, campaign: id, adset: id, status: id }),
      undo: { action: 'ads.adset.resume', how: 'Resumes the ad set, if it was active before.', leaves },
      about: { record: 'adset', id: 'input.adset' },
      findAfter: 30,
      measures: touched,
    },
    'adset.resume': {
      summary: 'Resumes a paused ad set of a campaign: it spends its budget again.',
      mode: 'execute',
      groups: ['budget'],
      sensitivity: 'internal',
      input: z.strictObject(adsetActedOn).meta({ examples: [pausedAdset] }),
      output: z.strictObject({ account: id, campaign: id, adset: id, status: id }),
      undo: {
        action: 'ads.adset.pause',
        how: `Pauses the ad set, if it was paused before. ${spent}`,
        leaves,
      },
      about: { record: 'adset', id: 'input.adset' },
      findAfter: 30,
      measures: touched,
    },
  },
});
