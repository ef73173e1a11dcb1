import {
  correctionReasons,
  errorRates,
  type ErrorRate,
  type RoutingCount,
} from '../../shared/lead-errors.ts';
import type { LeadDetail } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, query, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { facts, table, type Report } from '../lib/output.ts';
import { sinceOf } from '../lib/since.ts';

/** What marketing teams ask of routing: wrong for fewer than one lead in a hundred. */
const TARGET = 1;

export const leadsErrors: Command = {
  name: 'leads errors',
  summary: 'How often people sent a lead elsewhere than the agent or the rule did, and why',
  usage: '[--since <time>] [--site <id>]',
  examples: [
    'toolgate leads errors',
    'toolgate leads errors --since 7d --site acme-web',
    'toolgate leads errors --json',
  ],
  details: [
    '--since   7d, 24h or RFC 3339: routed since then (30d)',
    '--site    only of one site',
    '',
    'Counted by the lead inbox. Handing a lead to the human queue is no routing; taking a routing back is a correction.',
  ],
  options: { since: { type: 'string' }, site: { type: 'string' } },
  takes: 0,
  person: 'operator',
  run: errors,
};

export const leadsCorrect: Command = {
  name: 'leads correct',
  summary: 'Send a lead to another queue than the agent or the rule did; counts as a correction',
  usage: '<lead> --queue <queue> --reason <code>',
  examples: ['toolgate leads correct lead_01JD5KZ9V8QW7XN2T4R6M8P0AB --queue sales-us --reason wrong-region'],
  details: [
    '<lead>     as toolgate leads lists it',
    '--queue    where it belongs',
    `--reason   ${correctionReasons.join(', ')}`,
  ],
  options: { queue: { type: 'string' }, reason: { type: 'string' } },
  takes: 1,
  person: 'operator',
  run: async (call) => {
    const queue = option(call.values, 'queue');
    const reason = correctionReasons.find((code) => code === option(call.values, 'reason'));
    if (queue === undefined) return misuse('Say where it belongs: --queue <queue>.');
    if (!reason) return misuse(`Say why with a code: --reason ${correctionReasons.join(' | ')}`);
    const path = `/leads/${encodeURIComponent(call.args[0] ?? '')}/correction`;
    return report(call, ['POST', path, { queue, reason }], corrected, 'toolgate leads lists them.');
  },
};

function corrected({ id, status, queue }: LeadDetail): string {
  return facts([
    ['lead', id],
    ['status', status],
    ['queue', queue],
  ]);
}

async function errors(call: Invocation): Promise<Report> {
  const since = sinceOf(option(call.values, 'since') ?? '30d', call.now);
  if (since === undefined) return misuse('--since is 7d, 24h or a time such as 2026-11-01T00:00:00Z.');
  const filter = query({ since, site: option(call.values, 'site') });
  const answer = await askOps<RoutingCount[]>(call.access, 'GET', `/leads/errors${filter}`);
  if (answer.kind !== 'ok') return unanswered(answer, call.access.gate);
  const counts = answer.value;
  const [all] = errorRates(counts, () => 'all');
  const whose = (prefix: string) => counts.filter(({ by }) => by.startsWith(prefix));
  const named = ({ by }: RoutingCount): string => by.slice(by.indexOf(':') + 1);
  const by = {
    agent: errorRates(whose('agent:'), named),
    rule: errorRates(whose('rule:'), named),
    queue: errorRates(counts, ({ queue }) => queue),
    period: errorRates(counts, ({ day }) => day).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  const reasons = reasonsOf(counts);
  const target = { percent: TARGET, met: (all?.percent ?? 0) < TARGET };
  const text = all ? shown(all, by, reasons) : 'Nothing was routed in that time.';
  return { text, json: { since, all: all ?? null, target, by, reasons }, exit: 0 };
}

function shown(
  all: ErrorRate,
  by: Record<string, ErrorRate[]>,
  reasons: readonly [string, number][],
): string {
  const verdict = all.percent < TARGET ? 'within' : 'ABOVE';
  const why = reasons.map(([reason, n]) => `${reason} ${n}`).join(', ');
  return [
    `${all.corrected} of ${all.routed} routed leads were sent elsewhere: ${all.percent} %, ${verdict} the target of ${TARGET} %.`,
    ...(why === '' ? [] : [`Why: ${why}`]),
    ...Object.entries(by)
      .filter(([, rates]) => rates.length > 0)
      .map(([name, rates]) => `\n${rateTable(name, rates)}`),
  ].join('\n');
}

function rateTable(name: string, rates: readonly ErrorRate[]): string {
  const rows = rates.map((rate) => [
    rate.name,
    String(rate.routed),
    String(rate.corrected),
    `${rate.percent} %`,
  ]);
  return table([name.toUpperCase(), 'ROUTED', 'CORRECTED', 'RATE'], rows, '');
}

function reasonsOf(counts: readonly RoutingCount[]): [string, number][] {
  const all = new Map<string, number>();
  for (const { reasons } of counts)
    for (const [reason, n] of Object.entries(reasons)) all.set(reason, (all.get(reason) ?? 0) + n);
  return [...all].sort((a, b) => b[1] - a[1]);
}
