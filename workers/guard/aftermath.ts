import { mayCover, type Target } from '../../flags/targets.ts';
import { checkPerson } from '../../shared/people.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Column } from './column.ts';
import type { Effects } from './effect-rows.ts';
import type { EffectRow } from './effects.ts';
import type { Env } from './env.ts';
import type { LaneCalls, LaneRow } from './lane-calls.ts';
import { mayOperate, type Operators } from './operators.ts';

/** Deferred effects cancelled at once for one stop: vendors have limits. */
const AT_ONCE = 8;
/** Deferred effects that are listed: a receipt is one row, and an agent may schedule thousands. */
const LISTED_MAX = 100;

/**
 * What a stop leaves to be done here: its deferred effects, cancelled for the person who wants that; and calls that it
 * called off without a clear outcome, looked up for that person once the vendor can tell. A stop asks several times, as calls
 * that end later may defer something; what was tried once is a person's to try again.
 */
export class Aftermaths {
  readonly #agent: string;
  readonly #env: Env;
  readonly #column: Column;
  readonly #effects: Effects;
  readonly #rows: LaneCalls;
  readonly #operators: Operators;

  constructor(
    agent: string,
    env: Env,
    column: Column,
    effects: Effects,
    rows: LaneCalls,
    operators: Operators,
  ) {
    this.#agent = agent;
    this.#env = env;
    this.#column = column;
    this.#effects = effects;
    this.#rows = rows;
    this.#operators = operators;
  }

  /** `calledOff`: the calls that stops called off here. */
  async of({ target, cancel }: rpc.Aftermath, calledOff: readonly string[]): Promise<rpc.DeferredEffects> {
    if (!this.#effects.latest() && calledOff.length === 0) return { effects: [], more: 0 };
    // Which workflow this is, is known from a lease on.
    await this.#column.leases.ready(Date.now());
    const covered = this.#effects.pending(Date.now()).filter((effect) => this.#concerns(target, effect));
    if (cancel) await this.#cancel(target, cancel, covered, calledOff);
    const effects = covered
      .map((effect) => this.#shown(this.#effects.get(effect.call) ?? effect))
      .sort((a, b) => Number(a.cancelled === 'yes') - Number(b.cancelled === 'yes'));
    return { effects: effects.slice(0, LISTED_MAX), more: Math.max(0, effects.length - LISTED_MAX) };
  }

  /** Nothing without a person whose credential holds here, nor while it is not known which workflow this is. */
  async #cancel(
    target: Target,
    { credential, reason }: NonNullable<rpc.Aftermath['cancel']>,
    covered: readonly EffectRow[],
    calledOff: readonly string[],
  ): Promise<void> {
    const check = await checkPerson(credential, mayOperate, this.#env);
    if (!check.ok || this.#column.leases.workflow === null) return;
    const order = { reason, person: check.person };
    for (const of of calledOff) {
      const once = (row: LaneRow): boolean =>
        this.#concerns(target, { action: row.of_action, workflow: row.workflow }) && !this.#rows.lookedUp(of);
      await this.#operators.order({ ...order, kind: 'recovery', of }, once);
    }
    const fresh = covered.filter(({ call }) => !this.#rows.lastOf(call));
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      const some = fresh.slice(at, at + AT_ONCE);
      await Promise.all(
        some.map(async ({ call }) => this.#operators.order({ ...order, kind: 'cancel', of: call })),
      );
    }
  }

  #concerns(target: Target, { action, workflow: known }: Pick<EffectRow, 'action' | 'workflow'>): boolean {
    const workflow = known ?? this.#column.leases.workflow;
    return mayCover(target, { agent: this.#agent, workflow, tool: action.split('.')[0] ?? '', action });
  }

  #shown({ call, action, due, cancel_until, taken_back_by, taken_back_at }: EffectRow): rpc.DeferredEffect {
    const by = taken_back_by ?? this.#rows.lastOf(call)?.id ?? null;
    const state = by === null ? 'no' : (this.#rows.get(by)?.state ?? 'indeterminate');
    const cancelled = taken_back_at === null ? cancelling[state] : 'yes';
    return {
      agent: this.#agent,
      call,
      action,
      due: new Date(due ?? 0).toISOString(),
      cancelUntil: new Date(cancel_until ?? 0).toISOString(),
      cancelled,
      by,
      how: cancelled === 'yes' ? null : `toolgate cancel ${call} --reason "…"`,
    };
  }
}

const cancelling: Record<LaneRow['state'] | 'no', rpc.DeferredEffect['cancelled']> = {
  no: 'no',
  running: 'running',
  waiting: 'running',
  succeeded: 'yes',
  failed: 'failed',
  lapsed: 'failed',
  indeterminate: 'indeterminate',
  unknown: 'indeterminate',
};
