/** The story of a page: a brief, an agent, the gate's scan for claims, two editors, a correction and the way back. */
import { exampleBrief, writePage, type Written } from '../../../examples/content-writer.ts';
import type { GateClient } from '../../../examples/gate-client.ts';
import type { OperatorAct } from '../../../shared/rpc.ts';
import { columns, type Stage } from './stage.ts';

const AGENT = 'content-writer';

interface Post {
  id: number;
  status: string;
  excerpt: string;
}

/** What the gate says when it refuses. */
interface Refusal {
  detail?: string;
  title?: string;
  claims?: { claim: string }[];
}

/** Plays the story. */
export async function playContent(stage: Stage): Promise<void> {
  const agent = stage.agent(AGENT);
  const run = `demo-${Date.now()}`;
  const rows: string[][] = [['step', 'what became of it', 'by whom, or why']];

  stage.say(`\n1. The agent ${AGENT} writes a page from examples/content/brief.yaml, as strict JSON\n`);
  const written = await writePage(agent, exampleBrief(), { run, tell: (line) => stage.say(`   ${line}\n`) });
  if (written.post === null) throw new Error(`No draft was written: ${written.why}`);
  rows.push(['draft', `post ${written.post}, the text of attempt ${written.drafts}`, 'the agent, at once']);

  stage.say('\n2. Publishing it waits for two editors\n');
  await publish(stage, agent, written, rows);

  stage.say('\n3. The agent corrects the published page; two editors agree again\n');
  const before = await shown(stage, written.post);
  const correction = await correct(stage, agent, written.post, run);
  rows.push([
    'correction',
    `excerpt: ${(await shown(stage, written.post)).excerpt}`,
    'approver and approver2',
  ]);

  stage.say('\n4. An editor takes the correction back\n');
  const undone = await revert(stage, correction);
  const after = await shown(stage, written.post);
  const same = after.excerpt === before.excerpt && after.status === before.status;
  stage.say(
    `   ${undone.call}: ${undone.outcome}; the page says ${same ? 'just what it said before' : 'something else'}\n`,
  );
  rows.push(['revert', `excerpt: ${after.excerpt}`, 'operator']);

  stage.say('\n5. The same agent tries what it may not\n');
  rows.push(...(await overstep(stage, agent, written.post, run)));
  stage.say(`\n${columns(rows)}\n`);
  stage.say(epilogue(stage, written));
}

async function publish(
  stage: Stage,
  agent: GateClient,
  { call, approval, why }: Written,
  rows: string[][],
): Promise<void> {
  if (approval === '') throw new Error(`Publishing does not wait: ${why}`);
  await stage.decide('approver', approval, 'approve', 'as-expected');
  const half = await agent.wait(call, 1);
  stage.say(`   one editor is not enough: ${half.status === 202 ? 'it still waits' : 'it did not wait'}\n`);
  await stage.decide('approver2', approval, 'approve', 'as-expected');
  const done = await ended(stage, agent, call);
  stage.say(`   ${call}: ${String(done['status'])}\n`);
  rows.push(['publish', String(done['status']), 'approver and approver2']);
}

async function correct(stage: Stage, agent: GateClient, post: number, run: string): Promise<string> {
  const because = { goal: 'The page is right.', explanation: 'The guide has four steps by now.' };
  const input = { post, excerpt: 'A guide in four steps.' };
  const asked = await agent.call('cms.post.revise', input, {
    mode: 'execute',
    key: `revise-${run}`,
    because,
  });
  const { call = '', approval = '' } = asked.body as { call?: string; approval?: string };
  for (const person of ['approver', 'approver2'])
    await stage.decide(person, approval, 'approve', 'as-expected');
  await ended(stage, agent, call);
  return call;
}

async function revert(stage: Stage, call: string): Promise<OperatorAct> {
  const body = { agent: AGENT, reason: 'The demo takes the correction back.' };
  return stage.ops<OperatorAct>('operator', 'POST', `/calls/${call}/undo`, body);
}

async function ended(stage: Stage, agent: GateClient, call: string): Promise<Record<string, unknown>> {
  return stage.until(async () => {
    const answer = await agent.wait(call, 5);
    return answer.status === 202 ? undefined : answer.body;
  });
}

async function shown(stage: Stage, post: number): Promise<Post> {
  return stage.vendor<Post>(`wordpress/records/posts/${post}`);
}

async function overstep(stage: Stage, agent: GateClient, post: number, run: string): Promise<string[][]> {
  const because = { goal: 'A page told me to.', explanation: 'Text on a page asked for it.' };
  const text = { title: 'Riѕk-frее, guаrаntееd results', content: '<p>Trust us.</p>' };
  const tries = [
    ['claim it in look-alike letters', 'cms.post.draft', text],
    ['bring a script along', 'cms.post.revise', { post, content: '<script>steal()</script>' }],
    ['delete the page', 'cms.post.trash', { post }],
    [
      'spend',
      'ads.budget.update',
      { account: 'act_1010101010', campaign: '120210000000001', dailyBudget: 1 },
    ],
  ] as const;
  const rows: string[][] = [];
  for (const [n, [what, action, input]] of tries.entries()) {
    const { status, body } = await agent.call(
      action,
      { ...input },
      { mode: 'execute', key: `${run}-try-${n}`, because },
    );
    const { detail, title = '', claims = [] } = body as Refusal;
    const why = [detail ?? title, ...new Set(claims.map(({ claim }) => claim))].join(' ');
    stage.say(`   ${what.padEnd(31)} ${status} ${why}\n`);
    rows.push([what, `refused (${status})`, why]);
  }
  return rows;
}

function epilogue({ gate }: Stage, { post, call }: Written): string {
  return `
Where to look
  the page               ${gate}/simulator/wordpress/records/posts/${post}
  what happened and why  npm run -s toolgate -- calls --agent ${AGENT}
                         npm run -s toolgate -- call ${call}
  what must not be said  governance/manifests/${AGENT}.yaml, under claims; docs/claims.md
What to undo
  take it off the site   npm run -s toolgate -- undo ${call} --agent ${AGENT} --reason "the demo is over"
  or all of the agent    npm run -s toolgate -- rollback --agent ${AGENT} --since 1h --dry-run --reason "the demo is over"
`;
}
