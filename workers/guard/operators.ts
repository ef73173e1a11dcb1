import { z } from 'zod';
import type { KnownAction } from '../../shared/contract.ts';
import { faultsOf } from '../../shared/faults.ts';
import { isId, newId } from '../../shared/ids.ts';
import type { Image } from '../../shared/image.ts';
import { mask } from '../../shared/mask.ts';
import type { Outcome, UndoPlan } from '../../shared/outcome.ts';
import type { WithUse } from '../../shared/secret-use.ts';
import { checkPerson, type Person, type Role } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { ArtefactWords } from './artefact-words.ts';
import { SHIP_MS } from './book.ts';
import type { Stored } from './stored.ts';
import type { Column } from './column.ts';
import type { Effects } from './effect-rows.ts';
import { planText, type EffectRow } from './effects.ts';
import type { Env } from './env.ts';
import { changedSince, groundOf, type Ground } from './ground.ts';
import type { LaneCalls, LaneRow } from './lane-calls.ts';
import { LaneOutbox } from './lane-outbox.ts';
import { laneProblems, whyNot } from './lane-problems.ts';
import { LaneRuns } from './lane-runs.ts';
import { laneDispatch, laneLease } from './lane-tokens.ts';
import type { Looks } from './looks.ts';
import { inputTextOf } from './recover.ts';
import { findFrom } from './settle.ts';
import { takeBack } from './take-back.ts';

/** Who may have an agent's call undone, cancelled or looked up. The person's role decides; no agent has one. */
export const mayOperate: readonly Role[] = ['operator', 'incident-commander', 'owner'];

/** What a person says with an order. */
export const orderSchema = z.strictObject({
  reason: z.string().trim().min(1, 'says why, in a word at least').max(500),
  /** Of an undo: `found` of what a look or a refusal told, or `unseen`. */
  force: z
    .string()
    .regex(/^([0-9a-f]{16}|unseen)$/, 'is `found` as the refusal or a look told it')
    .optional(),
});

/** How long an answer waits for the outcome; after it the act is still under way, and stands in the journal. */
const OUTCOME_MS = 12_000;
const PRUNE_MS = 3_600_000;

/** What a person wants done to one call. */
export interface Order {
  /** Its own id, chosen before it was asked for, so that it can be asked for again; none: it gets one. */
  id?: string;
  kind: (typeof rpc.operatorKinds)[number];
  of: string;
  reason: string;
  person: Person;
  /** Of an undo: over exactly what was found there. */
  force?: string | undefined;
}

/** The same for what is decided elsewhere, such as a restore. */
export type LaneOrder = Omit<Order, 'kind'> & { kind: rpc.OperatorAct['kind'] };

/** One run that is decided: which action, for which call of the agent. */
export interface Task {
  action: KnownAction;
  inputText: string;
  about: Pick<EffectRow, 'action' | 'workflow'>;
  /** What the vendor must hold after it; undefined: it cannot be told. `only`: in these fields. */
  wanted: Image | undefined;
  only?: readonly string[];
}

/**
 * The operators' lane: what people have done to an agent's calls, with their own identity, tokens, intents and outcomes.
 * Stops cover the agent's calls and not these; the lease does: without one nothing is sent.
 */
export class Operators {
  readonly #env: Env;
  readonly #column: Column;
  readonly #effects: Effects;
  readonly #rows: LaneCalls;
  readonly #outbox: LaneOutbox;
  readonly #looks: Looks;
  readonly #runs: LaneRuns;
  #prunedAt = 0;

  /** The object's migrations must have run. */
  constructor(
    ctx: DurableObjectState,
    agent: string,
    env: Env,
    column: Column,
    effects: Effects,
    rows: LaneCalls,
    looks: Looks,
    artefacts: ArtefactWords,
  ) {
    this.#env = env;
    this.#column = column;
    this.#effects = effects;
    this.#rows = rows;
    this.#looks = looks;
    this.#outbox = new LaneOutbox(agent, ctx, env.OPERATORS_LOG, column, rows, effects);
    const outbox = this.#outbox;
    this.#runs = new LaneRuns({ agent, ctx, env, column, effects, rows, outbox, looks, artefacts });
  }

  /** Sets the alarm for what is open. The object's migrations must have run, and the book be loaded. */
  load(): void {
    const [first] = this.#rows.open();
    if (first?.due) this.#column.book.wake(first.due);
    if (this.#outbox.full) this.#column.book.wake(Date.now() + SHIP_MS);
  }

  /** Undoes, cancels or looks up one call for a person, whose credential is checked here. */
  async act(
    credential: string | null,
    kind: (typeof rpc.operatorKinds)[number],
    of: string,
    input: unknown,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    const check = await checkPerson(credential, mayOperate, this.#env);
    if (!check.ok) return refused({ code: check.code, detail: check.detail });
    const parsed = orderSchema.safeParse(input);
    if (!parsed.success) return refused({ code: 'invalid', errors: faultsOf(parsed.error) });
    const { reason, force } = parsed.data;
    if (force !== undefined && kind !== 'undo') return refused(laneProblems.nothingToForce);
    if (!isId('call', of)) return refused(laneProblems.unknownCall);
    return this.order({ kind, of, reason, person: check.person, force });
  }

  /** Does it for a person who was checked. `once`: whether a look is wanted at all, asked when nothing awaits any more. */
  async order(
    order: Order,
    once: (row: LaneRow) => boolean = () => true,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    const known = this.state(order.id ?? '');
    if (known) return { ok: true, value: known };
    await this.#column.leases.ready(Date.now());
    const begun =
      order.kind === 'recovery' ? this.#beginLook(order, once) : await this.#takeBack(order, order.kind);
    return this.#ending(begun);
  }

  /** Runs what was decided elsewhere, and waits for how it ends. From the look that it rests on to here nothing may await. */
  async run(order: LaneOrder, task: Task, ground: Ground): Promise<rpc.Result<rpc.OperatorAct>> {
    return this.#ending(this.#begin(order, task, ground));
  }

  async #ending(begun: rpc.Result<LaneRow>): Promise<rpc.Result<rpc.OperatorAct>> {
    if (!begun.ok) return begun;
    const { id } = begun.value;
    await within(OUTCOME_MS, this.#runs.ended(id)).catch(() => undefined);
    const look = this.#runs.changed(id);
    if (look) return refused(changedSince(look, id));
    return { ok: true, value: this.#outbox.shown(this.#rows.get(id) ?? begun.value) };
  }

  /** How far an operators' call is; undefined: there is none of this id. */
  state(id: string): rpc.OperatorAct | undefined {
    const row = this.#rows.get(id);
    return row && this.#outbox.shown(row);
  }

  async #takeBack(order: Order, kind: 'undo' | 'cancel'): Promise<rpc.Result<LaneRow>> {
    const first = this.#taskOf(order, kind);
    if (!first.ok) return first;
    const { plan, action, inputText, about } = first.value;
    const asked = { action, inputText, workflow: about.workflow, person: order.person.email };
    const see = async () => this.#looks.at(order.of, asked);
    const ground = kind === 'cancel' ? uncompared : await groundOf(order, plan, action, see);
    if (!ground.ok) return ground;
    // While the vendor was looked at, somebody else may have begun. From here to the recorded intent nothing awaits.
    const task = this.#taskOf(order, kind);
    return task.ok ? this.#begin(order, task.value, ground.value) : task;
  }

  /** What an undo or a cancellation would run now, if it may. */
  #taskOf({ of }: Order, kind: 'undo' | 'cancel'): rpc.Result<Task & { plan: UndoPlan }> {
    const effect = this.#effects.get(of);
    const earlier = effect?.taken_back_by ? this.#rows.get(effect.taken_back_by) : undefined;
    const ruling = takeBack(kind, effect, earlier, Date.now());
    if (!ruling.ok) return refused(whyNot(kind, of, ruling.why));
    const { plan } = ruling;
    const action = catalogue.get(plan.action);
    const inputText = action && planText(plan, action);
    if (!effect || !action || inputText === undefined) return refused(laneProblems.changedSince);
    return { ok: true, value: { plan, action, inputText, about: effect, wanted: plan.images?.before } };
  }

  #begin(order: LaneOrder, task: Task, ground: Ground): rpc.Result<LaneRow> {
    const now = Date.now();
    const { action, inputText, about, wanted, only } = task;
    const leased = laneLease(this.#column, this.#runs.size, now);
    if (!leased.ok) return leased;
    const { expected, overridden } = ground;
    const asked = { action, inputText, workflow: about.workflow, person: order.person.email };
    const id = order.id ?? newId('call', now);
    const earlier = this.#rows.get(id);
    if (earlier) return { ok: true, value: earlier };
    const dispatch = laneDispatch(this.#column, 'run', id, asked, leased.value, now);
    const row = rowOf(order, about, action, inputText, {
      id,
      at: now,
      intent_at: now,
      start_before: dispatch.startBefore,
      state: 'running',
      due: dispatch.startBefore + this.#column.recoverAfter(),
      forced: overridden === null ? 0 : 1,
    });
    const { epoch, startBefore } = dispatch;
    const how = { mode: 'execute', input: masked(inputText, action), epoch, startBefore };
    const forced = overridden === null ? {} : { forced: true, overridden };
    this.#runs.record(row, order, { ...how, ...forced }, () => {
      if (order.kind !== 'restore') this.#effects.takenBack(order.of, row.id, null);
    });
    const run = expected === undefined ? dispatch : { ...dispatch, expected };
    this.#runs.begin({ row, action, dispatch: run, wanted, ...(only && { only }) });
    return { ok: true, value: row };
  }

  #beginLook(order: Order, once: (row: LaneRow) => boolean): rpc.Result<LaneRow> {
    const now = Date.now();
    const leased = laneLease(this.#column, this.#runs.size, now);
    if (!leased.ok) return leased;
    const call = this.#column.book.row(order.of);
    if (!call) return refused(laneProblems.unknownCall);
    const action = catalogue.get(call.action);
    const stored = call.request === null ? null : (JSON.parse(call.request) as Stored);
    const inputText = action && stored ? inputTextOf(stored.request.body, action) : undefined;
    if (call.outcome !== 'indeterminate' || !action) return refused(laneProblems.notIndeterminate);
    if (action.findAfter === undefined || inputText === undefined) return refused(laneProblems.cannotTell);
    const workflow = this.#column.book.workflowOf(call.id) ?? this.#column.leases.workflow;
    const from = Math.max(now, findFrom(call, action, this.#column.recoverAfter()));
    const row = rowOf(order, { action: call.action, workflow }, action, inputText, {
      id: newId('call', now),
      at: now,
      intent_at: call.at,
      start_before: 0,
      state: 'waiting',
      due: from,
      forced: 0,
    });
    if (!once(row)) return refused(laneProblems.notIndeterminate);
    this.#runs.record(row, order, { mode: 'find', from: new Date(from).toISOString() });
    this.#column.book.wake(from);
    if (from <= now) this.#runs.lookInto(row);
    return { ok: true, value: row };
  }

  /** A tool reports by itself how an operators' call ended; the token was verified. */
  settled(call: string, outcome: WithUse<Outcome>): void {
    this.#runs.settled(call, outcome);
  }

  /** What the alarm does: looks into what is open, tells control, prunes. */
  async alarm(): Promise<void> {
    const now = Date.now();
    await this.#runs.alarm(now);
    await this.#outbox.tell();
    if (now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    this.#effects.prune(now);
    this.#rows.prune(now);
  }

  /** Whether the agent's call was taken back, and when (RFC 3339). */
  undone(call: string): string | null {
    const at = this.#effects.get(call)?.taken_back_at ?? null;
    return at === null ? null : new Date(at).toISOString();
  }
}

/** A cancellation takes nothing back that anybody could have changed. */
const uncompared = { ok: true, value: { expected: undefined, overridden: null } } as const;

function rowOf(
  { kind, of, person }: LaneOrder,
  { action: of_action, workflow }: Pick<EffectRow, 'action' | 'workflow'>,
  action: KnownAction,
  input: string,
  rest: Pick<LaneRow, 'id' | 'at' | 'intent_at' | 'start_before' | 'state' | 'due' | 'forced'>,
): LaneRow {
  const named = {
    action: action.name,
    input,
    person: person.email,
    tries: 0,
    told: 0,
    verified: null,
    why: null,
  };
  return { kind, of, of_action, workflow, ...named, ...rest };
}

function masked(inputText: string, action: KnownAction): unknown {
  return mask(JSON.parse(inputText), action.inputSchema);
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
