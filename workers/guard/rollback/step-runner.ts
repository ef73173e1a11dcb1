/** Takes one call back: looks, orders, looks again. What is done is the guard's record; nothing is done twice on a guess. */
import { insteadOf } from '../../../shared/rollback/instead.ts';
import type { Inverse, LeftWhy, Step, StepState } from '../../../shared/rollback/step.ts';
import type { OperatorAct, Result } from '../../../shared/rpc.ts';
import type { Look } from '../../../shared/taking-back.ts';

/** What a step needs of its agent's guard. Each throws when the guard does not answer. */
export interface LaneOfStep {
  /** The order of this id, as far as it is; null: the guard has none, so it never began. */
  state(lane: string): Promise<OperatorAct | null>;
  examine(step: Step): Promise<{ look: Look | null; inverse: Inverse } | null>;
  /** Under an id of our own: the same order again is answered with how far it is. */
  order(step: Step, lane: string): Promise<Result<OperatorAct>>;
}

/** What came of one try. `again`: after so many milliseconds, under the same id or, where nothing was sent, under a new one. */
export type Tried = { kind: 'done'; state: StepState } | { kind: 'again'; waitMs: number; fresh: boolean };

/** Seconds for vendors that say nothing for long; then a person looks. */
const TRIES_MAX = 12;
const WAIT_MAX_MS = 15_000;
/** Tries to read what policies need, before it counts as two people. */
const READS_MAX = 3;

/** One try of a step. `resumed`: it may have been ordered already. `approved`: how many people approved the plan. */
export async function tryStep(
  lane: LaneOfStep,
  step: Step,
  { lane: id, tries }: { lane: string; tries: number },
  { resumed, approved }: { resumed: boolean; approved: number },
): Promise<Tried> {
  const known = resumed ? await lane.state(id) : null;
  if (known) return follow(lane, step, known, tries);
  const before = await lane.examine(step);
  const speaks = before ? against(step, before, id, { approved, tries }) : null;
  if (!before || speaks === 'unclear')
    return later(step, tries, id, 'what the vendor holds could not be seen');
  if (speaks) return { kind: 'done', state: speaks };
  const ordered = await lane.order(step, id);
  if (ordered.ok) return follow(lane, step, ordered.value, tries);
  const { code, detail } = ordered.problem;
  if (code === 'no-lease' || code === 'limited') return later(step, tries, id, detail ?? code);
  const changed = code === 'conflict' || code === 'changed-since';
  return done(left(step, changed ? 'conflict' : 'refused', detail ?? code, id));
}

/** What speaks against taking it back now; null: nothing. */
function against(
  step: Step,
  { look, inverse }: { look: Look | null; inverse: Inverse },
  id: string,
  { approved, tries }: { approved: number; tries: number },
): StepState | 'unclear' | null {
  // Between the plan and its turn policies may have become stricter; or facts cannot be read just now.
  if (inverse.needs > approved && inverse.why !== null && tries < READS_MAX) return 'unclear';
  if (inverse.needs > approved)
    return left(
      step,
      'refused',
      `by now it needs ${inverse.needs} people, and was approved by ${approved}`,
      id,
    );
  const forced = 'forced' in step.fate && step.fate.forced !== null;
  switch (look?.state) {
    case undefined:
      return forced || step.fate.kind === 'cancel' ? null : 'unclear';
    case 'as-left':
      return null;
    case 'as-before':
      return forced ? null : { kind: 'nothing', why: 'as-before' };
    case 'changed':
      // Forced: the guard compares with what was seen, and overwrites nothing newer.
      return forced ? null : left(step, 'conflict', 'changed since by somebody else', id);
    case 'unknown':
      return forced ? null : 'unclear';
  }
}

/** Looks again at what was taken back that did not tell: with the waits between them, eight seconds. */
const LOOKS_MAX = 4;

async function follow(lane: LaneOfStep, step: Step, act: OperatorAct, tries: number): Promise<Tried> {
  switch (act.outcome) {
    case 'succeeded':
      return done({ kind: 'restored', lane: act.call, seen: await seenAfter(lane, step, act) });
    case 'lapsed':
      return tries < TRIES_MAX
        ? { kind: 'again', waitMs: waitMs(tries), fresh: true }
        : done(left(step, 'refused', 'its time to start passed each time', act.call));
    case 'failed':
      // Nothing was written, and what stood in the way passes: a plan of many calls runs into vendors' limits by itself.
      if (tries < TRIES_MAX && (act.why === 'vendor-limited' || act.why === 'unavailable'))
        return { kind: 'again', waitMs: waitMs(tries), fresh: true };
      return done(left(step, ...(await failure(lane, step)), act.call));
    case 'running':
    case 'waiting':
    case 'indeterminate':
      // A look at the vendor may clear it up, which the guard does by itself.
      return tries < TRIES_MAX
        ? { kind: 'again', waitMs: waitMs(tries), fresh: false }
        : done(left(step, 'unclear', 'nobody knows whether it was taken back', act.call));
    case 'unknown':
      return done(left(step, 'unclear', 'the vendor cannot tell whether it was taken back', act.call));
  }
}

/** What the vendor holds once it is taken back, by the guard's own look where it had one; null: there is nothing to compare. */
async function seenAfter(
  lane: LaneOfStep,
  step: Step,
  { verified }: OperatorAct,
): Promise<Look['state'] | null> {
  if (step.fate.kind === 'cancel') return null;
  if (verified === true) return 'as-before';
  for (let tries = 0; ; tries += 1) {
    const state = (await lookNow(lane, step))?.state ?? 'unknown';
    if (state !== 'unknown' || tries >= LOOKS_MAX) return state;
    // A plan of many calls runs into vendors' limits, which pass.
    await new Promise((resolve) => setTimeout(resolve, waitMs(tries)));
  }
}

/** Nothing was written; a later change by somebody else is why, if there is one now. */
async function failure(lane: LaneOfStep, step: Step): Promise<[LeftWhy, string]> {
  const look = step.fate.kind === 'undo' ? await lookNow(lane, step) : null;
  return look?.state === 'changed'
    ? ['conflict', 'changed since by somebody else, right before it was to be written']
    : ['refused', 'the vendor or its tool refused it, and nothing was changed'];
}

async function lookNow(lane: LaneOfStep, step: Step): Promise<Look | null> {
  const now = await lane.examine(step).catch(() => null);
  return now?.look ?? null;
}

function later(step: Step, tries: number, id: string, detail: string): Tried {
  if (tries < TRIES_MAX) return { kind: 'again', waitMs: waitMs(tries), fresh: false };
  return done(left(step, 'unseen', detail, id));
}

/** Half a second, doubled each time: a lease is there again within six. */
function waitMs(tries: number): number {
  return Math.min(500 * 2 ** tries, WAIT_MAX_MS);
}

/** Left, with what a person does about it. */
export function left(step: Step, why: LeftWhy, detail: string, lane: string | null): StepState {
  const way = { kind: 'none', why: detail, instead: null } as const;
  return { kind: 'left', why, detail, instead: insteadOf({ call: step.call, way }, why, []), lane };
}

function done(state: StepState): Tried {
  return { kind: 'done', state };
}
