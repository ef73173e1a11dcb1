import type { Receipt } from '../../shared/rpc.ts';
import { timeLeft } from '../../shared/time-left.ts';
import { facts, table } from './output.ts';

/** A receipt as a line while it forms. */
export function progressLine({ status, guards, inFlight, confirmMs }: Receipt): string {
  const { acked, lapsed, unknown, waiting } = guards;
  const all = acked + lapsed + unknown + waiting;
  const ended = inFlight.filter((call) => call.ended !== 'unknown').length;
  const calls =
    inFlight.length === 0
      ? 'no call was under way'
      : `${ended} of ${counted(inFlight.length, 'call')} under way ended`;
  switch (status) {
    case 'forming':
      return `${acked} of ${counted(all, 'guard')} acked${some(lapsed, 'lapsed')}${some(unknown, 'unknown')}; ${waiting} waited for`;
    case 'confirmed':
      return `confirmed${took(confirmMs)}: nothing further can start; ${calls}`;
    case 'settled':
      return `settled: ${calls}`;
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function some(count: number, what: string): string {
  return count === 0 ? '' : `, ${count} ${what}`;
}

function took(milliseconds: number | null): string {
  return milliseconds === null ? '' : ` after ${milliseconds} ms`;
}

/** A receipt, whole. */
export function receiptSheet(receipt: Receipt): string {
  const { guards, inFlight, source, deferred, operators, more } = receipt;
  const head = facts([
    ['stopped', receipt.target],
    ['by', source === 'people' ? receipt.by : `${receipt.by} (${source})`],
    ['reason', receipt.reason],
    ['receipt', `${receipt.id}, ${meaning(receipt.status)}`],
    ['stopped at', receipt.stopAt],
    ['confirmed at', receipt.confirmedAt && `${receipt.confirmedAt},${took(receipt.confirmMs)}`],
    ['settled at', receipt.settledAt],
    ['epoch', receipt.epoch],
    [
      'guards',
      `${guards.acked} acked, ${guards.lapsed} lapsed, ${guards.unknown} unknown, ${guards.waiting} waiting`,
    ],
    ['still open', stillOpen(receipt)],
    ['assumes', receipt.assumption],
  ]);
  const rows = inFlight.map(({ call, agent, action, ended, cancelled }) => [
    call,
    agent,
    action,
    ended,
    cancelled,
  ]);
  const titles = ['CALL UNDER WAY', 'AGENT', 'ACTION', 'ENDED', 'CALLED OFF'];
  const flight = table(titles, rows, 'No call was under way.');
  const parts = [
    head,
    flight,
    unlisted(more.inFlight),
    later(deferred),
    unlisted(more.deferred),
    lane(operators),
    unlisted(more.operators),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function unlisted(count: number): string {
  return count === 0 ? '' : `${count} more: toolgate journal export has them all.`;
}

/** What earlier calls had scheduled, and how each of it is cancelled. */
function later(deferred: Receipt['deferred']): string {
  const rows = deferred.map(({ call, action, due, cancelled, cancelUntil, how }) => [
    call,
    action,
    due,
    cancelled,
    how === null ? '' : timeLeft(cancelUntil, Date.now()),
    how ?? '',
  ]);
  return table(['SCHEDULED BY', 'ACTION', 'COMES', 'CANCELLED', 'TIME', 'TO CANCEL'], rows, '');
}

/** What people had done in the operators' lane meanwhile. */
function lane(operators: Receipt['operators']): string {
  const rows = operators.map(({ kind, of, person, call, outcome }) => [kind, of, person, call, outcome]);
  return table(["OPERATORS' LANE", 'CALL', 'BY', 'AS', 'OUTCOME'], rows, '');
}

/** What a receipt waits for until it is settled; empty when it is. */
export function stillOpen({ status, guards, inFlight, unheard }: Receipt): string {
  if (status === 'settled') return '';
  const calls = inFlight.filter((call) => call.ended === 'unknown').length;
  const open = [
    ...(status === 'forming' && guards.waiting > 0
      ? [`${counted(guards.waiting, 'guard')} to ack or lapse`]
      : []),
    ...(status === 'forming' ? ['the confirmation, by the clock at the latest'] : []),
    ...(unheard.length > 0 ? [`what the guards of ${unheard.join(', ')} had under way`] : []),
    ...(calls > 0 ? [`how ${counted(calls, 'call')} ended`] : []),
  ];
  return open.join('; ');
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
