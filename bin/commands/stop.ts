import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTarget } from '../../flags/targets.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import type { Receipt } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { facts, table, type Report } from '../lib/output.ts';

/** A receipt is confirmed within lease and margin, about six seconds, whatever fails. */
const CONFIRM_MS = 15_000;

export const stop: Command = {
  name: 'stop',
  summary: 'Stop calls, and wait until it is confirmed that none can start',
  usage: '<target> --reason <text> [--no-wait]',
  examples: [
    'toolgate stop all --reason "looks wrong, stopping first"',
    'toolgate stop agent:lead-router --reason "routes to the wrong queue"',
    'toolgate stop tool:crm --reason "HubSpot incident"',
  ],
  details: [
    '<target>    all, workflow:<name>, agent:<name>, tool:<name> or action:<tool.object.verb>',
    '--reason    why, for the journal and everybody who asks',
    '--no-wait   do not wait for the confirmation',
  ],
  options: { reason: { type: 'string' }, 'no-wait': { type: 'boolean' } },
  takes: 1,
  person: 'operator',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const target = call.args[0] ?? '';
  const reason = option(call.values, 'reason');
  if (!isTarget(target))
    return misuse(`"${target}" is no target. Say all, workflow:…, agent:…, tool:… or action:….`);
  if (!reason?.trim()) return misuse('Say why: --reason "…".');
  const stopped = await askOps<Receipt>(call.access, 'POST', '/stops', { target, reason });
  if (stopped.kind !== 'ok') return unanswered(stopped, call.access.gate);
  const receipt = call.values['no-wait'] === true ? stopped.value : await confirmed(call, stopped.value);
  return { text: unknownTarget(target) + show(receipt), json: receipt, exit: 0 };
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

/** The newest receipt to be had: confirmed, or as far as it got in time. */
async function confirmed(call: Invocation, first: Receipt): Promise<Receipt> {
  let receipt = first;
  const deadline = Date.now() + CONFIRM_MS;
  while (receipt.status === 'forming' && Date.now() < deadline) {
    await sleep(250);
    const next = await askOps<Receipt>(call.access, 'GET', `/receipts/${encodeURIComponent(first.id)}`);
    // A failed look changes nothing: the stop holds, only its confirmation is not seen yet.
    if (next.kind === 'ok') receipt = next.value;
  }
  return receipt;
}

function show(receipt: Receipt): string {
  const { guards, inFlight } = receipt;
  const head = facts([
    ['stopped', receipt.target],
    ['receipt', `${receipt.id}, ${meaning(receipt.status)}`],
    ['stopped at', receipt.stopAt],
    ['confirmed at', receipt.confirmedAt],
    ['settled at', receipt.settledAt],
    ['epoch', receipt.epoch],
    [
      'guards',
      `${guards.acked} acknowledged, ${guards.lapsed} lapsed, ${guards.unknown} unknown, ${guards.waiting} waiting`,
    ],
    ['assumes', receipt.assumption],
  ]);
  const rows = inFlight.map(({ call, action, ended }) => [call, action, ended]);
  const flight = table(['CALL UNDER WAY', 'ACTION', 'ENDED'], rows, 'No call was under way.');
  return `${head}\n\n${flight}\n\nTo go on: toolgate resume ${receipt.target} --reason "…"`;
}

function meaning(status: Receipt['status']): string {
  switch (status) {
    case 'forming':
      return 'not yet confirmed';
    case 'confirmed':
      return 'confirmed: nothing further can start';
    case 'settled':
      return 'settled: each call under way has an outcome';
  }
}
