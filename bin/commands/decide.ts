import { isId } from '../../shared/ids.ts';
import { reasonCodes, type Approval, type ApprovalSheet, type DecidedOne } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { decidedFacts } from '../lib/approval-sheet.ts';
import { likeIt } from '../lib/like-approvals.ts';
import { table, type Report } from '../lib/output.ts';

const MORE = 'toolgate approvals --all lists what waits and what is decided.';
/** A batch at the most. */
const TOGETHER = 100;

export const approve = decision('approve', 'Let waiting calls run, exactly as they are shown', [
  'toolgate approve appr_01JD0000000000000000000000 --reason as-expected',
  'toolgate approve appr_01JD0000000000000000000000 --digest 3f5a1c09e7d2 --reason verified-with-customer',
  'toolgate approve --all-like appr_01JD0000000000000000000000 --reason as-expected',
]);
export const reject = decision('reject', 'Refuse waiting calls', [
  'toolgate reject appr_01JD0000000000000000000000 --reason wrong-target',
  'toolgate reject appr_01JD0000000000000000000000 appr_01JD0000000000000000000001 --reason suspicious',
]);

interface Said {
  decision: 'approve' | 'reject';
  reason: string;
  note?: string;
}

function decision(verb: 'approve' | 'reject', summary: string, examples: readonly string[]): Command {
  return {
    name: verb,
    summary,
    usage: '<id>… --reason <code> [--digest <text>] [--all-like <id>] [--note <text>]',
    examples,
    details: [
      '<id>         of approvals, as toolgate approvals lists them; of several, each is decided by itself',
      `--reason     ${reasonCodes.join(', ')}`,
      '--digest     what you looked at, or its beginning: needed once somebody edited the call',
      '--all-like   all that wait of the same agent and action, for the same policies',
      '--note       more, for whoever reads the journal',
    ],
    options: {
      reason: { type: 'string' },
      digest: { type: 'string' },
      'all-like': { type: 'string' },
      note: { type: 'string' },
    },
    takes: 0,
    mayTake: TOGETHER,
    person: 'approver',
    run: async (call) => run(call, verb),
  };
}

async function run(call: Invocation, verb: 'approve' | 'reject'): Promise<Report> {
  const like = option(call.values, 'all-like');
  const ids = like === undefined ? [...call.args] : [like];
  const wrong = ids.find((id) => !isId('appr', id));
  const reason = reasonCodes.find((code) => code === option(call.values, 'reason'));
  if (wrong !== undefined)
    return misuse(`"${wrong}" is no approval. toolgate approvals lists those that wait.`);
  if (ids.length === 0 || (like !== undefined && call.args.length > 0))
    return misuse('Name approvals, or one with --all-like. toolgate approvals lists those that wait.');
  if (!reason) return misuse(`Say why with a code: --reason ${reasonCodes.join(' | ')}`);
  const note = option(call.values, 'note');
  const said: Said = { decision: verb, reason, ...(note !== undefined && { note }) };
  if (like !== undefined) return decideLike(call, like, said);
  return ids.length === 1 ? decideOne(call, ids[0] ?? '', said) : decideAll(call, ids, said);
}

/** The digest that is sent is that of what was shown: what was edited since is not decided on unseen. */
async function decideOne(call: Invocation, id: string, said: Said): Promise<Report> {
  const answer = await askOps<ApprovalSheet>(call.access, 'GET', `/approvals/${id}`);
  if (answer.kind !== 'ok') return unanswered(answer, call.access.gate, MORE);
  const { digest, revision } = answer.value;
  const seen = option(call.values, 'digest');
  const edited = `It was edited: look at it with toolgate approval ${id}, and name its --digest.`;
  if (seen === undefined && revision > 0) return misuse(edited);
  if (seen !== undefined && (seen.length < 8 || !digest.startsWith(seen)))
    return misuse(revision > 0 ? edited : `That is not the digest of ${id}: look at it again.`);
  return report(
    call,
    ['POST', `/approvals/${id}/decision`, { ...said, digest }],
    (approval: Approval) => decidedFacts(approval),
    MORE,
  );
}

async function decideLike(call: Invocation, id: string, said: Said): Promise<Report> {
  const found = await likeIt(call, id);
  return 'text' in found ? found : decideTogether(call, found.slice(0, TOGETHER), said);
}

async function decideAll(call: Invocation, ids: readonly string[], said: Said): Promise<Report> {
  const looked: ApprovalSheet[] = [];
  for (const id of new Set(ids)) {
    const answer = await askOps<ApprovalSheet>(call.access, 'GET', `/approvals/${id}`);
    if (answer.kind !== 'ok') return unanswered(answer, call.access.gate, MORE);
    if (answer.value.revision > 0)
      return misuse(`${id} was edited: look at it with toolgate approval ${id}, and decide on it by itself.`);
    looked.push(answer.value);
  }
  return decideTogether(call, looked, said);
}

async function decideTogether(
  call: Invocation,
  all: readonly Pick<Approval, 'id' | 'digest'>[],
  said: Said,
): Promise<Report> {
  const decisions = all.map(({ id, digest }) => ({ id, digest, ...said }));
  const told = await report(
    call,
    ['POST', '/approval-decisions', { decisions }],
    ({ decided }: { decided: DecidedOne[] }) => outcomes(decided),
    MORE,
  );
  const { decided } = told.json as { decided?: DecidedOne[] };
  // One that was refused is no success, whatever came of the others.
  return decided?.some(({ outcome }) => !outcome.ok) === true ? { ...told, exit: 1 } : told;
}

function outcomes(decided: readonly DecidedOne[]): string {
  const rows = decided.map(({ id, outcome }) => [
    id,
    outcome.ok ? outcome.value.status : 'not decided',
    outcome.ok ? '' : (outcome.problem.detail ?? outcome.problem.code),
  ]);
  return table(['APPROVAL', 'STATUS', 'WHY'], rows, 'There were none.');
}
