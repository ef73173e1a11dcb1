import type { Coverage } from '../../flags/targets.ts';
import type { OperatorAct, OperatorsLog } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { SHIP_MS } from './book.ts';
import type { Column } from './column.ts';
import type { Effects } from './effect-rows.ts';
import type { LaneCalls, LaneRow } from './lane-calls.ts';

const TELL_MS = 2_000;
const AGAIN_MS = 5_000;

/** Tells control what people had done in the lane, and until when something is deferred, until control has heard it. */
export class LaneOutbox {
  readonly #agent: string;
  readonly #ctx: DurableObjectState;
  readonly #log: OperatorsLog;
  readonly #column: Column;
  readonly #rows: LaneCalls;
  readonly #effects: Effects;
  /** Until when control knows of deferred effects (Unix ms). */
  #toldUntil = 0;

  constructor(
    agent: string,
    ctx: DurableObjectState,
    log: OperatorsLog,
    column: Column,
    rows: LaneCalls,
    effects: Effects,
  ) {
    this.#agent = agent;
    this.#ctx = ctx;
    this.#log = log;
    this.#column = column;
    this.#rows = rows;
    this.#effects = effects;
    // In a turn of its own: this one still writes what was decided.
    effects.onDeferred = () => queueMicrotask(() => this.soon());
  }

  /** Whether something is to be told. */
  get full(): boolean {
    return this.#rows.untold().length > 0 || this.#effects.latest() > Math.max(this.#toldUntil, Date.now());
  }

  /** Tells it now; the alarm is the backstop. */
  soon(): void {
    this.#column.book.wake(Date.now() + SHIP_MS);
    this.#ctx.waitUntil(this.tell());
  }

  /** What control has not been told. When it does not answer, the alarm tells it again. */
  async tell(): Promise<void> {
    try {
      for (const row of this.#rows.untold()) {
        await within(TELL_MS, this.#log.acted(this.shown(row), this.#covered(row)));
        this.#rows.told(row);
      }
      const until = this.#effects.latest();
      if (until <= Math.max(this.#toldUntil, Date.now())) return;
      await within(TELL_MS, this.#log.deferred(this.#agent, until));
      this.#toldUntil = until;
    } catch {
      this.#column.book.wake(Date.now() + AGAIN_MS);
    }
  }

  shown({ kind, id, of, action, person, at, state, forced, verified, why }: LaneRow): OperatorAct {
    return {
      kind,
      call: id,
      of,
      agent: this.#agent,
      action,
      person,
      at: new Date(at).toISOString(),
      outcome: state,
      ...(why !== null && { why }),
      ...(forced === 1 && { forced: true }),
      ...(verified !== null && { verified: verified === 'unknown' ? verified : verified === 'yes' }),
    };
  }

  /** A stop of the call's own action, or of the one that takes it back, is told of it. */
  #covered({ action, of_action, workflow: known }: LaneRow): Coverage[] {
    const workflow = known ?? this.#column.leases.workflow ?? '';
    return [...new Set([of_action, action])].map((name) => ({
      agent: this.#agent,
      workflow,
      tool: name.split('.')[0] ?? '',
      action: name,
    }));
  }
}
