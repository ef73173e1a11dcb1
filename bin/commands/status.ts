import type { DrillRecord, StopsView } from '../../shared/rpc.ts';
import { report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

type Status = StopsView & { approvalsWaiting: number | null; lastDrill: DrillRecord | null };

export const status: Command = {
  name: 'status',
  summary: 'What is stopped, under which policies, and what waits for a person',
  usage: '',
  examples: ['toolgate status', 'toolgate status --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) => report(call, ['GET', '/status'], (view: Status) => show(view, call.now)),
};

function show(
  {
    environment,
    epoch,
    stops,
    activeGuards,
    governanceVersion,
    approvalsWaiting,
    lastDrill,
    sources,
  }: Status,
  now: number,
): string {
  const state = facts([
    ['environment', environment],
    ['stopped', stops.length === 0 ? 'nothing' : [...new Set(stops.map(({ target }) => target))].join(', ')],
    ['policies', governanceVersion ?? 'none applied, so no calls: toolgate policy apply'],
    ['epoch', epoch],
    ['guards', `${activeGuards} with a live lease`],
    ['approvals', approvalsWaiting === null ? 'not visible to this person' : `${approvalsWaiting} waiting`],
    ['last drill', drillText(lastDrill, now)],
  ]);
  return [state, stopsTable(stops, now), sourcesTable(sources, now)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function stopsTable(stops: StopsView['stops'], now: number): string {
  const rows = stops.map(({ target, source, since, by, reason, held }) => [
    target,
    source,
    held ? 'still says stop' : 'resumable',
    when(since, now),
    by,
    reason,
  ]);
  return table(['TARGET', 'STOPPED BY', 'SOURCE', 'SINCE', 'PERSON', 'REASON'], rows, '');
}

/** A silent source is told first thing: what it stops or would stop can't be relied on. */
function sourcesTable(sources: StopsView['sources'], now: number): string {
  const rows = sources.map(({ name, state, lastHeard, detail }) => [
    name,
    state === 'silent' ? 'SILENT' : state,
    lastHeard === null ? 'never' : when(lastHeard, now),
    detail,
  ]);
  return table(['SOURCE', 'STATE', 'LAST HEARD', ''], rows, '');
}

/** Requirement of every switch that is to be relied on: when it was last tried, and whether it held. */
function drillText(drill: DrillRecord | null | undefined, now: number): string {
  if (!drill) return 'none: toolgate drill stop --target all';
  return `${when(drill.at, now)}, ${drill.target}: ${drill.verdict}`;
}
