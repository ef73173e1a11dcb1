import type { Delegation } from '../../shared/rpc.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { facts, table } from '../lib/output.ts';

export const delegations: Command = {
  name: 'delegations',
  summary: 'Who decides for whom, since when and until when',
  usage: '[--all]',
  examples: ['toolgate delegations', 'toolgate delegations --all --json'],
  details: ['--all   those that are over, too'],
  options: { all: { type: 'boolean' } },
  takes: 0,
  person: 'auditor',
  run: async (call) =>
    report(call, ['GET', '/delegations'], (found: Delegation[]) =>
      table(
        ['DELEGATION', 'FROM', 'TO', 'AS', 'SINCE', 'UNTIL', 'ENDED', 'WHY'],
        found
          .filter((one) => call.values['all'] === true || isInForce(one, call.now))
          .map(({ id, from, to, roles, since, until, endedAt, reason }) => {
            return [id, from, to, roles.join(', '), since, until, endedAt ?? '', reason];
          }),
        'Nobody decides for anybody else.',
      ),
    ),
};

export const delegate: Command = {
  name: 'delegate',
  summary: 'Have another person decide for you while you are away, or end that',
  usage: '<mail> --until <time> --reason <text> | --end <delegation>',
  examples: [
    'toolgate delegate approver2@sandbox.example --until 2026-12-24T18:00:00Z --reason "on holiday"',
    'toolgate delegate --end deleg_01JD0000000000000000000000',
  ],
  details: [
    '--until    RFC 3339, at most 30 days ahead',
    '--reason   why; recorded',
    '--end      either of the two, or an owner, ends it before its time',
    'What is lent is your own right to decide. It is not lent on, and nobody decides on what an agent does for you.',
  ],
  options: { until: { type: 'string' }, reason: { type: 'string' }, end: { type: 'string' } },
  takes: 0,
  mayTake: 1,
  person: 'approver',
  run: async (call) => {
    const [to] = call.args;
    const [until, reason, end] = ['until', 'reason', 'end'].map((name) => option(call.values, name));
    const look = 'toolgate delegations lists them.';
    if (end !== undefined) {
      if (to !== undefined) return misuse('Either name a person, or --end a delegation.');
      return report(call, ['POST', `/delegations/${encodeURIComponent(end)}/end`, {}], show, look);
    }
    if (to === undefined) return misuse('Name the person by mail address, or --end a delegation.');
    if (until === undefined) return misuse('Say until when: --until 2026-12-24T18:00:00Z.');
    if (!reason?.trim()) return misuse('Say why: --reason "…".');
    return report(call, ['POST', '/delegations', { to, until, reason }], show, look);
  },
};

function isInForce({ endedAt, until }: Delegation, now: number): boolean {
  return endedAt === null && now < Date.parse(until);
}

function show({ id, from, to, roles, until, endedAt }: Delegation): string {
  return facts([
    ['delegation', id],
    ['from', from],
    ['to', to],
    ['as', roles.join(', ')],
    ['until', until],
    ['ended', endedAt ?? ''],
  ]);
}
