import type {
  ExerciseRecord,
  ExerciseResult,
  ExerciseTimes,
  ExerciseVerdict,
} from '../../../shared/exercise.ts';
import { printable } from '../output.ts';
import { commonChecks } from './checks.ts';
import type { Ran } from './run.ts';
import type { Check, Detected, Script } from './script.ts';
import type { TakenBack } from './take-back.ts';
import type { Event } from './timeline.ts';

/** One figure beside what a team is expected to keep to. */
export interface Figure {
  part: keyof ExerciseTimes;
  /** Null: it did not come to that. */
  ms: number | null;
  /** Null: none is set. */
  boundMs: number | null;
  met: boolean | null;
}

/** A question to the people in the room, and what they said; null: nobody was asked. */
export interface Answered {
  ask: string;
  answer: string | null;
}

/** All of one exercise, for people and machines. Holds no personal data but the contacts' addresses, which are the manifest's. */
export interface ExerciseReport {
  exercise: string;
  scenario: string;
  title: string;
  story: string;
  agent: string;
  target: string;
  environment: string;
  by: string;
  startedAt: string;
  receipt: string | null;
  verdict: ExerciseVerdict;
  detectedBy: Detected['by'] | null;
  figures: Figure[];
  checks: Check[];
  timeline: Event[];
  contacts: ExerciseRecord['contacts'];
  taken: TakenBack[];
  /** What no undo brings back, and what a person does instead. */
  lost: { what: string; instead: string }[];
  /** What is left of it at the gate or the vendors; empty: nothing. */
  left: string[];
  questions: Answered[];
}

/** Judges a run and puts its report together. `reviewedAt`: Unix ms; null: nobody was asked anything. Pure. */
export function reportOf(
  script: Script,
  exercise: ExerciseRecord,
  ran: Ran,
  answers: readonly Answered[],
  reviewedAt: number | null = null,
): ExerciseReport {
  const { evidence } = ran;
  const checks = [
    ...commonChecks(evidence),
    ...(evidence.deeds.length > 0 ? ran.own : []),
    ...(ran.fault === null ? [] : [brokenOff(ran.fault)]),
  ];
  return {
    exercise: exercise.id,
    scenario: script.name,
    title: script.title,
    story: script.story,
    agent: script.agent,
    target: script.target,
    environment: exercise.environment,
    by: exercise.by,
    startedAt: exercise.startedAt,
    receipt: evidence.receipt?.id ?? null,
    verdict: verdictOf(checks),
    detectedBy: ran.detected?.by ?? null,
    figures: figuresOf(timesOf(ran), script),
    checks,
    timeline: [...ran.events, ...reviewed(ran, answers, reviewedAt)],
    contacts: [...evidence.contacts],
    taken: ran.taken,
    lost: [...script.lost],
    left: leftOf(ran),
    questions: [...answers],
  };
}

/** What control is told of it. */
export function resultOf(
  { verdict, receipt, figures, checks }: ExerciseReport,
  sha256: string,
): ExerciseResult {
  const of = (part: Figure['part']): number | null => figures.find((one) => one.part === part)?.ms ?? null;
  const count = (status: Check['status']): number => checks.filter((one) => one.status === status).length;
  return {
    verdict,
    receipt,
    times: { detect: of('detect'), decide: of('decide'), restore: of('restore') },
    checks: { passed: count('passed'), failed: count('failed'), open: count('open') },
    report: sha256,
  };
}

function reviewed({ marks }: Ran, answers: readonly Answered[], at: number | null): Event[] {
  if (at === null) return [];
  const given = answers.filter(({ answer }) => answer !== null).length;
  const what = `${given} of ${answers.length} questions answered`;
  const when = { at: new Date(at).toISOString(), afterMs: at - marks.incident };
  return [{ ...when, step: 'reviewed', by: 'the people in the room', what, evidence: [] }];
}

function brokenOff(fault: string): Check {
  return { id: 'whole', what: 'It ran to its end', status: 'failed', found: fault };
}

function verdictOf(checks: readonly Check[]): ExerciseVerdict {
  if (checks.some(({ status }) => status === 'failed')) return 'violated';
  return checks.some(({ status }) => status === 'open') ? 'unproven' : 'held';
}

function timesOf({ marks, evidence: { receipt, contacts } }: Ran): ExerciseTimes {
  const since = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : to - from;
  const answers = contacts.map(({ acknowledged }) => acknowledged?.at ?? null);
  const told = answers.length > 0 && !answers.includes(null);
  const asked = Math.min(...contacts.map(({ askedAt }) => Date.parse(askedAt)));
  return {
    detect: since(marks.incident, marks.detected),
    decide: since(marks.detected, marks.asked),
    stop: receipt?.confirmMs ?? null,
    notify: told ? Math.max(...answers.map((at) => Date.parse(at ?? ''))) - asked : null,
    restore: since(marks.restoreAt, marks.restored),
  };
}

function figuresOf(times: ExerciseTimes, { bounds }: Script): Figure[] {
  return (['detect', 'decide', 'stop', 'notify', 'restore'] as const).map((part) => {
    // How long people take to decide is theirs to say.
    const boundMs = part === 'decide' ? null : bounds[part];
    const ms = times[part];
    return { part, ms, boundMs, met: boundMs === null ? null : ms !== null && ms <= boundMs };
  });
}

function leftOf({ tidied: { left, taken } }: Ran): string[] {
  return [
    ...(left === 'nothing' ? [] : ['its stop is in force, or the gate does not say: toolgate status']),
    ...taken
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'kept')
      .map(({ call, action, detail }) => `${action} of ${call}: ${detail}`),
  ];
}

/** A report as Markdown. `note`: where it is recorded, or why it is not. */
export function exerciseMarkdown(report: ExerciseReport, notes: readonly string[]): string {
  const { title, agent, target, environment, startedAt, story, verdict, by } = report;
  const lines = [
    `# Exercise: ${title}, ${startedAt}`,
    '',
    `**${meaning[verdict]}**`,
    '',
    story,
    '',
    `Agent ${agent}, stopped as ${target}, in ${environment}, run by ${by}. Detected by: ${report.detectedBy ?? 'nothing'}.`,
    '',
    '| Part | Time | Expected within | Met |',
    '| --- | ---: | ---: | --- |',
    ...report.figures.map(figureRow),
    '',
    '## Timeline',
    '',
    '| After | Step | What | By | Evidence |',
    '| ---: | --- | --- | --- | --- |',
    ...report.timeline.map(eventRow),
    '',
    '## Checks',
    '',
    ...report.checks.map(({ status, what, found }) => `- ${mark[status]} ${what}. ${found}`),
    '',
    '## Put back',
    '',
    ...report.taken.map(
      ({ action, call, outcome, detail }) => `- ${outcome}: ${action} of ${call} (${detail})`,
    ),
    ...report.lost.map(({ what, instead }) => `- Not to be put back: ${what}. Instead: ${instead}.`),
    report.left.length === 0
      ? '- Left of this exercise: nothing.'
      : `- LEFT of this exercise: ${report.left.join('; ')}. toolgate exercise clean ${report.exercise}`,
    '',
    '## Questions for the people in the room',
    '',
    ...report.questions.flatMap(({ ask, answer }, n) => [`${n + 1}. ${ask}`, `   ${answer ?? '_answer:_'}`]),
    '',
    ...notes.map((note) => `- ${note}`),
  ];
  return printable(lines.join('\n'));
}

const mark = { passed: 'PASSED', failed: 'FAILED', open: 'OPEN' } as const;

const meaning: Record<ExerciseVerdict, string> = {
  held: 'HELD: what went wrong was noticed, stopped, told and put back, and the vendors’ own logs show it.',
  violated: 'VIOLATED: a check failed.',
  unproven: 'UNPROVEN: no check failed, and one could not be made.',
};

function figureRow({ part, ms, boundMs, met }: Figure): string {
  const shown = (value: number | null): string => (value === null ? '' : `${value} ms`);
  const said = met === null ? '' : met ? 'yes' : 'NO';
  return `| ${part} | ${ms === null ? 'not reached' : shown(ms)} | ${shown(boundMs)} | ${said} |`;
}

function eventRow({ afterMs, step, what, by, evidence }: Event): string {
  const cells = [`${(afterMs / 1000).toFixed(1)} s`, step, what, by, evidence.join(', ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '/').replaceAll('\n', ' ')).join(' | ')} |`;
}
