import type { MeterView } from '../../shared/meters.ts';
import type { AgentLimits } from '../../shared/rpc.ts';
import { report, type Command } from '../lib/command.ts';
import { facts, inline, table } from '../lib/output.ts';
import { amountIn } from '../../shared/money.ts';

export const limits: Command = {
  name: 'limits',
  summary: 'What an agent has used of its limits, budgets and shared limits, and what is left',
  usage: '<agent>',
  examples: ['toolgate limits lead-router', 'toolgate limits lead-router --json'],
  details: [
    'A shared limit counts what all who share it used. With --json money is in minor units of its currency.',
  ],
  options: {},
  takes: 1,
  person: 'operator',
  run: async (call) =>
    report(
      call,
      ['GET', `/agents/${encodeURIComponent(call.args[0] ?? '')}/limits`],
      show,
      'toolgate status shows the policy set in force; governance/manifests holds the agents.',
    ),
};

function show({
  agent,
  workflow,
  policyVersion,
  limits: rates,
  budgets,
  radius,
  shared = [],
}: AgentLimits): string {
  const own = [
    ...rates.map(({ action, max, per, remaining }) => [
      'agent',
      `calls${action === '*' ? '' : ` of ${action}`}`,
      `in ${per} s`,
      max - remaining,
      remaining,
      max,
    ]),
    ...[...budgets, ...radius].flatMap((meter) => rows('agent', meter)),
  ];
  const others = shared.flatMap(
    ({ of, limits: meters }) => meters?.flatMap((meter) => rows(of, meter)) ?? [],
  );
  const silent = shared.filter(({ limits: meters }) => meters === null).map(({ of }) => of);
  const all = [...own, ...others].map((row) => row.map((cell) => inline(cell)));
  const parts = [
    facts([
      ['agent', `${agent} (${workflow})`],
      ['policy set', policyVersion],
    ]),
    table(['OF', 'WHAT', 'WINDOW', 'USED', 'LEFT', 'AT MOST'], all, 'It has no limits.'),
    silent.length > 0
      ? `Not known: ${silent.join(', ')} does not answer, so calls that need it are denied.`
      : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One line for all, or one for each that counts by itself. */
function rows(
  of: string,
  { measure, currency, kind, action, each, per, max, used, left, by }: MeterView,
): unknown[][] {
  const unit = currency === null ? measure : `${measure} in ${currency}`;
  const what = `${kind === 'radius' ? 'different ' : ''}${unit}${action === '*' ? '' : ` of ${action}`}`;
  const window = per === null ? 'ever' : (spans[per] ?? `in ${per} s`);
  const said = (count: number): string => (currency === null ? String(count) : amountIn(currency, count));
  if (each === null) return [[of, what, window, said(used), said(left), said(max)]];
  const named = by?.map((one) => [
    of,
    `${what}, ${each} ${one.name || '(none)'}`,
    window,
    said(one.used),
    said(one.left),
    said(max),
  ]);
  return named && named.length > 0
    ? named
    : [[of, `${what}, each ${each}`, window, said(0), said(max), said(max)]];
}

const spans: Readonly<Record<number, string>> = { 3600: 'an hour', 86400: 'a day' };
