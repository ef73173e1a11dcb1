/**
 * An example agent: sorts what customers wrote. Deterministic, so that it runs without a model; where a model would decide is
 * marked. What is special it never reads: the gate withholds the words and says which topic it is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GateClient, type CallOptions, type GateAnswer } from './gate-client.ts';

export interface Conversation {
  conversation: string;
  title: string | null;
  subject: string | null;
  wrote: string | null;
  /** What the gate found in it: payment, health, recovery, security. */
  topics: string[];
  /** The words are not for agents. */
  withheld: boolean;
  team: string | null;
  waitingSince: string | null;
}

/** What a decision comes to. */
export interface Triage {
  tag: string | null;
  /** `team-…`; null: it stays where it is. */
  queue: string | null;
  reply: string | null;
  refund: { amount: number; currency: string; order: string; reason: string } | null;
  /** A security issue, in words that name nobody. */
  issue: string | null;
  /** Why people have to look at it, where no rule says what to do; null: a rule does. */
  handOver: 'unclassifiable' | 'unverified' | 'conflicting' | null;
  summary: string;
  explanation: string;
}

/** What became of one conversation. */
export interface Sorted {
  conversation: string;
  topics: string[];
  summary: string;
  /** Each step with what came of it. */
  steps: { does: string; result: string; call: string; approval: string }[];
}

const teams = { first: 'team-8001', billing: 'team-8002', special: 'team-8005' } as const;
const tags = { invoice: '86', payment: '87', health: '88', recovery: '89', security: '90' } as const;

const nothing: Triage = {
  tag: null,
  queue: null,
  reply: null,
  refund: null,
  issue: null,
  handOver: null,
  summary: '',
  explanation: 'Nothing in it says what it is about.',
};

/** What to do with a conversation. This is the decision that a model would make; the gate does not care who made it. */
export function decide({ topics, withheld, subject, title, wrote }: Conversation): Triage {
  if (topics.includes('security')) return security();
  const special = (['payment', 'health', 'recovery'] as const).find((topic) => topics.includes(topic));
  if (withheld && special) return forThePeopleOf(special);
  const text = `${subject ?? ''} ${title ?? ''} ${wrote ?? ''}`.toLowerCase();
  if (/\binvoice|請求書|facture|rechnung/.test(text)) return invoice(text);
  // It goes to whoever answers first, and people are told that no rule knows it: the next one like it should have one.
  return {
    ...nothing,
    queue: teams.first,
    handOver: 'unclassifiable',
    summary: 'Says nothing that a rule knows.',
  };
}

function security(): Triage {
  const summary = 'A customer reports that they see data of others.';
  return {
    ...nothing,
    tag: tags.security,
    issue: summary,
    summary,
    explanation: 'The gate found words of a security issue.',
  };
}

function forThePeopleOf(topic: 'payment' | 'health' | 'recovery'): Triage {
  return {
    ...nothing,
    tag: tags[topic],
    queue: teams.special,
    summary: `Holds ${topic} matters; its words are for the special queue only.`,
    explanation: `The gate found ${topic} matters in it.`,
  };
}

function invoice(text: string): Triage {
  const orders = new Set((text.match(/\b[A-Z]-\d{3,6}\b/gi) ?? []).map((one) => one.toUpperCase()));
  const [order = ''] = orders;
  const twice = /charged twice|doppelt abgebucht|débité deux fois/.test(text);
  const asked = {
    amount: 1_250,
    currency: 'EUR',
    order,
    reason: 'The customer writes that they were charged twice.',
  };
  return {
    ...nothing,
    tag: tags.invoice,
    queue: teams.billing,
    reply: 'Thank you. Billing looks at your invoice and answers within a working day.',
    // Which order, or of several which one, is a person's to find out.
    refund: twice && orders.size === 1 ? asked : null,
    handOver: twice && orders.size !== 1 ? (orders.size === 0 ? 'unverified' : 'conflicting') : null,
    summary: `About ${order === '' ? 'an invoice' : `invoice ${order}`}${twice ? ', charged twice' : ''}.`,
    explanation: 'The customer writes of an invoice.',
  };
}

/** Told of each step at once. */
export type Tell = (conversation: string, step: Sorted['steps'][number]) => void;

/** Sorts what is open, one conversation after the other. `run` names this pass; a second one with the same name does nothing twice. */
export async function sortOpen(
  gate: GateClient,
  { run, limit = 50, tell = () => undefined }: { run: string; limit?: number; tell?: Tell },
): Promise<Sorted[]> {
  const found = await gate.call('support.conversation.search', { state: 'open', limit }, { mode: 'read' });
  if (found.status !== 200)
    throw new Error(`conversations cannot be searched: ${JSON.stringify(found.body)}`);
  const { conversations } = found.body['output'] as { conversations: { conversation: string }[] };
  const sorted: Sorted[] = [];
  for (const { conversation } of conversations) sorted.push(await sortOne(gate, conversation, run, tell));
  return sorted;
}

async function sortOne(gate: GateClient, conversation: string, run: string, tell: Tell): Promise<Sorted> {
  const read = await gate.call('support.conversation.read', { conversation }, { mode: 'read' });
  if (read.status !== 200) return { conversation, topics: [], summary: wordsOf(read), steps: [] };
  const known = read.body['output'] as Conversation;
  const triage = decide(known);
  const steps: Sorted['steps'] = [];
  for (const { does, ask } of plan(gate, known, triage, run)) {
    const answer = await ask();
    const { call = '', approval = '' } = answer.body as { call?: string; approval?: string };
    const step = { does, result: resultOf(answer), call, approval };
    steps.push(step);
    tell(conversation, step);
  }
  return { conversation, topics: known.topics, summary: triage.summary, steps };
}

interface Planned {
  does: string;
  ask: () => Promise<GateAnswer>;
}

/** The calls that a decision comes to; a security issue is flagged before anything else is done. */
function plan(
  gate: GateClient,
  { conversation, team }: Conversation,
  triage: Triage,
  run: string,
): Planned[] {
  const { tag, queue, reply, refund, issue, explanation, handOver, summary } = triage;
  const because = {
    goal: 'Every conversation reaches who can answer it.',
    explanation,
    sources: [conversation],
  };
  const call =
    (action: string, input: Record<string, unknown>, mode: CallOptions['mode'] = 'execute') =>
    async () =>
      gate.call(
        `support.${action}`,
        { conversation, ...input },
        {
          mode,
          because,
          ...(mode === 'execute' && { key: `${run}-${action}-${conversation}` }),
        },
      );
  const about = { tool: 'support', record: conversation };
  const options = ['Answer it.', 'Name a rule for it.'];
  const elsewhere = queue !== null && queue !== `team-${team}`;
  return [
    ...(issue === null ? [] : [{ does: 'flag', ask: async () => gate.flag(about, issue) }]),
    ...(tag === null ? [] : [{ does: `tag ${tag}`, ask: call('conversation.tag', { tag }) }]),
    ...(elsewhere ? [{ does: `assign to ${queue}`, ask: call('conversation.assign', { to: queue }) }] : []),
    ...(reply === null
      ? []
      : [{ does: 'propose a reply', ask: call('conversation.reply', { reply }, 'propose') }]),
    ...(refund === null ? [] : [{ does: 'ask for a refund', ask: call('refund.request', { ...refund }) }]),
    ...(handOver === null
      ? []
      : [
          {
            does: 'hand it over to people',
            ask: async () =>
              gate.handOver({ kind: handOver, about, summary, options }, `${run}-over-${conversation}`),
          },
        ]),
  ];
}

function resultOf(answer: GateAnswer): string {
  const handoff = wordOf(answer, 'handoff');
  if (handoff !== '') return `handed over as ${handoff}`;
  if (answer.status === 201) return `flagged as ${wordOf(answer, 'incident')}`;
  if (answer.status === 202) return 'waits for people';
  if (answer.status === 200) return wordOf(answer, 'status') === 'proposed' ? 'proposed' : 'done';
  return wordsOf(answer);
}

function wordsOf(answer: GateAnswer): string {
  return wordOf(answer, 'detail') || wordOf(answer, 'title') || `refused (${answer.status})`;
}

function wordOf({ body }: GateAnswer, key: string): string {
  const value = body[key];
  return typeof value === 'string' ? value : '';
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const local = JSON.parse(readFileSync(join(import.meta.dirname, '../.toolgate/local.json'), 'utf8')) as {
    gate: string;
    agents: Record<string, { client_id: string; client_secret: string }>;
  };
  const credentials = local.agents['support-agent'];
  if (!credentials) throw new Error('.toolgate/local.json knows no support-agent: run `npm start` first');
  await sortOpen(new GateClient(local.gate, credentials), {
    run: String(Date.now()),
    tell: (conversation, { does, result }) => console.log(`${conversation} ${does}: ${result}`),
  });
}
