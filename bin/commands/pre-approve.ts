import { isId } from '../../shared/ids.ts';
import { reasonCodes, type PreApproval } from '../../shared/rpc.ts';
import { misuse, option, options, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

export const preApprove: Command = {
  name: 'preapprove',
  summary: 'Say yes to a bounded number of calls that are yet to come, for a bounded time',
  usage: '--agent <name> --action <name> --count <n> --minutes <n> --reason <code> [--where /path=value]…',
  examples: [
    'toolgate preapprove --agent content-writer --action cms.post.publish --count 5 --minutes 60 --reason as-expected',
    'toolgate preapprove --agent lead-router --action crm.contact.update --where /id=42 --count 1 --minutes 15 --reason verified-with-customer',
  ],
  details: [
    '--count     calls, 1 to 500',
    '--minutes   how long, 1 to 480',
    '--where     what the input must hold there (JSON Pointer); several must all hold',
    `--reason    ${reasonCodes.join(', ')}`,
    'Each use is checked like a decision of yours by hand. It never counts for a call with an untrusted argument, nor for one',
    'that cannot be undone and needs two people.',
  ],
  options: {
    agent: { type: 'string' },
    action: { type: 'string' },
    count: { type: 'string' },
    minutes: { type: 'string' },
    where: { type: 'string', multiple: true },
    reason: { type: 'string' },
    note: { type: 'string' },
  },
  takes: 0,
  person: 'approver',
  run: async (call) => {
    const { values } = call;
    const reason = reasonCodes.find((code) => code === option(values, 'reason'));
    if (!reason) return misuse(`Say why with a code: --reason ${reasonCodes.join(' | ')}`);
    const [agent, action] = [option(values, 'agent'), option(values, 'action')];
    if (agent === undefined || action === undefined) return misuse('Name the --agent and the --action.');
    const [count, minutes] = [Number(option(values, 'count')), Number(option(values, 'minutes'))];
    if (!Number.isInteger(count) || !Number.isInteger(minutes))
      return misuse('Say for how many calls, and for how long: --count 5 --minutes 60');
    const where = whereOf(options(values, 'where'));
    if (!where) return misuse('A place and its value: --where /path=value');
    const note = option(values, 'note');
    const body = { agent, action, where, count, minutes, reason, ...(note !== undefined && { note }) };
    return report(call, ['POST', '/pre-approvals', body], (made: PreApproval) => one(made, call.now));
  },
};

export const preApprovals: Command = {
  name: 'preapprovals',
  summary: 'What people approved beforehand, how much of it is used, and until when',
  usage: '',
  examples: ['toolgate preapprovals', 'toolgate preapprovals --json'],
  options: {},
  takes: 0,
  person: 'approver',
  run: async (call) =>
    report(call, ['GET', '/pre-approvals'], ({ preApprovals: all }: { preApprovals: PreApproval[] }) => {
      const rows = all.map((item) => [
        item.id,
        stateOf(item, call.now),
        `${item.used} of ${item.count}`,
        item.agent,
        item.action,
        item.by,
        when(item.until, call.now),
      ]);
      const titles = ['PRE-APPROVAL', 'STATE', 'USED', 'AGENT', 'ACTION', 'BY', 'UNTIL'];
      return table(titles, rows, 'Nothing is approved beforehand.');
    }),
};

export const preApprovalEnd: Command = {
  name: 'preapprovals end',
  summary: 'End a pre-approval before its time; anybody who may decide may end it',
  usage: '<id>',
  examples: ['toolgate preapprovals end pre_01JD0000000000000000000000'],
  options: {},
  takes: 1,
  person: 'approver',
  run: async (call) => {
    const id = call.args[0] ?? '';
    if (!isId('pre', id)) return misuse(`"${id}" is no pre-approval. toolgate preapprovals lists them.`);
    return report(
      call,
      ['DELETE', `/pre-approvals/${id}`],
      (ended: PreApproval) => one(ended, call.now),
      'toolgate preapprovals lists them.',
    );
  },
};

function one(made: PreApproval, now: number): string {
  return facts([
    ['pre-approval', made.id],
    ['state', stateOf(made, now)],
    ['agent', `${made.agent} (${made.workflow})`],
    ['action', made.action],
    ['where', Object.keys(made.where).length > 0 ? made.where : null],
    ['used', `${made.used} of ${made.count}`],
    ['until', `${made.until}, ${when(made.until, now)}`],
    ['by', made.by],
  ]);
}

function stateOf({ endedAt, endedBy, used, count, until }: PreApproval, now: number): string {
  if (endedAt !== null) return `ended by ${endedBy ?? 'somebody'}`;
  if (used >= count) return 'used up';
  return now < Date.parse(until) ? 'good' : 'over';
}

/** Null: not readable. Ids look like numbers and are text, so everything is text but what is in JSON's own words. */
function whereOf(pairs: readonly string[]): Record<string, unknown> | null {
  const where: [string, unknown][] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 2 || !pair.startsWith('/')) return null;
    where.push([pair.slice(0, at), wordOf(pair.slice(at + 1))]);
  }
  return Object.fromEntries(where);
}

function wordOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  // A number is written as number:5, as most ids are texts of digits.
  return text.startsWith('number:') ? Number(text.slice('number:'.length)) : text;
}
