import { isId } from '../../shared/ids.ts';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { askOps, type GateAnswer } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { printable, type Report } from '../lib/output.ts';
import { followRollback, wholeRollback } from '../lib/rollback-client.ts';
import { rollbackMarkdown } from '../lib/rollback-report.ts';
import { progressLine, rollbackList, rollbackSheet } from '../lib/rollback-words.ts';
import { sinceOf } from '../lib/since.ts';

/** Ten thousand calls take a while; it goes on by itself, whoever looks. */
const PATIENCE_MS = 30 * 60_000;

const whose = 'toolgate calls lists who called, in which workflow and session.';
const look = 'toolgate rollback list shows the last ones.';
const reasonOption = { reason: { type: 'string' } } as const;
const idLine = '<rollback>   its id, as toolgate rollback and toolgate rollback list show it';
const example = 'roll_01JD0000000000000000000000';

export const rollback: Command = {
  name: 'rollback',
  summary: 'Plan to take back what agents did: shows it, and writes nothing at a vendor',
  usage: '--agent|--workflow|--session|--since <…> --reason <text> [--until <time>] [--dry-run]',
  examples: [
    'toolgate rollback --agent lead-router --since 2h --dry-run --reason "wrong owners?"',
    'toolgate rollback --workflow content --since 2026-11-22T09:00:00Z --reason "drafts from a wrong brief"',
    'toolgate rollback --session s-4711 --reason "the session read a hostile page"',
  ],
  details: [
    '--agent      what this agent did',
    '--workflow   what was done in this workflow, by whichever agent',
    '--session    what was done in this session',
    '--since      from then on: 90m, 2h, 3d or a time (RFC 3339)',
    '--until      before then (now)',
    '--reason     why, for the journal and everybody who asks',
    '--dry-run    only show it: nothing is kept of it but that you looked',
    '',
    'All that is named must hold. Stop the agent first, or it goes on: toolgate stop agent:<name>.',
  ],
  options: {
    agent: { type: 'string' },
    workflow: { type: 'string' },
    session: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    'dry-run': { type: 'boolean' },
    ...reasonOption,
  },
  takes: 0,
  person: 'operator',
  run: open,
};

export const rollbackShow: Command = {
  name: 'rollback show',
  summary: 'One rollback: its plan, who approved it, how far it is',
  usage: '<rollback>',
  examples: [`toolgate rollback show ${example}`],
  details: [idLine],
  options: {},
  takes: 1,
  person: 'auditor',
  run: async (call) => shown(call, call.args[0] ?? ''),
};

export const rollbackRecent: Command = {
  name: 'rollback list',
  summary: 'The last rollbacks',
  usage: '',
  examples: ['toolgate rollback list', 'toolgate rollback list --json'],
  options: {},
  takes: 0,
  person: 'auditor',
  run: async (call) => report(call, ['GET', '/rollbacks'], rollbackList),
};

export const rollbackApprove: Command = {
  name: 'rollback approve',
  summary: 'Approve a plan that somebody else asked for',
  usage: '<rollback> --reason <text> [--digest <digest>]',
  examples: [`toolgate rollback approve ${example} --reason "looked at all 49" --as operator2`],
  details: [
    idLine,
    '--reason     why, for the journal',
    '--digest     of the plan that you looked at; else of the plan that is shown now',
  ],
  options: { ...reasonOption, digest: { type: 'string' } },
  takes: 1,
  person: 'operator2',
  run: async (call) => onPlan(call, 'approval'),
};

export const rollbackRun: Command = {
  name: 'rollback run',
  summary: 'Run a plan, or go on with one that was halted; also under a stop',
  usage: '<rollback> --reason <text> [--digest <digest>] [--force <call>,…] [--no-wait]',
  examples: [
    `toolgate rollback run ${example} --reason "approved, the agent is stopped"`,
    `toolgate rollback run ${example} --force call_01JD0000000000000000000000 --reason "the later change was wrong, too"`,
  ],
  details: [
    idLine,
    '--reason     why, for the journal',
    '--digest     of the plan that you looked at; else of the plan that is shown now',
    '--force      calls to take back although somebody changed what they left, as it is shown; with commas.',
    '             The plan is another then: who has to approve it does so again',
    '--no-wait    do not wait for its end',
  ],
  options: {
    ...reasonOption,
    digest: { type: 'string' },
    force: { type: 'string' },
    'no-wait': { type: 'boolean' },
  },
  takes: 1,
  person: 'operator',
  run: async (call) => (option(call.values, 'force') === undefined ? onPlan(call, 'run') : forced(call)),
};

export const rollbackStop: Command = {
  name: 'rollback stop',
  summary: 'Halt a rollback: what is under way ends, and nothing more is begun',
  usage: '<rollback> --reason <text> [--for-good]',
  examples: [`toolgate rollback stop ${example} --reason "the vendor is down"`],
  details: [
    idLine,
    '--reason     why, for the journal',
    '--for-good   end it: what has not begun is left to people',
  ],
  options: { ...reasonOption, 'for-good': { type: 'boolean' } },
  takes: 1,
  person: 'operator',
  run: async (call) => {
    const given = givenOf(call);
    if ('exit' in given) return given;
    const forGood = call.values['for-good'] === true;
    const answer = await post(call, given.id, 'halt', { reason: given.reason, forGood });
    return answer.kind === 'ok' ? followed(call, given.id) : unanswered(answer, call.access.gate, look);
  },
};

export const rollbackReport: Command = {
  name: 'rollback report',
  summary: 'What a rollback came to: vendor state and expectation, and what is left for people',
  usage: '<rollback> [--markdown]',
  examples: [
    `toolgate rollback report ${example}`,
    `toolgate rollback report ${example} --markdown > rollback.md`,
  ],
  details: [idLine, '--markdown   the whole report, every step of it'],
  options: { markdown: { type: 'boolean' } },
  takes: 1,
  person: 'auditor',
  run: async (call) => {
    const whole = await wholeOf(call, call.args[0] ?? '');
    if ('exit' in whole) return whole;
    return { text: rollbackMarkdown(whole, call.values['markdown'] === true), json: whole, exit: 0 };
  },
};

async function open(call: Invocation): Promise<Report> {
  const reason = option(call.values, 'reason');
  if (!reason?.trim()) return misuse('Say why: --reason "…".');
  const selection = selectionOf(call);
  if ('exit' in selection) return selection;
  const dryRun = call.values['dry-run'] === true;
  const body = { selection: selection.chosen, reason, dryRun };
  const opened = await askOps<RollbackView>(call.access, 'POST', '/rollbacks', body);
  if (opened.kind !== 'ok') return unanswered(opened, call.access.gate, whose);
  return followed(call, opened.value.id);
}

/** What is chosen, with times as the gate takes them. */
function selectionOf({ values, now }: Invocation): { chosen: Record<string, string> } | Report {
  const chosen: Record<string, string> = {};
  for (const name of ['agent', 'workflow', 'session'] as const) {
    const value = option(values, name);
    if (value !== undefined) chosen[name] = value;
  }
  for (const name of ['since', 'until'] as const) {
    const text = option(values, name);
    if (text === undefined) continue;
    const time = sinceOf(text, now);
    if (time === undefined)
      return misuse(`--${name} "${text}" is no time. Say 90m, 2h, 3d or 2026-11-22T09:00:00Z.`);
    chosen[name] = time;
  }
  const named = ['agent', 'workflow', 'session', 'since'].some((name) => name in chosen);
  return named ? { chosen } : misuse('Say whose calls: --agent, --workflow, --session or --since.');
}

/** What a person does to the plan that is shown: the digest says that it is that one. */
async function onPlan(call: Invocation, word: 'approval' | 'run'): Promise<Report> {
  const given = givenOf(call);
  if ('exit' in given) return given;
  const digest = await digestOf(call, given.id);
  if (typeof digest !== 'string') return digest;
  const answer = await post(call, given.id, word, { digest, reason: given.reason });
  if (answer.kind !== 'ok') return unanswered(answer, call.access.gate, `toolgate rollback show ${given.id}`);
  return word === 'run' && call.values['no-wait'] !== true ? followed(call, given.id) : shown(call, given.id);
}

async function forced(call: Invocation): Promise<Report> {
  const given = givenOf(call);
  if ('exit' in given) return given;
  const calls = (option(call.values, 'force') ?? '').split(',').map((text) => text.trim());
  const wrong = calls.find((text) => !isId('call', text));
  if (wrong !== undefined) return misuse(`"${wrong}" is no call id. toolgate rollback show lists them.`);
  const digest = await digestOf(call, given.id);
  if (typeof digest !== 'string') return digest;
  const answer = await post(call, given.id, 'force', { digest, reason: given.reason, calls });
  if (answer.kind !== 'ok') return unanswered(answer, call.access.gate, `toolgate rollback show ${given.id}`);
  const planned = await follow(call, given.id);
  if (planned.kind !== 'ok') return unanswered(planned, call.access.gate, look);
  // Nobody else has to approve it: then the person who forces it has seen all that there is.
  if (planned.value.status !== 'planned' || planned.value.plan?.needs !== 0) return shown(call, given.id);
  const again = { digest: planned.value.plan.digest, reason: given.reason };
  const ran = await post(call, given.id, 'run', again);
  return ran.kind === 'ok' ? followed(call, given.id) : unanswered(ran, call.access.gate, look);
}

function givenOf(call: Invocation): { id: string; reason: string } | Report {
  const id = call.args[0] ?? '';
  if (!isId('roll', id)) return misuse(`"${id}" is no rollback. ${look}`);
  const reason = option(call.values, 'reason');
  return reason?.trim() ? { id, reason } : misuse('Say why: --reason "…".');
}

/** Of the plan that the person looked at, or of the one that is there now. */
async function digestOf(call: Invocation, id: string): Promise<string | Report> {
  const given = option(call.values, 'digest');
  if (given !== undefined) return given;
  const page = await askOps<RollbackPage>(call.access, 'GET', `/rollbacks/${id}?from=1000000`);
  if (page.kind !== 'ok') return unanswered(page, call.access.gate, look);
  const digest = page.value.rollback.plan?.digest;
  return digest ?? misuse(`There is no plan yet. toolgate rollback show ${id} says why.`);
}

async function post(
  call: Invocation,
  id: string,
  word: string,
  body: unknown,
): Promise<GateAnswer<RollbackView>> {
  return askOps(call.access, 'POST', `/rollbacks/${id}/${word}`, body);
}

async function follow(call: Invocation, id: string): Promise<GateAnswer<RollbackView>> {
  return followRollback(call.access, id, PATIENCE_MS, (view) => {
    call.stderr.write(`${printable(`${id}: ${progressLine(view)}`)}\n`);
  });
}

/** Follows it to where it waits for people or has ended, and shows it. */
async function followed(call: Invocation, id: string): Promise<Report> {
  const end = await follow(call, id);
  return end.kind === 'ok' ? shown(call, id) : unanswered(end, call.access.gate, look);
}

async function shown(call: Invocation, id: string): Promise<Report> {
  const whole = await wholeOf(call, id);
  if ('exit' in whole) return whole;
  const { status } = whole.rollback;
  return { text: printable(rollbackSheet(whole)), json: whole, exit: status === 'failed' ? 1 : 0 };
}

async function wholeOf(call: Invocation, id: string): Promise<RollbackPage | Report> {
  if (!isId('roll', id)) return misuse(`"${id}" is no rollback. ${look}`);
  const whole = await wholeRollback(call.access, id);
  return whole.kind === 'ok' ? whole.value : unanswered(whole, call.access.gate, look);
}
