import { isTarget } from '../../flags/targets.ts';
import type { Resumed } from '../../shared/rpc.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { facts, printable } from '../lib/output.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'End a stop',
  usage: '<target> --reason <text> [--alone]',
  examples: [
    'toolgate resume tool:crm --reason "HubSpot is well again"',
    'toolgate resume all --reason "drill done"',
    'toolgate resume all --alone --reason "nobody else is on call, cause found and fixed"',
  ],
  details: [
    '<target>   as it was stopped; all needs two people within ten minutes, each as himself',
    '--reason   why it is right to go on',
    '--alone    without the second person, if there is none: it raises an alert and is shown for a day',
  ],
  options: { reason: { type: 'string' }, alone: { type: 'boolean' } },
  takes: 1,
  person: 'operator',
  run: async (call) => {
    const target = call.args[0] ?? '';
    const reason = option(call.values, 'reason');
    if (!isTarget(target)) return misuse(`"${target}" is no target. toolgate status lists what is stopped.`);
    if (reason === undefined) return misuse('Say why: --reason "…".');
    const body = { reason, ...(call.values['alone'] === true && { alone: true }) };
    return report(
      call,
      ['DELETE', `/stops/${encodeURIComponent(target)}`, body],
      show,
      'toolgate status shows what is stopped, by what, and who must still agree.',
    );
  },
};

function show({ target, epoch, status, waiting, alone, stillStoppedBy, note }: Resumed): string {
  const head = facts([
    [status === 'resumed' ? 'resumed' : 'still stopped', target],
    ['epoch', epoch],
    ['alone', alone ? 'yes: an alert was raised' : null],
    ['waits for', waiting ? `a second person, until ${waiting.until}` : null],
    ['still stopped by', stillStoppedBy.join(', ')],
  ]);
  const second =
    waiting &&
    `The second person says: toolgate resume ${target} --reason "…"  (on this machine: --as operator2)`;
  return [head, note, second]
    .filter((part) => part !== null)
    .map(printable)
    .join('\n\n');
}
