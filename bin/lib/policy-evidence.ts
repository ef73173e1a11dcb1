import {
  evidenceBytes,
  MAX_DIFFERENCES,
  MAX_EVIDENCE_BYTES,
  MAX_ROWS,
  type BacktestEvidence,
  type EvidenceRow,
  type EvidenceView,
  type PolicyEvidence,
  type TestEvidence,
} from '../../shared/policy-evidence.ts';
import type { Backtest } from './backtest.ts';
import { askOps, type Access } from './client.ts';
import { unanswered } from './command.ts';
import type { Report } from './output.ts';
import type { TestRun } from './policy-test-run.ts';
import type { RowResult } from './policy-tests.ts';

/** More is told of one difference on the command line; the record names so many. */
const NAMES_KEPT = 50;

/** What is recorded of a run of all tests: which row asks what of which policies, and what came. No input of a row. Pure. */
export function testEvidence({ files, errors, undecided }: TestRun, ranAt: string): TestEvidence {
  const rows = files.flatMap((file) => file.rows.map(({ at, result }) => rowOf(at, result)));
  const [wrong, passed] = [
    rows.filter(({ result }) => result !== 'pass'),
    rows.filter(({ result }) => result === 'pass'),
  ];
  const counts = { passed: passed.length, failed: wrong.length, errors: errors.length };
  // Those that failed first: where they are too many, what is left out is what passed.
  const kept = [...wrong, ...passed].slice(0, MAX_ROWS);
  const told = { kind: 'tests' as const, ranAt, ...counts, undecided: undecided.slice(0, MAX_ROWS) };
  return fitting((left) => ({ ...told, rows: kept.slice(0, left) }), kept.length);
}

function rowOf(at: string, result: RowResult): EvidenceRow {
  const { says, expect, by } = result.row;
  const told = { at: at.slice(-200), says: says.slice(0, 500), result: result.kind, expect, by: few(by) };
  return result.kind === 'fail'
    ? { ...told, got: { expect: result.got.expect, by: few(result.got.by) } }
    : told;
}

/** What is recorded of a backtest: counts, and what changed by which policies and of which agent. No call. Pure. */
export function backtestEvidence(
  { decisions, same, different, unsure, differences }: Backtest,
  span: Pick<BacktestEvidence, 'since' | 'until' | 'from'>,
): BacktestEvidence {
  const kept = differences
    .slice(0, MAX_DIFFERENCES)
    .map(({ was, would, policies, agent, actions, count }) => ({
      was,
      would,
      policies: few(policies),
      agent,
      actions: few(actions),
      count,
    }));
  const counts = { decisions, same, different, unsure };
  const told = { kind: 'backtest' as const, ranAt: span.until, ...span, ...counts };
  return fitting((left) => ({ ...told, differences: kept.slice(0, left) }), kept.length);
}

function few(names: readonly string[]): string[] {
  return names.slice(0, NAMES_KEPT).map((name) => name.slice(0, 200));
}

/** With as many of its items as fit into what the gate takes. */
function fitting<T extends PolicyEvidence>(make: (items: number) => T, items: number): T {
  let left = items;
  while (left > 0 && evidenceBytes(make(left)) > MAX_EVIDENCE_BYTES) left = Math.floor(left * 0.9);
  return make(left);
}

/** Has the gate keep what was run, and says so beside the run's own report. What was not recorded fails the command. */
export async function recorded(
  access: Access,
  version: string,
  evidence: PolicyEvidence,
  ran: Report,
): Promise<Report> {
  const answer = await askOps<EvidenceView>(access, 'POST', `/governance/${version}/evidence`, evidence);
  if (answer.kind === 'ok') {
    const text = `Recorded for ${version}. What is recorded: /console/policies/${version} on the people’s host.`;
    return withRecord(ran, text, { version }, 0);
  }
  const unknown = answer.kind === 'refused' && answer.problem.code === 'not-found';
  const refused = unanswered(answer, access.gate);
  const text = unknown ? `Not recorded. ${unknownTo(version)}` : `Not recorded. ${refused.text}`;
  return withRecord(ran, text, { version, refused: refused.json }, refused.exit);
}

function unknownTo(version: string): string {
  return `The gate does not know ${version}: it is not in force, never was, does not wait and is not in shadow. First: toolgate policy apply, or toolgate policy shadow <folder>.`;
}

function withRecord(ran: Report, text: string, record: object, exit: Report['exit']): Report {
  return {
    text: `${ran.text}\n\n${text}`,
    json: { ...(ran.json as object), record },
    exit: ran.exit === 0 ? exit : ran.exit,
  };
}
