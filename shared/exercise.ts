import type { Target } from '../flags/targets.ts';

/** The scripted exercises, by name. `bin/exercises/` holds what happens in each. */
export const scenarioNames = [
  'accidental-send',
  'wrong-segment',
  'budget-overrun',
  'unauthorised-access',
  'data-leak',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Whom a manifest names, and whether they showed within an exercise that they are reached. */
export interface ExerciseContact {
  contact: string;
  address: string;
  /** RFC 3339: when the notification, marked as a test, was made. */
  askedAt: string;
  /** Who answered with its code; null: nobody yet. */
  acknowledged: { by: string; at: string } | null;
}

/** How long each part of an exercise took (ms); null: it did not come to that. */
export interface ExerciseTimes {
  /** From the first harmful call until something or somebody noticed. */
  detect: number | null;
  /** From then until the stop was asked for. */
  decide: number | null;
  /** From the stop until nothing further could start, by control's own receipt. */
  stop: number | null;
  /** From the first notification until the last contact had acknowledged, by control's own record. */
  notify: number | null;
  /** From the first undo until the vendor held again what it held before. */
  restore: number | null;
}

/** `held`: every check held; `violated`: one did not; `unproven`: one could not be made. */
export type ExerciseVerdict = 'held' | 'violated' | 'unproven';

/** How an exercise ended, as its program says. Control takes what it knows itself from its own records. */
export interface ExerciseResult {
  verdict: ExerciseVerdict;
  /** The receipt of its stop; null: it did not come to one. */
  receipt: string | null;
  times: Pick<ExerciseTimes, 'detect' | 'decide' | 'restore'>;
  checks: { passed: number; failed: number; open: number };
  /** SHA-256 of the report's canonical JSON (RFC 8785). */
  report: string;
}

/** An exercise, as control keeps it. */
export interface ExerciseRecord {
  /** `exer_…`; also the session of every call that it makes. */
  id: string;
  scenario: ScenarioName;
  agent: string;
  environment: string;
  by: string;
  /** RFC 3339. */
  startedAt: string;
  /** `open`: it runs, or broke off and is not cleaned up yet. */
  state: 'open' | 'ended' | 'abandoned';
  endedAt: string | null;
  contacts: ExerciseContact[];
  /** Null while it is open, and of one that was abandoned. */
  result: {
    verdict: ExerciseVerdict;
    receipt: string | null;
    target: Target | null;
    times: ExerciseTimes;
    checks: ExerciseResult['checks'];
    report: string;
  } | null;
}
