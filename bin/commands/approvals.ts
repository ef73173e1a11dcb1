import type { Approval, ApprovalPage } from '../../shared/rpc.ts';
import { option, query, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

export const approvals: Command = {
  name: 'approvals',
  summary: 'What waits for a person, and all that is needed to decide it',
  usage: '[--all] [--workflow <name>]',
  examples: [
    'toolgate approvals',
    'toolgate approvals --all',
    'toolgate approvals --workflow lead-routing --json',
  ],
  details: ['--all        also what is decided or expired, as a list', '--workflow   only of one workflow'],
  options: { all: { type: 'boolean' }, workflow: { type: 'string' } },
  takes: 0,
  person: 'approver',
  run: async (call) => {
    const all = call.values['all'] === true;
    const workflow = option(call.values, 'workflow');
    const path = `/approvals${query({ status: all ? undefined : 'waiting', workflow })}`;
    return report(call, ['GET', path], ({ approvals: found }: ApprovalPage) =>
      all ? list(found) : sheets(found, call.now),
    );
  },
};

function list(found: readonly Approval[]): string {
  const rows = found.map(({ id, status, agent, action, requestedAt, decisions }) => [
    id,
    status,
    agent,
    action,
    requestedAt,
    decisions.map(({ by, reason }) => `${by} (${reason})`).join(', '),
  ]);
  return table(['APPROVAL', 'STATUS', 'AGENT', 'ACTION', 'REQUESTED', 'DECIDED BY'], rows, 'There are none.');
}

function sheets(found: readonly Approval[], now: number): string {
  if (found.length === 0) return 'Nothing waits for a person.';
  return found.map((approval) => sheet(approval, now)).join('\n\n');
}

function sheet(approval: Approval, now: number): string {
  const { because } = approval;
  return facts([
    ['approval', approval.id],
    ['call', approval.call],
    [
      'agent',
      `${approval.agent} (${approval.workflow})${approval.user === null ? '' : ` for ${approval.user}`}`,
    ],
    ['action', approval.action],
    ['effect', approval.effect],
    ['undo', approval.undo],
    ['input', approval.input],
    ['changes', approval.preview?.changes],
    ['goal', because?.goal],
    ['explanation', because?.explanation],
    ['sources', because?.sources.join(', ')],
    ['confidence', approval.confidence === null ? null : `${approval.confidence} %`],
    ['policies', approval.policies.map(({ id, reason }) => `${id}: ${reason}`).join('; ')],
    [
      'needs',
      `${approval.needs} approval${approval.needs === 1 ? '' : 's'}, ${approval.decisions.length} given`,
    ],
    ['deadline', `${approval.deadline}, ${when(approval.deadline, now)}; then it is denied`],
    [
      'decide',
      `toolgate approve ${approval.id} --reason as-expected   or   toolgate reject ${approval.id} --reason …`,
    ],
  ]);
}
