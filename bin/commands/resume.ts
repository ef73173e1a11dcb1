import { isTarget } from '../../flags/targets.ts';
import type { Resumed } from '../../shared/rpc.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { facts } from '../lib/output.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'End a stop',
  usage: '<target> --reason <text>',
  examples: [
    'toolgate resume all --reason "drill done"',
    'toolgate resume tool:crm --reason "HubSpot is well again"',
  ],
  details: ['<target>   as it was stopped', '--reason   why it is right to go on'],
  options: { reason: { type: 'string' } },
  takes: 1,
  person: 'operator',
  run: async (call) => {
    const target = call.args[0] ?? '';
    const reason = option(call.values, 'reason');
    if (!isTarget(target)) return misuse(`"${target}" is no target. toolgate status lists what is stopped.`);
    if (reason === undefined) return misuse('Say why: --reason "…".');
    return report(call, ['DELETE', `/stops/${encodeURIComponent(target)}`, { reason }], show);
  },
};

function show({ target, epoch, stillStoppedBy }: Resumed): string {
  return facts([
    ['resumed', target],
    ['epoch', epoch],
    ['still stopped by', stillStoppedBy.join(', ')],
  ]);
}
