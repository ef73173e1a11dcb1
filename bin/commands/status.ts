import type { Pulse, PulseCounts } from '../../shared/pulse.ts';
import type { DrillRecord, StopsView } from '../../shared/rpc.ts';
import { report, type Command } from '../lib/command.ts';
import { facts, printable, table, when } from '../lib/output.ts';
import { waitsForApproval } from './policy.ts';

type Status = StopsView & {
  approvalsWaiting: number | null;
  lastDrill: DrillRecord | null;
  pulse: Pick<Pulse, 'lastMinute' | 'hour'> | null;
};

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

/** One function for each part; what has nothing to say leaves no gap. */
function show(view: Status, now: number): string {
  const parts = [
    gateFacts(view, now),
    stopsTable(view.stops, now),
    ...peopleLines(view, now),
    sourcesTable(view.sources, now),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function gateFacts(view: Status, now: number): string {
  const { environment, stops, governanceVersion, epoch, activeGuards, approvalsWaiting } = view;
  return facts([
    ['environment', environment],
    ['stopped', stops.length === 0 ? 'nothing' : [...new Set(stops.map(({ target }) => target))].join(', ')],
    ['policies', governanceVersion ?? 'none applied, so no calls: toolgate policy apply'],
    ['epoch', epoch],
    ['guards', `${activeGuards} with a live lease`],
    ['approvals', approvalsWaiting === null ? 'not visible to this person' : `${approvalsWaiting} waiting`],
    ['last minute', pulseText(view.pulse?.lastMinute)],
    ['last hour', pulseText(view.pulse?.hour)],
    ['last probe', probeText(view.lastProbe, now)],
    ['last drill', drillText(view.lastDrill, now)],
  ]);
}

/** What calls met, or that nobody could tell. */
function pulseText(counts: PulseCounts | undefined): string {
  if (!counts) return 'not known: the audit log does not answer';
  const { calls, allowed, denied, waiting, failed } = counts;
  return `${calls} calls: ${allowed} allowed, ${denied} denied, ${waiting} put before people; ${failed} failed`;
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

/** Whether a stop would have worked when that was last tried. */
function probeText(probe: StopsView['lastProbe'], now: number): string {
  if (!probe) return 'none: toolgate probe';
  const found = probe.canHalt
    ? 'a stop would work'
    : `A STOP WOULD NOT WORK AT ONCE: ${probe.reasons.join(' ')}`;
  return `${when(probe.at, now)}: ${found}`;
}

/** What one person asked for and another must agree to, and what somebody did alone. */
function peopleLines({ resumesWaiting, resumedAlone, governanceWaiting }: Status, now: number): string[] {
  return [
    ...resumedAlone.map(({ target, by, reason, at }) =>
      printable(`RESUMED ALONE: ${target}, ${when(at, now)}, by ${by}: ${reason}`),
    ),
    ...resumesWaiting.map(({ target, by, reason, until }) =>
      printable(
        `${by} asks to resume ${target} (${reason}). A second person agrees ${when(until, now)} at the latest: toolgate resume ${target} --reason "…"`,
      ),
    ),
    ...(governanceWaiting ? [waitsForApproval(governanceWaiting)] : []),
  ];
}
