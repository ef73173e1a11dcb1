import { isId } from '../../shared/ids.ts';
import type { OperatorAct } from '../../shared/rpc.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { facts } from '../lib/output.ts';

export const undo = operation(
  'undo',
  'undo',
  "Take an agent's call back by its contract's undo, for as long as its manifest lets you",
);
export const cancel = operation('cancel', 'cancel', 'Cancel what a call has scheduled for later');
export const recover = operation(
  'recover',
  'recovery',
  'Ask the vendor how a call without a clear outcome ended',
);

/** What the operators' lane does to one call, also while a stop covers it. */
function operation(name: string, kind: OperatorAct['kind'], summary: string): Command {
  return {
    name,
    summary,
    usage: '<call> --reason <text> [--agent <name>]',
    examples: [`toolgate ${name} call_01JD0000000000000000000000 --reason "sent to the wrong channel"`],
    details: [
      '<call>     id of the call, as toolgate calls lists it',
      '--reason   why, for the journal and the receipts of the stops that cover it',
      '--agent    whose call it is; else the audit log is asked, which may be some seconds behind',
    ],
    options: { reason: { type: 'string' }, agent: { type: 'string' } },
    takes: 1,
    person: 'operator',
    run: async (call) => {
      const id = call.args[0] ?? '';
      const reason = option(call.values, 'reason');
      if (!isId('call', id)) return misuse(`"${id}" is no call id. toolgate calls lists them.`);
      if (!reason?.trim()) return misuse('Say why: --reason "…".');
      const agent = option(call.values, 'agent');
      const body = { reason, ...(agent !== undefined && { agent }) };
      return report(
        call,
        ['POST', `/calls/${id}/${kind}`, body],
        show,
        `toolgate call ${id} shows what is known of it.`,
      );
    },
  };
}

function show({ kind, call, of, action, person, outcome }: OperatorAct): string {
  return facts([
    [kind, of],
    ['by', `${person}, as ${call}`],
    ['action', action],
    ['outcome', meaning[outcome]],
  ]);
}

const meaning: Record<OperatorAct['outcome'], string> = {
  running: 'running: toolgate call shows how it ends',
  waiting: 'waiting for the time from which the vendor can tell; toolgate call shows what it says',
  succeeded: 'succeeded',
  failed: 'failed: nothing was changed',
  lapsed: 'lapsed: nothing was sent; ask again',
  indeterminate: 'indeterminate: look at the vendor',
  unknown: 'unknown: the vendor could not tell; look there',
};
