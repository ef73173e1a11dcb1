import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { budgetBefore, turnable } from './before.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foreseeBudget, foreseeTurn } from './foresee.ts';
import { foundChange } from './find.ts';
import { delivered, list, metaFault, minorUnits, read, shown, write } from './meta.ts';

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
    'campaign.list': async ({ account, ...rest }, vendor) => {
      const answer = await list(vendor, account, rest);
      if (!answer.ok) return answer.outcome;
      const { data, paging } = answer.data;
      const next = paging?.next === undefined ? null : (paging.cursors?.after ?? null);
      return { kind: 'succeeded', output: { campaigns: data.map(shown), next } };
    },
    'campaign.read': async ({ account, campaign }, vendor) => {
      const answer = await read(vendor, account, campaign);
      return answer.ok ? { kind: 'succeeded', output: shown(answer.data) } : answer.outcome;
    },
    'insights.read': async ({ account, campaign, since, until }, vendor) => {
      const owned = await read(vendor, account, campaign);
      if (!owned.ok) return owned.outcome;
      const answer = await delivered(vendor, campaign, since, until);
      if (!answer.ok) return answer.outcome;
      const [row] = answer.data.data;
      if (!row) return { kind: 'succeeded', output: { campaign, ...nothing } };
      const { account_currency: currency, spend, impressions, reach, clicks } = row;
      const output = { campaign, impressions, reach, clicks, spend: minorUnits(spend, currency), currency };
      return { kind: 'succeeded', output };
    },
    'budget.update': async (input, vendor) => {
      const before = await budgetBefore(vendor, input);
      if (!before.ok) return before.outcome;
      const written = await write(vendor, input.campaign, { daily_budget: input.dailyBudget });
      if (!written.ok) return written.outcome;
      const undo = { action: 'ads.budget.update', input: { ...input, dailyBudget: before.data } };
      return { kind: 'succeeded', output: { ...input }, undo };
    },
    'campaign.pause': async (input, vendor) => turn(vendor, input, 'PAUSED'),
    'campaign.resume': async (input, vendor) => turn(vendor, input, 'ACTIVE'),
  },
  preview: {
    'budget.update': async (input, vendor) => foreseeBudget(vendor, input),
    'campaign.pause': async (input, vendor) => foreseeTurn(vendor, input, 'PAUSED'),
    'campaign.resume': async (input, vendor) => foreseeTurn(vendor, input, 'ACTIVE'),
  },
  find: {
    'budget.update': async (input, vendor, { since }) => {
      const answer = await read(vendor, input.account, input.campaign);
      return foundChange(answer, since, { dailyBudget: input.dailyBudget }, { ...input });
    },
    'campaign.pause': async (input, vendor, { since }) => {
      const answer = await read(vendor, input.account, input.campaign);
      return foundChange(answer, since, { status: 'PAUSED' }, { ...input, status: 'PAUSED' });
    },
    'campaign.resume': async (input, vendor, { since }) => {
      const answer = await read(vendor, input.account, input.campaign);
      return foundChange(answer, since, { status: 'ACTIVE' }, { ...input, status: 'ACTIVE' });
    },
  },
});

const nothing = { impressions: 0, reach: 0, clicks: 0, spend: 0, currency: null };

/** Sets the status of a campaign that is active or paused; what is archived or deleted stays so. */
async function turn(
  vendor: HttpVendor,
  input: { account: string; campaign: string },
  status: 'ACTIVE' | 'PAUSED',
): Promise<Outcome> {
  const before = await turnable(vendor, input);
  if (!before.ok) return before.outcome;
  const written = await write(vendor, input.campaign, { status });
  if (!written.ok) return written.outcome;
  const outcome: Outcome = { kind: 'succeeded', output: { ...input, status } };
  if (before.data.status === status) return outcome;
  const action = status === 'ACTIVE' ? 'ads.campaign.pause' : 'ads.campaign.resume';
  return { ...outcome, undo: { action, input: { ...input } } };
}
