import type { SetPage, SetRecord } from '../../shared/rpc.ts';
import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { facts, table } from '../lib/output.ts';
import { changing, isSetVersion } from './policy.ts';

export const policyHistory: Command = {
  name: 'policy history',
  summary: 'Every policy set that is or was in force: who, when, why, and who approved it',
  usage: '[--limit <n>] [--after <number>]',
  examples: ['toolgate policy history', 'toolgate policy history --limit 5 --json'],
  details: ['--limit   how many, newest first (20)', '--after   only sets before this number: the next page'],
  options: { limit: { type: 'string' }, after: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const [limit, after] = [option(call.values, 'limit'), option(call.values, 'after')];
    return report(call, ['GET', `/governance${query({ limit, after })}`], page);
  },
};

export const policyRollback: Command = {
  name: 'policy rollback',
  summary: 'Put an earlier policy set in force again, by the same rules as a new one',
  usage: '<version> --reason <text>',
  examples: [
    'toolgate policy rollback ps_0123456789abcdef0123456789abcdef --reason "the new one holds every lead"',
  ],
  details: [
    '<version>   of a set that was in force: toolgate policy history',
    '--reason    why; recorded with it',
    '',
    'If it allows more than what is in force, it waits for a second person. A set that was made for other contracts of the',
    'tools than those of today is refused.',
  ],
  options: { reason: { type: 'string' } },
  takes: 1,
  person: 'owner',
  run: async (call) => {
    const version = call.args[0] ?? '';
    const reason = option(call.values, 'reason')?.trim();
    if (!isSetVersion(version))
      return misuse(`"${version}" is no version of a policy set. toolgate policy history shows them.`);
    if (!reason) return misuse('Say why: --reason "…".');
    return changing(call, ['POST', `/governance/${version}/rollback`, { reason }]);
  },
};

function page({ sets, next, rechecks }: SetPage): string {
  const rows = sets.map((set) => [
    set.inForce ? `${set.n} *` : String(set.n),
    set.version,
    set.at,
    set.origin === 'rolled-back' ? `${set.by} (rollback)` : set.by,
    set.approvedBy ?? '',
    reasons(set),
  ]);
  const list = table(
    ['NO.', 'VERSION', 'IN FORCE FROM', 'BY', 'APPROVED BY', 'WHY'],
    rows,
    'No set was ever in force.',
  );
  const { agreed, differed, unanswered, unsent } = rechecks;
  const compared = facts([
    ['in force', '*'],
    ['older', next === null ? null : `toolgate policy history --after ${next}`],
    [
      'decisions compared with real Cedar',
      `${agreed} agreed, ${differed} differed, ${unanswered} could not be asked, ${unsent} not sent`,
    ],
  ]);
  return `${list}\n\n${compared}`;
}

function reasons({ reason, approvalReason }: SetRecord): string {
  return [reason, approvalReason].filter((text) => text !== null && text !== '').join(' / ');
}
