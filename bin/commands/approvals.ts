import { decisionsInForce, type Approval, type ApprovalPage, type ApprovalSheet } from '../../shared/rpc.ts';
import { isId } from '../../shared/ids.ts';
import { fullSheetOf, sheetOf } from '../lib/approval-sheet.ts';
import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { table } from '../lib/output.ts';

/** Sheets are long: so many fit a look. */
const PAGE = '20';

export const approvals: Command = {
  name: 'approvals',
  summary: 'What waits for a person, and all that is needed to decide it',
  usage: '[--mine] [--all] [--workflow <name>] [--limit <n>] [--after <cursor>]',
  examples: [
    'toolgate approvals',
    'toolgate approvals --mine',
    'toolgate approvals --all --limit 100',
    'toolgate approvals --workflow lead-routing --json',
  ],
  details: [
    '--mine       only what you may decide on now',
    '--all        also what is decided or expired, as a list',
    '--workflow   only of one workflow',
    `--limit      how many at once (${PAGE})`,
    '--after      the next page, as the one before names it',
  ],
  options: {
    all: { type: 'boolean' },
    mine: { type: 'boolean' },
    workflow: { type: 'string' },
    limit: { type: 'string' },
    after: { type: 'string' },
  },
  takes: 0,
  person: 'approver',
  run: async (call) => {
    const all = call.values['all'] === true;
    const path = `/approvals${query({
      status: all ? undefined : 'waiting',
      workflow: option(call.values, 'workflow'),
      mine: call.values['mine'] === true ? 'true' : undefined,
      limit: option(call.values, 'limit') ?? PAGE,
      after: option(call.values, 'after'),
    })}`;
    return report(call, ['GET', path], (page: ApprovalPage) => {
      const shown = all ? list(page.approvals) : sheets(page, call.now);
      return page.next === null ? shown : `${shown}\n\nThere is more: --after ${page.next}`;
    });
  },
};

export const approvalShow: Command = {
  name: 'approval',
  summary: 'One request for approval: all that is needed to decide it, and what was decided before',
  usage: '<id>',
  examples: ['toolgate approval appr_01JD0000000000000000000000'],
  options: {},
  takes: 1,
  person: 'approver',
  run: async (call) => {
    const id = call.args[0] ?? '';
    if (!isId('appr', id)) return misuse(`"${id}" is no approval. toolgate approvals lists those that wait.`);
    return report(
      call,
      ['GET', `/approvals/${id}`],
      (sheet: ApprovalSheet) => fullSheetOf(sheet, call.now),
      'toolgate approvals --all lists what waits and what is decided.',
    );
  },
};

function list(found: readonly Approval[]): string {
  const rows = found.map((approval) => [
    approval.id,
    approval.status,
    approval.agent,
    approval.action,
    approval.requestedAt,
    decisionsInForce(approval)
      .map(({ by, reason }) => `${by} (${reason})`)
      .join(', '),
  ]);
  return table(['APPROVAL', 'STATUS', 'AGENT', 'ACTION', 'REQUESTED', 'DECIDED BY'], rows, 'There are none.');
}

function sheets({ approvals: found, waiting }: ApprovalPage, now: number): string {
  if (found.length === 0)
    return waiting === 0 ? 'Nothing waits for a person.' : `Nothing here; ${waiting} wait in all.`;
  const shown = found.map((approval) => sheetOf(approval, now)).join('\n\n');
  return waiting > found.length ? `${shown}\n\n${waiting} wait in all.` : shown;
}
