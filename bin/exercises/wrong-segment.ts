import { check } from '../lib/exercise/checks.ts';
import type { Script } from '../lib/exercise/script.ts';
import { StageFault, type Stage } from '../lib/exercise/stage.ts';

/** So many contacts are changed; from so many within a run somebody should look. */
const CONTACTS = 4;
const SUSPICIOUS = 3;
const STATUS = 'UNQUALIFIED';

/** Contacts that sales works with are put among those that nobody calls. */
export const wrongSegment: Script = {
  name: 'wrong-segment',
  title: 'Contacts are put into the wrong segment',
  story:
    'The agent takes the wrong list and marks contacts that sales works with as unqualified, one after the other; a person approves each without opening it.',
  agent: 'lead-router',
  target: 'agent:lead-router',
  changes: true,
  restoreBy: 'rollback',
  cancel: false,
  contacts: ['incident', 'business'],
  bounds: { detect: 60_000, stop: 6_000, notify: 300_000, restore: 60_000 },
  probes: [
    {
      vendor: 'hubspot',
      action: 'crm.company.read',
      mode: 'read',
      input: { id: '501' },
      method: 'GET',
      path: '/crm/v3/objects/companies/501',
    },
  ],
  lost: [
    {
      what: 'what people and other systems did with the wrong segment in between',
      instead:
        'the business owner asks sales, and looks for workflows in HubSpot that the change has started',
    },
  ],
  questions: [
    'How would you have noticed without this program: who looks at how many contacts changed today?',
    'Which contacts do you check by hand after the undo, and who does?',
    'At how many changed contacts in an hour should the gate itself say no? Is that number in the manifest?',
    'Was personal data made wrong, and does the data protection officer have to hear of it?',
  ],
  async open(stage) {
    const ids = await pick(stage);
    const change = async (id: string | undefined) =>
      stage.act('crm.contact.update', { id, leadStatus: STATUS });
    return {
      look: async () => held(stage, ids),
      incident: async () => {
        for (const id of ids) await stage.must('crm.contact.update', { id, leadStatus: STATUS });
      },
      detect: async () => {
        const intents = await stage.noted('call.intent');
        const calls = intents.filter(({ data }) => data['action'] === 'crm.contact.update');
        if (calls.length < SUSPICIOUS) return null;
        const evidence = calls.map(({ data }) => String(data['call']));
        return {
          by: 'journal query',
          what: `${calls.length} contacts changed one after the other`,
          evidence,
        };
      },
      goOn: async () => {
        await change(ids[0]);
      },
      harm: () =>
        ids.map((id) => ({ vendor: 'hubspot', method: 'PATCH', path: `/crm/v3/objects/contacts/${id}` })),
      pending: () => [],
      checks: (deeds) => {
        const changed = deeds.filter(({ status, afterStop }) => status === 200 && !afterStop).length;
        const what = 'The contacts were really changed, with the approvals that each needs';
        return [check('all-changed', what, changed === ids.length, `${changed} of ${ids.length}`)];
      },
    };
  },
};

/** Contacts that hold another status. */
async function pick(stage: Stage): Promise<string[]> {
  const contacts = await stage.records('hubspot', 'contacts');
  const others = contacts.filter(
    ({ properties }) => (properties as Record<string, unknown>)['hs_lead_status'] !== STATUS,
  );
  const ids = others.slice(0, CONTACTS).map(({ id }) => id);
  if (ids.length === CONTACTS) return ids;
  throw new StageFault(`The simulated HubSpot holds too few contacts to change: toolgate sandbox seed crm.`);
}

/** Properties without what only says when they were written. An empty one is none, as HubSpot shows it. */
async function held(stage: Stage, ids: readonly string[]): Promise<unknown> {
  const contacts = await stage.records('hubspot', 'contacts');
  return contacts
    .filter(({ id }) => ids.includes(id))
    .map(({ id, properties }) => [
      id,
      Object.entries(properties as Record<string, unknown>)
        .filter(([, value]) => value !== '' && value !== null)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]);
}
