import { isId } from '../../shared/ids.ts';
import type { OperatorAct } from '../../shared/rpc.ts';
import { misuse, option, report, type Command, type Invocation } from '../lib/command.ts';
import { facts, type Report } from '../lib/output.ts';

/** What every command that acts on a call in the operators' lane takes. */
export const laneDetails = [
  '<call>     id of the call, as toolgate calls lists it',
  '--reason   why, for the journal and the receipts of the stops that cover it',
  '--agent    whose call it is; else the audit log is asked, which may be some seconds behind',
];

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
    details: laneDetails,
    options: { reason: { type: 'string' }, agent: { type: 'string' } },
    takes: 1,
    person: 'operator',
    run: async (call) => {
      const asked = askedOf(call);
      if (!asked.ok) return asked.report;
      const look = `toolgate call ${asked.id} shows what is known of it.`;
      return report(call, ['POST', `/calls/${asked.id}/${kind}`, asked.body], show, look);
    },
  };
}

/** Which call, and the body that asks for it; or what is missing. */
export function askedOf(
  call: Invocation,
): { ok: true; id: string; body: { reason: string; agent?: string } } | { ok: false; report: Report } {
  const id = call.args[0] ?? '';
  const reason = option(call.values, 'reason');
  if (!isId('call', id))
    return { ok: false, report: misuse(`"${id}" is no call id. toolgate calls lists them.`) };
  if (!reason?.trim()) return { ok: false, report: misuse('Say why: --reason "…".') };
  const agent = option(call.values, 'agent');
  return { ok: true, id, body: { reason, ...(agent !== undefined && { agent }) } };
}

/** What a person had done in the lane, and how it ended. */
export function show({
  kind,
  call,
  of,
  action,
  person,
  outcome,
  why,
  forced,
  verified,
}: OperatorAct): string {
  return facts([
    [kind, of],
    ['by', `${person}, as ${call}`],
    ['action', action],
    ['outcome', why === undefined ? meaning[outcome] : `${meaning[outcome]} (${why})`],
    ['forced', forced && 'over a later change; the journal has what was overridden'],
    ['verified', verified === undefined ? null : seen[String(verified) as keyof typeof seen]],
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

const seen = {
  true: 'yes: the vendor was looked at again and holds what is wanted',
  false: 'no: the vendor was looked at again and holds something else; look there',
  unknown: 'unknown: what the vendor holds now could not be told; look there',
};
