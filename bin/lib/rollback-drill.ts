import { GateClient, type GateAnswer as AgentAnswer } from '../../examples/gate-client.ts';
import type { Target } from '../../flags/targets.ts';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import type { Receipt } from '../../shared/rpc.ts';
import { askOps, type Access } from './client.ts';
import type { LoadAgents } from './drill-load.ts';
import { resumeOwn, until } from './own-stop.ts';
import { followRollback, wholeRollback } from './rollback-client.ts';
import type { DrilledCall, RollbackEvents, VendorView } from './rollback-drill-report.ts';
import { vendorLog, vendorRecords } from './vendor-state.ts';

export interface RollbackDrillJob {
  environment: string;
  access: Access;
  /** Others, who approve: the agents' calls and the plan. */
  others: readonly Access[];
  load: LoadAgents;
  /** Ids of contacts at the CRM that may be changed and changed back. */
  contacts: readonly string[];
  say: (line: string) => void;
  interrupted: AbortSignal;
}

export type RollbackDrilled =
  | { state: 'done'; events: RollbackEvents; left: string[] }
  | { state: 'broken'; fault: string; left: string[] };

const REASON = 'a drill of a rollback';
const PATIENCE_MS = 60_000;

/** What the drill changes at the vendors, and where the simulator shows it. */
const shown: readonly (readonly [vendor: string, type: string])[] = [
  ['hubspot', 'contacts'],
  ['slack', 'scheduled'],
  ['wordpress', 'posts'],
];

/** Makes calls, stops their agents, takes the calls back, resumes. Whatever happens, what it stopped it resumes, or says that it could not. */
export async function runRollbackDrill(job: RollbackDrillJob): Promise<RollbackDrilled> {
  const receipts: Receipt[] = [];
  try {
    const events = await drilled(job, receipts);
    return typeof events === 'string'
      ? { state: 'broken', fault: events, left: await resumed(job, receipts) }
      : { state: 'done', events, left: await resumed(job, receipts) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : 'The drill broke off.';
    return { state: 'broken', fault, left: await resumed(job, receipts) };
  }
}

async function drilled(job: RollbackDrillJob, receipts: Receipt[]): Promise<RollbackEvents | string> {
  const startedAt = Date.now();
  const session = `drill-${startedAt.toString(36)}`;
  const may = await mayTakeBack(job, session);
  if (may !== null) return may;
  const before = await viewsOf(job);
  const incident = Date.now();
  const calls = await makeCalls(job, session);
  if (typeof calls === 'string') return calls;
  job.say(`${calls.length} calls of session ${session}`);
  const seen = await seenInLog(job, calls.at(-1)?.call ?? '');
  const asked = Date.now();
  for (const target of new Set(calls.map(({ agent }): Target => `agent:${agent}`))) {
    job.say(`stop ${target}`);
    const stopped = await askOps<Receipt>(job.access, 'POST', '/stops', { target, reason: REASON });
    if (stopped.kind !== 'ok')
      return `The stop of ${target} was not answered, or refused. To put back what was done: toolgate rollback --session ${session} --reason "…"`;
    receipts.push(stopped.value);
  }
  const answered = Date.now();
  const done = await rolledBack(job, session);
  if (typeof done === 'string') return done;
  const after = await viewsOf(job);
  return {
    environment: job.environment,
    startedAt,
    session,
    calls,
    receipts: receipts.map(({ id, target, confirmMs }) => ({ id, target, confirmMs })),
    before,
    after,
    ...done,
    marks: { incident, seen, asked, answered, ...done.marks, ended: Date.now() },
  };
}

/** Looked at before anything is done: who may not ask for a rollback would leave the calls as they are. Null: may. */
async function mayTakeBack({ access }: RollbackDrillJob, session: string): Promise<string | null> {
  const body = { selection: { session }, reason: REASON, dryRun: true };
  const opened = await askOps<RollbackView>(access, 'POST', '/rollbacks', body);
  if (opened.kind === 'ok') return null;
  const why = opened.kind === 'refused' ? (opened.problem.detail ?? opened.problem.title) : opened.detail;
  return `Nothing was done: a rollback could not be asked for. ${why}`;
}

/** The calls: changes of records that were there, something new, and something that comes later. */
async function makeCalls(job: RollbackDrillJob, session: string): Promise<DrilledCall[] | string> {
  const made: DrilledCall[] = [];
  for (const [n, { agent, action, input }] of planned(job.contacts).entries()) {
    if (job.interrupted.aborted) return 'Interrupted.';
    const credentials = job.load.agents[agent];
    if (!credentials) continue;
    const client = new GateClient(job.load.gate, credentials);
    const because = { goal: 'Drill a rollback', explanation: 'Made to be taken back; nobody needs it.' };
    const options = { mode: 'execute' as const, because, session, key: `${session}-${n}` };
    const answer = await approved(job, client, await client.call(action, input, options));
    if (answer.status !== 200) return `${agent} could not execute ${action}: HTTP ${answer.status}.`;
    made.push({ call: String(answer.body['call']), agent, action });
  }
  return made.length > 0 ? made : 'No agent is at hand to make the calls.';
}

function planned(
  contacts: readonly string[],
): { agent: string; action: string; input: Record<string, unknown> }[] {
  const router = { agent: 'lead-router' };
  const postAt = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, '');
  const updates = ['CONNECTED', 'OPEN'].flatMap((leadStatus) =>
    contacts.map((id) => ({ ...router, action: 'crm.contact.update', input: { id, leadStatus } })),
  );
  const messages = [1, 2, 3].map((n) => ({
    ...router,
    action: 'chat.message.schedule',
    input: { channel: 'C0LEADS001', text: `Drill of a rollback, ${n}: never to be posted.`, postAt },
  }));
  const drafts = [1, 2].map((n) => ({
    agent: 'content-writer',
    action: 'cms.post.draft',
    input: { title: `Drill of a rollback, ${n}`, content: '<p>Never to be published.</p>' },
  }));
  return [...updates, ...messages, ...drafts];
}

/** A call that waits for people is approved by those at hand, as policies ask for it. */
async function approved(job: RollbackDrillJob, client: GateClient, first: AgentAnswer): Promise<AgentAnswer> {
  const { approval, call } = first.body;
  if (first.status !== 202 || typeof approval !== 'string') return first;
  const decision = { decision: 'approve', reason: 'as-expected' };
  for (const person of job.others) await askOps(person, 'POST', `/approvals/${approval}/decision`, decision);
  return client.wait(String(call), 20);
}

/** When a call stood in the audit log (Unix ms); null: not within patience. */
async function seenInLog({ access, interrupted }: RollbackDrillJob, call: string): Promise<number | null> {
  let at: number | null = null;
  await until(interrupted, 10_000, async () => {
    if ((await askOps(access, 'GET', `/calls/${call}`)).kind === 'ok') at = Date.now();
    return at !== null;
  });
  return at;
}

type RolledBack = Pick<RollbackEvents, 'rollback' | 'writes'> & {
  marks: { planAsked: number; planned: number; runAsked: number; ran: number };
};

async function rolledBack(job: RollbackDrillJob, session: string): Promise<RolledBack | string> {
  const { access } = job;
  const planAsked = Date.now();
  const body = { selection: { session }, reason: REASON, dryRun: false };
  const opened = await askOps<RollbackView>(access, 'POST', '/rollbacks', body);
  if (opened.kind !== 'ok') return 'The rollback was not answered, or refused.';
  const { id } = opened.value;
  const follow = async () =>
    followRollback(access, id, PATIENCE_MS, ({ status }) => job.say(`${id}: ${status}`));
  const plan = await follow();
  const planned = Date.now();
  if (plan.kind !== 'ok' || !plan.value.plan) return `${id} has no plan.`;
  const { digest, needs } = plan.value.plan;
  await approvals(job, id, digest, needs);
  const writesBefore = await writesOf(job);
  const runAsked = Date.now();
  const run = await askOps(access, 'POST', `/rollbacks/${id}/run`, { digest, reason: REASON });
  if (run.kind !== 'ok')
    return `${id} needs ${needs} approvals and could not be run: toolgate rollback show ${id}`;
  await follow();
  const ran = Date.now();
  const whole = await wholeRollback(access, id);
  if (whole.kind !== 'ok') return `${id} ran, and does not say how far it came.`;
  const writesAfter = await writesOf(job);
  const writes = writesBefore === null || writesAfter === null ? null : writesAfter - writesBefore;
  return {
    rollback: whole.value satisfies RollbackPage,
    writes,
    marks: { planAsked, planned, runAsked, ran },
  };
}

async function approvals(job: RollbackDrillJob, id: string, digest: string, needs: number): Promise<void> {
  let given = 0;
  for (const person of job.others) {
    if (given >= needs) return;
    const answer = await askOps(person, 'POST', `/rollbacks/${id}/approval`, { digest, reason: REASON });
    if (answer.kind === 'ok') given += 1;
  }
}

/** What the simulated vendors hold; null where there are none to be looked at. */
async function viewsOf({ environment, load }: RollbackDrillJob): Promise<VendorView[] | null> {
  if (environment !== 'sandbox') return null;
  const views: VendorView[] = [];
  for (const [vendor, type] of shown) {
    const records = await vendorRecords(load.gate, vendor, type);
    if (!records) return null;
    views.push({ vendor, type, records });
  }
  return views;
}

/** How many requests changed something, by the vendors' own logs; null: they do not say. */
async function writesOf({ environment, load }: RollbackDrillJob): Promise<number | null> {
  if (environment !== 'sandbox') return null;
  let writes = 0;
  for (const vendor of new Set(shown.map(([name]) => name))) {
    const log = await vendorLog(load.gate, vendor);
    if (!log) return null;
    writes += log.filter(({ changed }) => changed === true).length;
  }
  return writes;
}

/** Resumes what is still the drill's own stop. Returns what is left stopped. */
async function resumed(
  { access, others, say }: RollbackDrillJob,
  receipts: readonly Receipt[],
): Promise<string[]> {
  const left: string[] = [];
  for (const { id, target } of receipts) {
    say(`resume ${target}`);
    const own = (receipt: Receipt): boolean => receipt.id === id;
    if ((await resumeOwn([access, ...others], target, 'the drill is over', own)) !== 'nothing')
      left.push(target);
  }
  return left;
}
