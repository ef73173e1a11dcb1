/** What a drill of a rollback proved, from what it saw. Pure. */
import { canonical } from '../../shared/canonical.ts';
import type { RollbackPage } from '../../shared/rollback/view.ts';
import type { Target } from '../../flags/targets.ts';
import { printable } from './output.ts';
import type { Recorded } from './drill-report.ts';

export interface DrilledCall {
  call: string;
  agent: string;
  action: string;
}

/** What a simulated vendor holds of one type. */
export interface VendorView {
  vendor: string;
  type: string;
  records: Record<string, unknown>[];
}

/** Unix ms of the machine that drills. */
export interface RollbackMarks {
  incident: number;
  /** Null: it was not seen in the audit log in time. */
  seen: number | null;
  asked: number;
  answered: number;
  planAsked: number;
  planned: number;
  runAsked: number;
  ran: number;
  ended: number;
}

/** Everything that the drill saw. */
export interface RollbackEvents {
  environment: string;
  startedAt: number;
  session: string;
  calls: DrilledCall[];
  receipts: { id: string; target: Target; confirmMs: number | null }[];
  rollback: RollbackPage;
  /** Null: no simulator shows it. */
  before: VendorView[] | null;
  after: VendorView[] | null;
  /** Requests of the rollback that changed something, by the vendors' own logs. */
  writes: number | null;
  marks: RollbackMarks;
}

export interface RollbackDrillReport {
  environment: string;
  startedAt: string;
  rollback: string;
  digest: string | null;
  receipts: RollbackEvents['receipts'];
  verdict: 'held' | 'violated' | 'unproven';
  /** Why it is not `held`. */
  reasons: string[];
  calls: number;
  tools: string[];
  restored: number;
  writes: number | null;
  /** Milliseconds. */
  times: { detect: number | null; decide: number | null; stop: number; plan: number; restore: number };
}

/** Judges a drill. `violated`: something is not as before, or was written more than once; `unproven`: that cannot be told. */
export function analyseRollbackDrill(events: RollbackEvents): RollbackDrillReport {
  const { marks, calls, rollback, receipts, writes, environment } = events;
  const { counts, plan, id } = rollback.rollback;
  const wrong = [
    ...missing(calls, rollback),
    ...notBefore(rollback),
    ...differing(events),
    ...(writes !== null && writes !== counts.restored
      ? [`the vendors logged ${writes} changes for ${counts.restored} calls taken back`]
      : []),
  ];
  const gaps = [
    ...(events.before === null || events.after === null ? ['no vendor shows its records here'] : []),
    ...(writes === null ? ['no vendor shows its request log here'] : []),
    ...(marks.seen === null ? ['the calls were not seen in the audit log in time'] : []),
  ];
  return {
    environment,
    startedAt: new Date(events.startedAt).toISOString(),
    rollback: id,
    digest: plan?.digest ?? null,
    receipts,
    verdict: wrong.length > 0 ? 'violated' : gaps.length > 0 ? 'unproven' : 'held',
    reasons: [...wrong, ...gaps],
    calls: calls.length,
    tools: [...new Set(calls.map(({ action }) => action.slice(0, action.indexOf('.'))))],
    restored: counts.restored,
    writes,
    times: {
      detect: marks.seen === null ? null : marks.seen - marks.incident,
      decide: marks.seen === null ? null : marks.asked - marks.seen,
      stop: marks.answered - marks.asked,
      plan: marks.planned - marks.planAsked,
      restore: marks.ran - marks.runAsked,
    },
  };
}

/** Calls of the drill that the plan does not hold, or that were not taken back. */
function missing(calls: readonly DrilledCall[], { steps }: RollbackPage): string[] {
  const restored = new Set(
    steps.filter(({ state }) => state.kind === 'restored').map(({ step }) => step.call),
  );
  return calls
    .filter(({ call }) => !restored.has(call))
    .map(({ call, action }) => `${call} ${action} was not taken back`);
}

function notBefore({ steps }: RollbackPage): string[] {
  return steps
    .filter(({ state }) => state.kind === 'restored' && state.seen !== null && state.seen !== 'as-before')
    .map(
      ({ step }) =>
        `after ${step.call} ${step.action} was taken back, the vendor is not seen to hold what it held`,
    );
}

/** Where the vendors' own records differ: names of records, no value of theirs. */
function differing({ before, after }: RollbackEvents): string[] {
  if (before === null || after === null) return [];
  const was = recordsIn(before);
  const is = recordsIn(after);
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  return names.filter((name) => was.get(name) !== is.get(name)).map((name) => `${name} is not as before`);
}

/** Times of change, which every write leaves. */
const leaves = ['updatedAt', 'lastmodifieddate', 'modified', 'modified_gmt'];

/** Each record as text. What lies in the trash is not there. */
function recordsIn(views: readonly VendorView[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const { vendor, type, records } of views) {
    for (const [n, record] of records.entries()) {
      if (record['status'] === 'trash') continue;
      const rest = Object.entries(record).filter(([name]) => !leaves.includes(name));
      const id = record['id'];
      const named = typeof id === 'string' || typeof id === 'number' ? String(id) : `number ${n}`;
      all.set(`${vendor} ${type} ${named}`, canonical(Object.fromEntries(rest)));
    }
  }
  return all;
}

/** As Markdown. */
export function rollbackDrillMarkdown(report: RollbackDrillReport, { id, sha256, note }: Recorded): string {
  const { times, verdict, reasons, receipts } = report;
  const stops = receipts.map(({ id: receipt, target }) => `${target} (${receipt})`).join(', ');
  const lines = [
    `# Drill: rollback in ${report.environment}, ${report.startedAt}`,
    '',
    `**${meaning[verdict]}**`,
    ...reasons.map((reason) => `- ${reason}`),
    '',
    '| Step | Time | From, to |',
    '| ------- | ---: | --- |',
    step('detect', times.detect, 'the first call until the last one stood in the audit log'),
    step('decide', times.decide, 'seen until the stop was asked for (by this program, not a person)'),
    step('stop', times.stop, 'asked until answered, for every agent of it'),
    step('plan', times.plan, 'asked until each call had its step, and each vendor was looked at'),
    step('restore', times.restore, 'the run asked for until its last step had ended'),
    '',
    `- ${report.restored} of ${report.calls} calls at ${report.tools.join(', ')} taken back, with ${report.writes ?? 'an unknown number of'} changes in the vendors' own logs.`,
    `- Stopped meanwhile: ${stops}`,
    `- Rollback ${report.rollback}, digest of its plan ${report.digest ?? 'none'}`,
    id === null
      ? '- Not in the journal.'
      : `- In the journal as ${id}; \`toolgate journal verify\` checks it and its signed checkpoint.`,
    `- SHA-256 of the report: ${sha256}`,
    ...(note === null ? [] : [`- ${note}`]),
  ];
  return printable(lines.join('\n'));
}

function step(name: string, milliseconds: number | null, what: string): string {
  return `| ${name} | ${milliseconds === null ? 'not reached' : `${milliseconds} ms`} | ${what} |`;
}

const meaning: Record<RollbackDrillReport['verdict'], string> = {
  held: 'HELD: the vendors hold what they held before, and each effect was taken back once.',
  violated: 'VIOLATED: the rollback did not do what it promises.',
  unproven: 'UNPROVEN: this drill does not show whether all is as before.',
};
