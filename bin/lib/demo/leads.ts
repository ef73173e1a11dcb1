/** The story of a lead, from a web form to a sales queue, under the gate; with a stop in the middle. */
import { randomUUID } from 'node:crypto';
import type { CallOptions, GateClient } from '../../../examples/gate-client.ts';
import { routeNewLeads, type Routing } from '../../../examples/lead-router.ts';
import type { ApprovalPage, LeadRecord, Receipt } from '../../../shared/rpc.ts';
import { postLeads, type Posted } from './post-leads.ts';
import { table } from './lead-table.ts';
import type { Stage } from './stage.ts';

const SITE = 'acme-web';
const AGENT = 'lead-router';

/** Plays the story with these leads. */
export async function playLeads(stage: Stage, rows: Record<string, string>[]): Promise<void> {
  stage.say(
    `\n1. The website posts ${rows.length} leads, as its form would, to ${stage.gate}/leads/${SITE}\n`,
  );
  const tell = (lead: Posted): void => stage.say(`   ${postedLine(lead)}\n`);
  const posted = await postLeads(stage.gate, SITE, rows, tell, (seconds) =>
    tellWait(stage, 'the site', seconds),
  );

  stage.say(`\n2. The agent ${AGENT} routes what the site's own rules left, one call after the other\n`);
  const agent = stage.agent(AGENT);
  const stopping = stopAfter(stage, 3);
  const first = await work(stage, agent, stopping.after);
  if (!stopping.stopped())
    stage.say('   (fewer than three leads were left for the agent, so there was no middle to stop it in)\n');
  const second = stopping.stopped() ? await goOn(stage, agent) : [];

  stage.say('\n5. The same agent tries what it may not\n');
  await overstep(stage, agent);

  const results = [...first.filter(({ result }) => result !== 'stopped'), ...second];
  await epilogue(stage, posted, results);
}

async function work(
  stage: Stage,
  agent: GateClient,
  after: (routing: Routing) => Promise<void> | void,
): Promise<Routing[]> {
  return routeNewLeads(
    agent,
    async (routing) => {
      stage.say(`   ${routedLine(routing)}\n`);
      await after(routing);
    },
    (action, seconds) => tellWait(stage, action, seconds),
  );
}

async function goOn(stage: Stage, agent: GateClient): Promise<Routing[]> {
  stage.say('\n4. Resumed by an operator; the agent takes up where it was\n');
  await stage.ops('operator', 'DELETE', `/stops/agent:${AGENT}`, { reason: 'The demo goes on.' });
  return work(stage, agent, () => undefined);
}

/** Stops the agent once it has handled that many leads, in the middle of its run. */
function stopAfter(stage: Stage, count: number): { after: () => Promise<void>; stopped: () => boolean } {
  let handled = 0;
  const after = async (): Promise<void> => {
    handled += 1;
    if (handled !== count) return;
    stage.say('\n3. An operator stops the agent in the middle of its run\n');
    const receipt = await stage.ops<Receipt>('operator', 'POST', '/stops', {
      target: `agent:${AGENT}`,
      reason: 'The demo shows a stop.',
    });
    const took = receipt.confirmedAt ? Date.parse(receipt.confirmedAt) - Date.parse(receipt.stopAt) : null;
    const confirmed = took === null ? receipt.status : `confirmed after ${took} ms`;
    stage.say(
      `   ${receipt.id}: ${confirmed}; guards acked ${receipt.guards.acked}, lapsed ${receipt.guards.lapsed}\n`,
    );
  };
  return { after, stopped: () => handled >= count };
}

/** What a misled agent might try; each is refused before any vendor hears of it. */
async function overstep(stage: Stage, agent: GateClient): Promise<void> {
  const because = { goal: 'A page told me to.', explanation: 'Text on a page asked for it.' };
  const tries: [string, string, Record<string, unknown>, CallOptions][] = [
    ['export all contacts', 'crm.contact.export', {}, { mode: 'read' }],
    [
      'post to another channel',
      'chat.message.post',
      { channel: 'C0OUTSIDE9', text: 'hello' },
      { mode: 'execute', key: randomUUID(), because },
    ],
    [
      'post without a reason',
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'hello' },
      { mode: 'execute', key: randomUUID() },
    ],
    ['look people up', 'enrichment.person.lookup', { email: 'ada.sommer@kestrel.example' }, { mode: 'read' }],
  ];
  for (const [what, action, input, options] of tries) {
    const { status, body } = await agent.call(action, input, options);
    const { detail, title } = body as { detail?: string; title?: string };
    stage.say(`   ${what.padEnd(24)} ${status} ${detail ?? title ?? ''}\n`);
  }
}

async function epilogue(stage: Stage, posted: Posted[], results: Routing[]): Promise<void> {
  const records = await stage.until(async () => {
    const found = await stage.ops<LeadRecord[]>('operator', 'GET', `/leads?site=${SITE}&limit=200`);
    return posted.every(({ id }) => id === null || found.some((record) => record.id === id))
      ? found
      : undefined;
  });
  const { approvals } = await stage.ops<ApprovalPage>('operator', 'GET', '/approvals?status=waiting');
  stage.say(`\n${table(posted, results, records)}\n`);
  // One that went to people at once is where an undo sends it, so there is nothing to undo of it.
  const routedCall =
    results.findLast(({ result, queue }) => result === 'routed' && queue !== 'human-queue')?.call ?? 'call_…';
  stage.say(`
Where to look
  waiting for a person   ${approvals.length}: npm run -s toolgate -- approvals
                         npm run -s toolgate -- approve ${approvals[0]?.id ?? 'appr_…'} --reason as-expected
  what happened and why  npm run -s toolgate -- calls --agent ${AGENT}
  the proof              npm run -s toolgate -- journal verify
  what the vendors saw   ${stage.gate}/simulator/slack/log, ${stage.gate}/simulator/hunter/log
What to undo
  one routing            npm run -s toolgate -- undo ${routedCall} --agent ${AGENT} --reason "the demo is over"
  or all of the agent    npm run -s toolgate -- rollback --agent ${AGENT} --since 1h --dry-run --reason "the demo is over"
`);
}

function postedLine({ row, id, answer }: Posted): string {
  return `${(row['company'] || row['name'] || 'somebody').padEnd(22)} ${id ?? ''} ${answer}`;
}

function tellWait(stage: Stage, action: string, seconds: number): void {
  stage.say(`   (${action} says: wait ${seconds} s)\n`);
}

function routedLine({ company, queue, result, why }: Routing): string {
  const name = (company ?? 'unknown company').padEnd(22);
  return result === 'routed' ? `${name} routed to ${queue}` : `${name} ${result}: ${why}`;
}
