import { isTarget } from '../../flags/targets.ts';
import type { Receipt, ReceiptPage } from '../../shared/rpc.ts';
import { misuse, option, query, report, type Command, type Invocation } from '../lib/command.ts';
import { table, when, type Report } from '../lib/output.ts';
import { receiptSheet } from '../lib/receipt-view.ts';

export const receipts: Command = {
  name: 'receipts',
  summary: 'What stops came to: one receipt, or the newest',
  usage: '[<id>] [--target <target>] [--status <status>] [--since <time>] [--limit <n>]',
  examples: [
    'toolgate receipts',
    'toolgate receipts rcpt_01KAN3V4XQ8Y6Z0B7C2D5E9F1G',
    'toolgate receipts --target all --status settled',
  ],
  details: [
    '<id>       one receipt, whole',
    '--target   only of this target, such as tool:crm',
    '--status   forming, confirmed or settled',
    '--since    stopped at this time (RFC 3339) or later',
    '--limit    so many (50)',
  ],
  options: {
    target: { type: 'string' },
    status: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
  },
  takes: 0,
  mayTake: 1,
  person: 'auditor',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const id = call.args[0];
  if (id !== undefined)
    return report(
      call,
      ['GET', `/receipts/${encodeURIComponent(id)}`],
      receiptSheet,
      'toolgate receipts lists the newest.',
    );
  const target = option(call.values, 'target');
  if (target !== undefined && !isTarget(target)) return misuse(`"${target}" is no target.`);
  const filter = Object.fromEntries(
    ['target', 'status', 'since', 'limit'].map((name) => [name, option(call.values, name)]),
  );
  return report(call, ['GET', `/receipts${query(filter)}`], (page: ReceiptPage) => list(page, call.now));
}

function list({ receipts: found, next }: ReceiptPage, now: number): string {
  const titles = ['RECEIPT', 'TARGET', 'STATUS', 'STOPPED', 'BY', 'CONFIRMED AFTER', 'UNDER WAY'];
  const shown = table(
    titles,
    found.map((receipt) => row(receipt, now)),
    'There is no such receipt.',
  );
  return next === null ? shown : `${shown}\n\nThere are more: --limit, --since and --target choose.`;
}

function row({ id, target, status, stopAt, by, confirmMs, inFlight }: Receipt, now: number): string[] {
  const took = confirmMs === null ? '' : `${confirmMs} ms`;
  return [id, target, status, when(stopAt, now), by, took, String(inFlight.length)];
}
