import type { ShadowView } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { differenceRow, differenceTitles } from '../lib/differences.ts';
import { journalPages, PageRefused } from '../lib/journal-pages.ts';
import { facts, table, when, type Report } from '../lib/output.ts';
import { findSet } from '../lib/policy-source.ts';
import { shadowDifferences, shadowKind, type ShadowDifferences } from '../lib/shadow-differences.ts';
import { sinceOf, untilOf } from '../lib/since.ts';

export const policyShadow: Command = {
  name: 'policy shadow',
  summary: 'Run a candidate set beside the one in force, deciding nothing, and list where they differ',
  usage: '[<folder|version>] [--until 7d] [--since 7d] [--stop]',
  examples: [
    'toolgate policy shadow ../candidate --until 3d',
    'toolgate policy shadow',
    'toolgate policy shadow --stop',
  ],
  details: [
    '<folder>   a candidate to put in shadow, in place of any other; none: list the differences so far',
    '--until    when it ends by itself: 7d, 12h, or a time; at most 31 days (7d)',
    '--since    differences from then on (since the candidate is in shadow, or 7d)',
    '--stop     end it now',
    'To put the candidate in force: toolgate policy apply, from the checkout that holds it.',
  ],
  options: { until: { type: 'string' }, since: { type: 'string' }, stop: { type: 'boolean' } },
  takes: 0,
  mayTake: 1,
  person: 'owner',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const { args, values } = call;
  const [named] = args;
  const stop = values['stop'] === true;
  if (stop && named !== undefined) return misuse('Either a candidate to begin with, or --stop.');
  if (stop) return report(call, ['DELETE', '/shadow'], ended, 'toolgate policy shadow shows what there is.');
  return named === undefined ? list(call) : start(call, named);
}

async function start(call: Invocation, named: string): Promise<Report> {
  const asked = option(call.values, 'until');
  const until = asked === undefined ? undefined : untilOf(asked, call.now);
  if (asked !== undefined && until === undefined)
    return misuse('--until is a span such as 7d or 12h, or a time such as 2026-12-01T00:00:00Z.');
  const found = await findSet(call.access, named);
  if (!found.ok) return found.report;
  const body = { governance: found.set, ...(until !== undefined && { until }) };
  return report(call, ['PUT', '/shadow', body], started);
}

async function list(call: Invocation): Promise<Report> {
  const { access, now, values } = call;
  const answer = await askOps<{ shadow: ShadowView | null }>(access, 'GET', '/shadow');
  if (answer.kind !== 'ok') return unanswered(answer, access.gate);
  const { shadow } = answer.value;
  const asked = option(values, 'since');
  const since = asked === undefined ? (shadow?.at ?? sinceOf('7d', now)) : sinceOf(asked, now);
  if (since === undefined) return misuse('--since is a span such as 7d or 12h, or a time.');
  try {
    const entries = journalPages(access, [shadowKind], since);
    const found = await shadowDifferences(entries, shadow?.version ?? null);
    return { text: show(shadow, since, found, now), json: { shadow, since, ...found }, exit: 0 };
  } catch (error) {
    if (error instanceof PageRefused) return unanswered(error.answer, access.gate);
    throw error;
  }
}

function started({ version, until }: ShadowView): string {
  const head = facts([
    ['in shadow', version],
    ['until', until],
  ]);
  return `${head}\n\nIt decides nothing. Guards have it within a lease (5 s); toolgate policy shadow lists the differences.`;
}

function ended({ version }: ShadowView): string {
  return `${version} is no longer in shadow. Guards that hold it forget it with their next lease (5 s).`;
}

function show(shadow: ShadowView | null, since: string, found: ShadowDifferences, now: number): string {
  const { recorded, unrecorded, unjudged, differences } = found;
  const head = facts([
    ['in shadow', shadow ? shadow.version : 'nothing'],
    ['by', shadow?.by],
    ['ends', shadow && `${shadow.until}, ${when(shadow.until, now)}`],
    ['since', since],
    ['differences', recorded],
    ['not recorded', unrecorded > 0 ? `${unrecorded} more, too many in a minute` : ''],
    ['not judged', unjudged > 0 ? `${unjudged} decisions, too many at once` : ''],
  ]);
  return `${head}\n\n${table(differenceTitles, differences.map(differenceRow), 'No difference is recorded.')}`;
}
