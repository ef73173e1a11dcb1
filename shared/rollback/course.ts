/** How a plan is worked off. Pure, in memory: whoever runs it keeps each state durably before it acts on it. */
import { takes } from './plan.ts';
import type { Step, StepState } from './step.ts';

/** So many steps past the first open one are looked at: a step that waits holds up no more than these. */
const WINDOW = 500;

/** What can be done next. */
export interface Next {
  start: Step[];
  /** Steps that will not be tried, as a later call about the same record is left. */
  blocked: { step: Step; by: string }[];
}

/** The steps of a plan and how far each is. */
export class Course {
  readonly steps: readonly Step[];
  readonly #states: Map<string, StepState>;
  /** Record -> the call about it that is left. */
  readonly #leftOf = new Map<string, string>();
  #firstOpen = 0;

  /** `known`: how far steps were when somebody ran this plan before; of others it is as planned. */
  constructor(steps: readonly Step[], known: ReadonlyMap<string, StepState> = new Map()) {
    this.steps = steps;
    this.#states = new Map(steps.map((step) => [step.call, { kind: 'waiting' }]));
    for (const step of steps) this.set(step, known.get(step.call) ?? planned(step));
  }

  state(call: string): StepState {
    return this.#states.get(call) ?? { kind: 'waiting' };
  }

  set(step: Step, state: StepState): void {
    this.#states.set(step.call, state);
    if (state.kind === 'left' && step.record !== null && !this.#leftOf.has(step.record))
      this.#leftOf.set(step.record, step.call);
  }

  get underWay(): Step[] {
    return this.#open().filter(({ call }) => this.state(call).kind === 'under-way');
  }

  get ended(): boolean {
    this.#advance();
    return this.#firstOpen >= this.steps.length;
  }

  /** What can be started now, with at most `max` steps under way at once, in the order of the plan. */
  next(max: number): Next {
    const next: Next = { start: [], blocked: [] };
    const busy = new Set<string>();
    const open = this.#open();
    let room = max - open.filter(({ call }) => this.state(call).kind === 'under-way').length;
    for (const step of open) {
      const tool = toolOf(step);
      const by = this.#blockedBy(step);
      if (this.state(step.call).kind === 'waiting') {
        if (by !== null) next.blocked.push({ step, by });
        else if (room > 0 && this.#free(step, busy)) {
          next.start.push(step);
          room -= 1;
        }
      }
      busy.add(tool);
    }
    return next;
  }

  /** Nothing that must come first is open. What created its record goes last: later calls at that tool may have used it. */
  #free({ after, creates, action }: Step, busy: ReadonlySet<string>): boolean {
    if (creates && busy.has(toolOf({ action }))) return false;
    return after === null || isFinal(this.state(after));
  }

  #blockedBy({ record, fate, after }: Step): string | null {
    if (record === null || after === null || !isFinal(this.state(after))) return null;
    if ('forced' in fate && fate.forced) return null;
    return this.#leftOf.get(record) ?? null;
  }

  #open(): Step[] {
    this.#advance();
    return this.steps
      .slice(this.#firstOpen, this.#firstOpen + WINDOW)
      .filter(({ call }) => !isFinal(this.state(call)));
  }

  #advance(): void {
    for (let step = this.steps[this.#firstOpen]; step && isFinal(this.state(step.call));) {
      this.#firstOpen += 1;
      step = this.steps[this.#firstOpen];
    }
  }
}

export function isFinal({ kind }: StepState): boolean {
  return kind !== 'waiting' && kind !== 'under-way';
}

function planned(step: Step): StepState {
  const { fate } = step;
  if (takes(step)) return { kind: 'waiting' };
  if (fate.kind === 'nothing') return { kind: 'nothing', why: fate.why };
  if (fate.kind === 'left') return { ...fate, lane: null };
  return { kind: 'waiting' };
}

function toolOf({ action }: Pick<Step, 'action'>): string {
  return action.slice(0, action.indexOf('.'));
}
