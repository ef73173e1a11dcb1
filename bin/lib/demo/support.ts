/** The story of a support inbox: sorted by an agent, special matters unread to their queue, a refund for two people, a security issue past all. */
import { sortOpen, type Sorted } from '../../../examples/support-agent.ts';
import type { GateClient } from '../../../examples/gate-client.ts';
import type { Incident } from '../../../shared/incidents.ts';
import { columns, type Stage } from './stage.ts';

const AGENT = 'support-agent';

/** Plays the story. */
export async function playSupport(stage: Stage): Promise<void> {
  const agent = stage.agent(AGENT);
  const run = `demo-${Date.now()}`;

  stage.say(`\n1. The agent ${AGENT} sorts the open conversations of the simulated Intercom\n`);
  const tell = (conversation: string, { does, result }: Sorted['steps'][number]): void =>
    stage.say(`   ${conversation}  ${does.padEnd(22)} ${result}\n`);
  const sorted = await sortOpen(agent, { run, tell });

  stage.say('\n2. What waits for two people\n');
  await decide(stage, agent, sorted);

  stage.say('\n3. The security issue went past every queue; somebody takes it on\n');
  const incident = await takeOn(stage);

  stage.say('\n4. The same agent tries what it may not with a conversation that it may not read\n');
  await overstep(stage, agent, sorted, run);

  stage.say(`\n${columns([['conversation', 'holds', 'what became of it'], ...sorted.map(row)])}\n`);
  stage.say(epilogue(stage, sorted, incident));
}

async function decide(stage: Stage, agent: GateClient, sorted: readonly Sorted[]): Promise<void> {
  const waiting = sorted.flatMap(({ conversation, steps }) =>
    steps.filter(({ approval }) => approval !== '').map((step) => ({ conversation, ...step })),
  );
  for (const { conversation, does, call, approval } of waiting) {
    stage.say(`   ${conversation}  ${does}\n`);
    for (const person of ['approver', 'approver2'])
      await stage.decide(person, approval, 'approve', 'verified-with-customer');
    const answer = await stage.until(async () => {
      const found = await agent.wait(call, 5);
      return found.status === 202 ? undefined : found;
    });
    const filed = answer.status === 200 ? 'a ticket is filed for those who do it' : 'nothing is filed';
    stage.say(`   ${call}: ${filed}\n`);
  }
}

async function takeOn(stage: Stage): Promise<Incident | undefined> {
  const list = async () => stage.ops<Incident[]>('operator', 'GET', `/incidents?agent=${AGENT}`);
  const openIn = (found: Incident[]) => found.find(({ acknowledgedAt }) => acknowledgedAt === null);
  if (!openIn(await list())) return undefined;
  // Word to the contact goes out by itself, a moment later.
  const open = await stage.until(async () => {
    const one = openIn(await list());
    return one?.delivery === 'waiting' ? undefined : one;
  });
  const { contact, notifiedAt, at } = open;
  const told =
    notifiedAt === null
      ? 'by hand'
      : `after ${Date.parse(notifiedAt) - Date.parse(at)} ms, by mail in the sandbox`;
  stage.say(`   ${open.id} about ${open.about.record}: ${contact ?? 'nobody known'} told ${told}\n`);
  const body = { agent: AGENT, reason: 'The demo plays the incident owner.' };
  const taken = await stage.ops<Incident>('commander', 'POST', `/incidents/${open.id}/acknowledgement`, body);
  stage.say(`   ${taken.acknowledgedBy} (played by this demo) takes it on\n`);
  return taken;
}

async function overstep(
  stage: Stage,
  agent: GateClient,
  sorted: readonly Sorted[],
  run: string,
): Promise<void> {
  const special = sorted.find(({ topics }) => topics.includes('payment'))?.conversation ?? '2005';
  const because = { goal: 'Be quick.', explanation: 'It is only about an invoice.' };
  const tries = [
    ['read its words', 'conversation.read', {}, 'read'],
    ['propose an answer', 'conversation.reply', { reply: 'Thank you, we charge it.' }, 'propose'],
    ['close it', 'conversation.close', {}, 'execute'],
    ['hand it to another team', 'conversation.assign', { to: 'team-8001' }, 'execute'],
    ['have the account reset', 'account.reset', { what: 'password', reason: 'They wrote.' }, 'execute'],
  ] as const;
  for (const [n, [what, action, input, mode]] of tries.entries()) {
    const asked = {
      mode,
      ...(mode !== 'read' && { because }),
      ...(mode === 'execute' && { key: `${run}-try-${n}` }),
    };
    const { status, body } = await agent.call(
      `support.${action}`,
      { conversation: special, ...input },
      asked,
    );
    const output = body['output'] as { withheld?: boolean; topics?: string[] } | undefined;
    const { approval = '' } = body as { approval?: string };
    const why = output
      ? `withheld: it holds ${output.topics?.join(', ')}`
      : status === 202
        ? 'waits for two people'
        : String(body['detail'] ?? body['title']);
    stage.say(`   ${what.padEnd(24)} ${status} ${why}\n`);
    if (status === 202) await stage.decide('approver', approval, 'reject', 'suspicious');
  }
}

function row({ conversation, topics, summary, steps }: Sorted): string[] {
  const did = steps.map(({ does, result }) => (result === 'done' ? does : `${does}: ${result}`));
  return [conversation, topics.join(', ') || '—', [summary, ...did].join('; ')];
}

function epilogue({ gate }: Stage, sorted: readonly Sorted[], incident: Incident | undefined): string {
  const assigned = sorted
    .flatMap(({ steps }) => steps)
    .find(({ does, result }) => does.startsWith('assign') && result === 'done');
  return `
Where to look
  what happened and why  npm run -s toolgate -- calls --agent ${AGENT}
  the security issue     npm run -s toolgate -- incidents${incident ? '' : '   (taken on in an earlier run)'}
  the simulated Intercom ${gate}/simulator/intercom/records/conversations
  the rules              governance/policies/support.cedar, docs/workflows.md
What to undo
  one assignment         npm run -s toolgate -- undo ${assigned?.call ?? 'call_…'} --agent ${AGENT} --reason "the demo is over"
  or all of the agent    npm run -s toolgate -- rollback --agent ${AGENT} --since 1h --dry-run --reason "the demo is over"
  begin anew             npm run -s toolgate -- sandbox reset support
`;
}
