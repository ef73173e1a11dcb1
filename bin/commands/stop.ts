import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isTarget } from '../../flags/targets.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import type { Receipt } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { printable, type Report } from '../lib/output.ts';
import { progressLine, receiptSheet, stillOpen } from '../lib/receipt-view.ts';
import { watchReceipt } from '../lib/receipt-watch.ts';
import { previewSheet } from '../lib/stop-preview.ts';

/**
 * A receipt is confirmed within lease and margin, about six seconds. Its calls are settled by then, too, but
 * for those that recovery has to look into.
 */
const PATIENCE_MS = 30_000;

export const stop: Command = {
  name: 'stop',
  summary: 'Stop calls, and watch until it is confirmed that none can start',
  usage: '<target> --reason <text> [--cancel] [--no-wait] [--preview]',
  examples: [
    'toolgate stop all --reason "looks wrong, stopping first"',
    'toolgate stop agent:lead-router --reason "routes to the wrong queue"',
    'toolgate stop tool:crm --reason "HubSpot incident"',
    'toolgate stop tool:chat --cancel --reason "wrong text, and more of it is scheduled"',
    'toolgate stop workflow:lead-routing --preview',
  ],
  details: [
    '<target>    all, workflow:<name>, agent:<name>, tool:<name> or action:<tool.object.verb>',
    '--reason    why, for the journal and everybody who asks',
    '--cancel    call off what is under way and cancel what is scheduled; without it, calls under way may end',
    '--no-wait   do not wait for the confirmation, nor for the end of the calls under way',
    '--preview   only show what it would hit',
  ],
  options: {
    reason: { type: 'string' },
    cancel: { type: 'boolean' },
    'no-wait': { type: 'boolean' },
    preview: { type: 'boolean' },
  },
  takes: 1,
  person: 'operator',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const target = call.args[0] ?? '';
  const reason = option(call.values, 'reason');
  if (!isTarget(target))
    return misuse(`"${target}" is no target. Say all, workflow:…, agent:…, tool:… or action:….`);
  if (call.values['preview'] === true) {
    return report(call, ['GET', `/stops/preview?target=${encodeURIComponent(target)}`], previewSheet);
  }
  if (!reason?.trim()) return misuse('Say why: --reason "…".');
  const stopped = await askOps<Receipt>(call.access, 'POST', '/stops', {
    target,
    reason,
    wait: false,
    ...(call.values['cancel'] === true && { cancel: true }),
  });
  if (stopped.kind !== 'ok') return unanswered(stopped, call.access.gate);
  const waits = call.values['no-wait'] !== true;
  const receipt = waits ? await watched(call, stopped.value) : stopped.value;
  const next = `To go on: toolgate resume ${target} --reason "…"`;
  const look = receipt.status === 'settled' ? [] : [`To look again: toolgate receipts ${receipt.id}`];
  const text = unknownTarget(target) + [receiptSheet(receipt), [...look, next].join('\n')].join('\n\n');
  return { text, json: receipt, exit: waits && receipt.status === 'forming' ? 1 : 0 };
}

/** The newest receipt to be had, with a line on standard error for each change: the result alone is on standard output. */
async function watched(call: Invocation, first: Receipt): Promise<Receipt> {
  let last = '';
  const say = (receipt: Receipt): void => {
    const line = progressLine(receipt);
    if (line !== last) call.stderr.write(`${printable(`${receipt.target}: ${line}`)}\n`);
    last = line;
  };
  say(first);
  const receipt = await watchReceipt(call.access, first, PATIENCE_MS, say);
  const open = stillOpen(receipt);
  if (open !== '') call.stderr.write(`${printable(`${receipt.target}: still open: ${open}`)}\n`);
  return receipt;
}

/** A stop of something that does not exist holds, too; a typing error in an emergency must not look like success. */
function unknownTarget(target: string): string {
  const [kind, name] = target.split(':');
  const known = knownNames()[kind ?? ''];
  if (!known || name === undefined || known.includes(name)) return '';
  return `NOTE: this checkout knows no ${target}. It knows ${known.join(', ')}.\n\n`;
}

function knownNames(): Record<string, string[]> {
  const manifests = readdirSync(join(root, 'governance/manifests')).map((file) => basename(file, '.yaml'));
  const actions = [...catalogue.values()];
  return {
    agent: manifests,
    tool: [...new Set(actions.map((action) => action.tool))],
    action: actions.map((action) => action.name),
  };
}
