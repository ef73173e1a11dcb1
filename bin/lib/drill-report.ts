import type { DrillReport, Verdict } from './drill-analysis.ts';
import { printable } from './output.ts';

/** Where a drill's report is kept, and how it can be checked. */
export interface Recorded {
  /** Id in control's journal; null: it could not be recorded. */
  id: string | null;
  /** SHA-256 of the report's canonical JSON (RFC 8785). */
  sha256: string;
  /** Why it is not recorded, and what else a reader must know. */
  note: string | null;
}

/** A drill's report as Markdown. */
export function drillMarkdown(report: DrillReport, { id, sha256, note }: Recorded): string {
  const { target, environment, times, covered, uncovered, guards, inFlight } = report;
  const lines = [
    `# Drill: stop of ${target} in ${environment}, ${report.startedAt}`,
    '',
    `**${meaning(report.verdict)}**`,
    ...report.reasons.map((reason) => `- ${reason}`),
    '',
    '| Step | Time | From, to |',
    '| ------- | ---: | --- |',
    step('detect', times.detect, 'a call until it stood in the audit log'),
    step('decide', times.decide, 'seen until the stop was asked for (by this program, not a person)'),
    step('stop', times.stop, 'asked until answered'),
    step('confirm', times.confirm, 'the stop until nothing further could start'),
    step('settle', times.settle, 'the stop until each call under way had an outcome'),
    step('restore', times.restore, 'resume asked until a covered call succeeded'),
    '',
    `- Receipt ${report.receipt}: ${guards.acked} guards acknowledged, ${guards.lapsed} lapsed, ${guards.unknown} unknown; ${inFlight.length} calls were under way.`,
    `- Covered: ${covered.requestsBefore} vendor requests before the stop; after the confirmation ${covered.callsAfterConfirmed} calls tried, ${covered.refused} refused, ${report.violations.length} in the vendors' logs.`,
    `- Not covered: ${uncoveredText(uncovered)}`,
    `- ${report.assumption}`,
    id === null
      ? '- Not in the journal.'
      : `- In the journal as ${id}; \`toolgate journal verify\` checks it and its signed checkpoint.`,
    `- SHA-256 of the report: ${sha256}`,
    ...(note === null ? [] : [`- ${note}`]),
  ];
  return printable(lines.join('\n'));
}

function uncoveredText({ callsAfterConfirmed, succeeded }: DrillReport['uncovered']): string {
  if (callsAfterConfirmed === 0) return 'no call of the load; this stop covers all of it.';
  return `${succeeded} of ${callsAfterConfirmed} calls after the confirmation succeeded.`;
}

function step(name: string, milliseconds: number | null, what: string): string {
  return `| ${name} | ${milliseconds === null ? 'not reached' : `${milliseconds} ms`} | ${what} |`;
}

function meaning(verdict: Verdict): string {
  switch (verdict) {
    case 'held':
      return 'HELD: after the confirmation no covered request reached a vendor, and what was not stopped went on.';
    case 'violated':
      return 'VIOLATED: the stop did not do what it promises.';
    case 'unproven':
      return 'UNPROVEN: this drill does not show whether the stop held.';
  }
}
