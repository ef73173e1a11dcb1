import type { Course } from '../../../shared/rollback/course.ts';
import type { Step, StepState } from '../../../shared/rollback/step.ts';
import { left, tryStep, type LaneOfStep, type Tried } from './step-runner.ts';

/** Steps under way at once: vendors have limits, and a person may want to halt it. */
const AT_ONCE = 4;
/** Steps begun in one run: each asks a guard some times, and the platform bounds how often one invocation may. */
const BEGUN_MAX = 100;
/** A guard that does not answer is asked again; after so many times a person looks. */
const SILENT_MAX = 12;
const SILENT_MS = 2_000;

/** What the worker needs of the object whose plan it works off. */
export interface Job {
  course: Course;
  /** Whether steps may be begun now. */
  goesOn(): boolean;
  lane(step: Step): LaneOfStep;
  /** How many people approved the plan. */
  approved(): number;
  newLane(): string;
  /** Keeps a step's state durably, and sets it in the course. */
  keep(step: Step, state: StepState): void;
}

/** Works a plan off, some steps at once. One that was under way when an earlier incarnation ended is asked for, not begun. */
export class StepWorker {
  readonly #job: Job;
  readonly #trying = new Map<string, Promise<void>>();
  /** Call -> when it is tried again (Unix ms). */
  readonly #due = new Map<string, number>();
  /** Steps whose guard may have the order already. */
  readonly #ordered = new Set<string>();

  constructor(job: Job) {
    this.#job = job;
    for (const { call } of job.course.underWay) this.#ordered.add(call);
  }

  /** Works until nothing can be done at once. Returns when there is more to do (Unix ms); null: nothing more is under way. */
  async work(): Promise<number | null> {
    for (let begun = 0; ;) {
      const room = begun < BEGUN_MAX;
      if (room && this.#job.goesOn()) begun += this.#begin();
      if (room) this.#resume();
      if (this.#trying.size === 0) break;
      await Promise.race(this.#trying.values());
    }
    const { course } = this.#job;
    const dues = course.underWay.map(({ call }) => this.#due.get(call) ?? 0);
    if (dues.length === 0 && (course.ended || !this.#job.goesOn())) return null;
    return Math.max(Math.min(...dues, Infinity) === Infinity ? 0 : Math.min(...dues), Date.now());
  }

  #begin(): number {
    const { start, blocked } = this.#job.course.next(AT_ONCE);
    for (const { step, by } of blocked)
      this.#job.keep(
        step,
        left(step, 'blocked', `${by}, which is later and about the same record, is left`, null),
      );
    // Durable before its guard hears of it: so it is never begun under another id.
    for (const step of start)
      this.#job.keep(step, { kind: 'under-way', lane: this.#job.newLane(), tries: 0 });
    return start.length;
  }

  #resume(): void {
    for (const step of this.#job.course.underWay) {
      if (this.#trying.has(step.call) || (this.#due.get(step.call) ?? 0) > Date.now()) continue;
      const trying = this.#try(step).finally(() => this.#trying.delete(step.call));
      this.#trying.set(step.call, trying);
    }
  }

  async #try(step: Step): Promise<void> {
    const state = this.#job.course.state(step.call);
    if (state.kind !== 'under-way') return;
    const resumed = this.#ordered.has(step.call);
    const approved = this.#job.approved();
    this.#ordered.add(step.call);
    const tried = await tryStep(this.#job.lane(step), step, state, { resumed, approved }).catch(
      () => silent(step, state), // Its guard is being replaced, or fails: it is asked how far it is.
    );
    if (tried.kind === 'done') return this.#job.keep(step, tried.state);
    if (tried.fresh) this.#ordered.delete(step.call);
    const lane = tried.fresh ? this.#job.newLane() : state.lane;
    this.#due.set(step.call, Date.now() + tried.waitMs);
    this.#job.keep(step, { kind: 'under-way', lane, tries: state.tries + 1 });
  }
}

function silent(step: Step, { lane, tries }: { lane: string; tries: number }): Tried {
  if (tries < SILENT_MAX) return { kind: 'again', waitMs: SILENT_MS, fresh: false };
  return { kind: 'done', state: left(step, 'unclear', 'its guard did not answer', lane) };
}
