import { isId } from '../../shared/ids.ts';
import { reasonCodes, type Approval } from '../../shared/rpc.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { facts } from '../lib/output.ts';

export const approve = decision('approve', 'Let a waiting call run, exactly as it was asked', [
  'as-expected',
  'verified-with-customer',
]);
export const reject = decision('reject', 'Refuse a waiting call', ['wrong-target', 'suspicious']);

function decision(verb: 'approve' | 'reject', summary: string, examples: readonly string[]): Command {
  return {
    name: verb,
    summary,
    usage: '<id> --reason <code> [--note <text>]',
    examples: examples.map((code) => `toolgate ${verb} appr_01JD0000000000000000000000 --reason ${code}`),
    details: [
      '<id>       of the approval, as toolgate approvals lists it',
      `--reason   ${reasonCodes.join(', ')}`,
      '--note     more, for whoever reads the journal',
    ],
    options: { reason: { type: 'string' }, note: { type: 'string' } },
    takes: 1,
    person: 'approver',
    run: async (call) => {
      const id = call.args[0] ?? '';
      const reason = reasonCodes.find((code) => code === option(call.values, 'reason'));
      if (!isId('appr', id))
        return misuse(`"${id}" is no approval. toolgate approvals lists those that wait.`);
      if (!reason) return misuse(`Say why with a code: --reason ${reasonCodes.join(' | ')}`);
      const note = option(call.values, 'note');
      const body = { decision: verb, reason, ...(note !== undefined && { note }) };
      return report(
        call,
        ['POST', `/approvals/${id}/decision`, body],
        show,
        'toolgate approvals --all lists what waits and what is decided.',
      );
    },
  };
}

function show(approval: Approval): string {
  const given = approval.decisions.map(({ by, decision, reason }) => `${by} ${decision} (${reason})`);
  return facts([
    ['approval', approval.id],
    ['status', approval.status],
    ['decisions', given.join(', ')],
    ['needs', approval.needs > approval.decisions.length ? `${approval.needs} in all` : null],
    ['call', approval.call],
    ['see', `toolgate call ${approval.call}`],
  ]);
}
