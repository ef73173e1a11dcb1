import { check } from '../lib/exercise/checks.ts';
import type { Script } from '../lib/exercise/script.ts';
import type { Stage } from '../lib/exercise/stage.ts';

/** So many denials within a run are no mistake any more. */
const SUSPICIOUS = 5;
const INTRUDER = 'intruder@exercise.example';
const campaign = { account: 'act_1010101010', campaign: '120210000000001' };

/** What the credential is tried on; none of it is granted to the support agent, or not that far. */
const reach: readonly (readonly [action: string, input: Record<string, unknown>])[] = [
  ['crm.contact.create', { email: INTRUDER }],
  ['email.message.send', { to: INTRUDER, from: INTRUDER, subject: 'An exercise', text: 'An exercise.' }],
  ['ads.budget.update', { ...campaign, dailyBudget: 1_000_000, currency: 'EUR' }],
  ['ads.campaign.pause', campaign],
  ['chat.message.post', { channel: 'C0SUPPORT1', text: 'An exercise.' }],
  ['crm.company.create', { name: INTRUDER }],
];

/** An agent's credential is in the wrong hands. */
export const unauthorisedAccess: Script = {
  name: 'unauthorised-access',
  title: 'An agent’s credential is used for what it is not granted',
  story:
    'Somebody has the support agent’s credential and uses it from another machine: reads a company, which works, then reaches for contacts, mail, budgets and messages, again and again. Each is denied, and the denials are noticed.',
  agent: 'support-agent',
  target: 'agent:support-agent',
  changes: false,
  restoreBy: 'undo',
  cancel: true,
  contacts: ['incident', 'technical'],
  bounds: { detect: 60_000, stop: 6_000, notify: 300_000, restore: 60_000 },
  probes: [
    {
      vendor: 'hubspot',
      action: 'crm.company.read',
      mode: 'read',
      input: { id: '508' },
      method: 'GET',
      path: '/crm/v3/objects/companies/508',
    },
  ],
  lost: [
    {
      what: 'what was read with the credential before the stop',
      instead: 'toolgate calls --agent support-agent lists it; the technical owner judges what it tells',
    },
    {
      what: 'the credential itself, which is known to somebody',
      instead:
        'the technical owner gives the agent a new secret and deploys; tokens end within ten minutes by themselves',
    },
  ],
  questions: [
    'Who can give the agent a new secret, how long does it take, and what stands still meanwhile?',
    'How do you tell the agent’s own calls from the intruder’s, so that the agent can go on?',
    'What was read before the stop? Does anybody outside have to be told?',
    'GDPR, article 33: who tells the supervisory authority within 72 hours, and from which moment do they count?',
  ],
  async open(stage) {
    return {
      look: async () => touched(stage),
      incident: async () => {
        await stage.must('crm.company.read', { id: '508' }, 'read');
        for (const [action, input] of reach) await stage.act(action, input);
      },
      detect: async () => {
        const denied = await stage.noted('call.denied');
        if (denied.length < SUSPICIOUS) return null;
        const evidence = denied.map(({ data }) => String(data['call']));
        return { by: 'denial', what: `${denied.length} calls denied one after the other`, evidence };
      },
      goOn: async () => {
        await stage.act('crm.company.read', { id: '508' }, 'read');
      },
      // Reading is granted, and stopped all the same: whoever has the credential gets nothing any more.
      harm: () => [{ vendor: 'hubspot', method: 'GET', path: '/crm/v3/objects/companies/508' }],
      pending: () => [],
      checks: (deeds) => {
        const tried = deeds.filter(({ mode, afterStop }) => mode === 'execute' && !afterStop);
        const denied = tried.filter(({ status }) => status === 403 || status === 404);
        const what = 'Everything that is not granted was denied from the first time on';
        const holds = tried.length === reach.length && denied.length === tried.length;
        return [check('denied', what, holds, `${denied.length} of ${tried.length}`)];
      },
    };
  },
};

/** What the vendors would hold if one of the calls had come through. */
async function touched(stage: Stage): Promise<unknown> {
  const holding = async (vendor: string, type: string): Promise<unknown[]> =>
    (await stage.records(vendor, type)).filter((record) => JSON.stringify(record).includes(INTRUDER));
  const campaigns = await stage.records('meta', 'campaigns');
  return {
    contacts: await holding('hubspot', 'contacts'),
    companies: await holding('hubspot', 'companies'),
    emails: await holding('resend', 'emails'),
    campaign: campaigns.find(({ id }) => id === campaign.campaign),
  };
}
