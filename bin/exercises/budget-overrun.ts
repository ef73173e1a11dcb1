import { check } from '../lib/exercise/checks.ts';
import type { Script } from '../lib/exercise/script.ts';
import { StageFault, type Stage } from '../lib/exercise/stage.ts';

const where = { account: 'act_1010101010', campaign: '120210000000001' };
const currency = 'EUR';
/** What a person asked for: 55.00 a day. What the agent sets: 550.00. */
const MEANT = 5_500;
const SET = 55_000;

/** A daily budget gets a digit too many. */
export const budgetOverrun: Script = {
  name: 'budget-overrun',
  title: 'A daily budget gets a digit too many',
  story:
    'The agent is asked to set a campaign to 55.00 a day and sets it to 550.00; two people approve the amount without comparing it. The budget meter shows it.',
  agent: 'exercise-agent',
  target: 'agent:exercise-agent',
  changes: true,
  restoreBy: 'undo',
  cancel: false,
  contacts: ['incident', 'business'],
  bounds: { detect: 60_000, stop: 6_000, notify: 300_000, restore: 60_000 },
  probes: [
    {
      vendor: 'meta',
      action: 'ads.campaign.read',
      mode: 'read',
      input: where,
      method: 'GET',
      // The simulator's log masks long numbers, so the campaign's cannot be told from others there.
      path: '/v25.0/*',
    },
  ],
  lost: [
    {
      what: 'what was spent above the old budget between the change and the undo',
      instead: 'the business owner reads it in ads.insights.read and asks Meta whether it is paid back',
    },
  ],
  questions: [
    'Who is told first: whoever holds the budget, the agency, or finance?',
    'How much may run before somebody must stop it without asking? Is that number in the manifest’s budgets?',
    'Two people approved it. What would have made them compare it with the budget of the day before?',
    'Who pays what was spent, and who decides that?',
  ],
  async open(stage) {
    const campaigns = await stage.records('meta', 'campaigns');
    const was = campaigns.find(({ id }) => id === where.campaign)?.['daily_budget'];
    if (was === undefined || Number(was) === SET)
      throw new StageFault(`Campaign ${where.campaign} holds no other budget: toolgate sandbox seed ads.`);
    const usedBefore = await spent(stage);
    return {
      look: async () => budgets(stage),
      incident: async () => {
        await stage.must('ads.budget.update', { ...where, dailyBudget: SET, currency });
      },
      detect: async () => {
        const rose = (await spent(stage)) - usedBefore;
        if (rose < 2 * MEANT) return null;
        const what = `the meter rose by ${rose} cents, ${MEANT} were meant`;
        return { by: 'budget meter', what, evidence: ['toolgate limits exercise-agent'] };
      },
      goOn: async () => {
        await stage.act('ads.budget.update', { ...where, dailyBudget: SET + 100, currency });
      },
      harm: () => [{ vendor: 'meta', method: 'POST', path: '/v25.0/*' }],
      pending: () => [],
      checks: (deeds) => {
        const set = deeds.find(({ status }) => status === 200)?.output['dailyBudget'];
        const what = 'The budget was really raised, with the approvals that it needs';
        return [check('raised', what, set === SET, `from ${JSON.stringify(was)} to ${JSON.stringify(set)}`)];
      },
    };
  },
};

/** What the agent's own budget counts as spent (cents); 0 where the gate does not say, so that nothing is detected by it. */
async function spent(stage: Stage): Promise<number> {
  const limits = await stage.limits();
  return limits?.budgets.find(({ measure, each }) => measure === 'spend' && each === null)?.used ?? 0;
}

async function budgets(stage: Stage): Promise<unknown> {
  const campaigns = await stage.records('meta', 'campaigns');
  // Meta says when a campaign was last written; that moves with the undo, too.
  return campaigns.map((held) => ({ ...held, updated_time: null }));
}
