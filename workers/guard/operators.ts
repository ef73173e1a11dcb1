import { z } from 'zod';
import { mayCover } from '../../flags/targets.ts';
import type { KnownAction } from '../../shared/contract.ts';
import { sha256 } from '../../shared/crypto.ts';
import { faultsOf } from '../../shared/faults.ts';
import { isId, newId } from '../../shared/ids.ts';
import type { EntryData } from '../../shared/journal.ts';
import { mask } from '../../shared/mask.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { checkPerson, type Person, type Role } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { catalogue } from '../tools/catalogue.ts';
import { SHIP_MS, type Stored } from './book.ts';
import type { Column } from './column.ts';
import { find, run } from './dispatch.ts';
import { effectOf, planText, type EffectRow, type Effects } from './effects.ts';
import type { Env } from './env.ts';
import { LaneCalls, type LaneRow } from './lane-calls.ts';
import type { Leased } from './lease-keeper.ts';
import { inputTextOf } from './recover.ts';
import { findFrom, journalOf } from './settle.ts';
import { IN_FLIGHT_MAX } from './steps/limits.ts';
import { takeBack, type NoTakingBack } from './take-back.ts';

/** Who may have an agent's call undone, cancelled or looked up. The person's role decides; no agent has one. */
export const mayOperate: readonly Role[] = ['operator', 'incident-commander', 'owner'];

const inputSchema = z.strictObject({
  reason: z.string().trim().min(1, 'says why, in a word at least').max(500),
});

/** How long an answer waits for the outcome; after it the act is still under way, and stands in the journal. */
const OUTCOME_MS = 12_000;
/** Tries of `find` that told nothing. */
const FIND_TRIES = 5;
/** Deferred effects cancelled at once for one stop: vendors have limits. */
const CANCEL_AT_ONCE = 8;
const TELL_MS = 2_000;

interface Order {
  kind: rpc.OperatorAct['kind'];
  of: string;
  reason: string;
  person: Person;
  /** A look that a stop of this target asks for: for calls that it covers, and no second time. */
  once?: rpc.Aftermath['target'];
}

/**
 * The operators' lane: what people have done to an agent's calls, with their own identity, tokens, intents and outcomes.
 * Stops cover the agent's calls and not these; the lease does: without one nothing is sent.
 */
export class Operators {
  readonly #agent: string;
  readonly #env: Env;
  readonly #column: Column;
  readonly #effects: Effects;
  readonly #rows: LaneCalls;
  readonly #ctx: DurableObjectState;
  readonly #running = new Map<string, Promise<void>>();
  /** Until when control knows of deferred effects (Unix ms). */
  #toldUntil = 0;

  /** The object's migrations must have run. */
  constructor(agent: string, ctx: DurableObjectState, env: Env, column: Column, effects: Effects) {
    this.#agent = agent;
    this.#ctx = ctx;
    this.#env = env;
    this.#column = column;
    this.#effects = effects;
    this.#rows = new LaneCalls(ctx.storage.sql);
    // In a turn of its own: this one still writes what was decided.
    effects.onDeferred = () => queueMicrotask(() => this.#effectKept());
  }

  /** Sets the alarm for what is open. Call it when the book is loaded. */
  load(): void {
    const [first] = this.#rows.open();
    if (first?.due) this.#column.book.wake(first.due);
    if (this.#rows.untold().length > 0 || this.#effects.latest() > Date.now())
      this.#column.book.wake(Date.now() + SHIP_MS);
  }

  // ── what people ask for ──────────────────────────────────────────────────────────────────────────────────────────

  /** Undoes, cancels or looks up one call for a person, whose credential is checked here. */
  async act(
    credential: string | null,
    kind: rpc.OperatorAct['kind'],
    of: string,
    input: unknown,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    const check = await checkPerson(credential, mayOperate, this.#env);
    if (!check.ok) return refused({ code: check.code, detail: check.detail });
    const parsed = inputSchema.safeParse(input);
    if (!parsed.success) return refused({ code: 'invalid', errors: faultsOf(parsed.error) });
    if (!isId('call', of)) return refused(unknownCall);
    return this.#order({ kind, of, reason: parsed.data.reason, person: check.person });
  }

  async #order(order: Order): Promise<rpc.Result<rpc.OperatorAct>> {
    await this.#column.leases.ready(Date.now());
    // From this look at the lease to the recorded intent nothing awaits.
    const begun =
      order.kind === 'recovery' ? this.#beginLook(order) : this.#beginTakingBack(order, order.kind);
    if (!begun.ok) return begun;
    const { id } = begun.value;
    await within(OUTCOME_MS, this.#running.get(id) ?? Promise.resolve()).catch(() => undefined);
    return { ok: true, value: this.#shown(this.#rows.get(id) ?? begun.value) };
  }

  #beginTakingBack(order: Order, kind: 'undo' | 'cancel'): rpc.Result<LaneRow> {
    const now = Date.now();
    const leased = this.#lease(now);
    if (!leased.ok) return leased;
    const effect = this.#effects.get(order.of);
    const earlier = effect?.taken_back_by ? this.#rows.get(effect.taken_back_by) : undefined;
    const ruling = takeBack(kind, effect, earlier, now);
    if (!ruling.ok) return refused(whyNot(kind, order.of, ruling.why));
    const action = catalogue.get(ruling.plan.action);
    const inputText = action && planText(ruling.plan, action);
    if (!effect || !action || inputText === undefined) return refused(changedSince);
    const dispatch = this.#dispatch('run', newId('call', now), action, inputText, leased.value, now, order);
    const row = this.#row(order, effect, action, inputText, {
      id: dispatch.call,
      at: now,
      intent_at: now,
      start_before: dispatch.startBefore,
      state: 'running',
      due: dispatch.startBefore + this.#column.recoverAfter(),
    });
    const { epoch, startBefore } = dispatch;
    this.#begin(row, order, { mode: 'execute', input: masked(inputText, action), epoch, startBefore }, () =>
      this.#effects.takenBack(order.of, row.id, null),
    );
    this.#work(row.id, async () =>
      this.#finish(row, action, await run(this.#env, this.#column.leases.tokens, dispatch)),
    );
    return { ok: true, value: row };
  }

  #beginLook(order: Order): rpc.Result<LaneRow> {
    const now = Date.now();
    const leased = this.#lease(now);
    if (!leased.ok) return leased;
    const call = this.#column.book.row(order.of);
    if (!call) return refused(unknownCall);
    const action = catalogue.get(call.action);
    const stored = call.request === null ? null : (JSON.parse(call.request) as Stored);
    const inputText = action && stored ? inputTextOf(stored.request.body, action) : undefined;
    if (call.outcome !== 'indeterminate' || !action) return refused(notIndeterminate);
    if (action.findAfter === undefined || inputText === undefined) return refused(cannotTell);
    const workflow = this.#column.book.workflowOf(call.id) ?? this.#column.leases.workflow;
    if (order.once && !this.#isNew(order.once, { call: call.id, action: call.action, workflow }))
      return refused(notIndeterminate);
    const from = Math.max(now, findFrom(call, action, this.#column.recoverAfter()));
    const row = this.#row(order, { action: call.action, workflow }, action, inputText, {
      id: newId('call', now),
      at: now,
      intent_at: call.at,
      start_before: 0,
      state: 'waiting',
      due: from,
    });
    this.#begin(row, order, { mode: 'find', from: new Date(from).toISOString() });
    this.#column.book.wake(from);
    if (from <= now) this.#work(row.id, async () => this.#look(row));
    return { ok: true, value: row };
  }

  #isNew(target: rpc.Aftermath['target'], call: Pick<EffectRow, 'call' | 'action' | 'workflow'>): boolean {
    return this.#concerns(target, call) && !this.#rows.lookedUp(call.call);
  }

  /** A live lease, and room for one more: what bounds the lane, besides the person's role. */
  #lease(now: number): rpc.Result<Leased> {
    const leased = this.#column.book.behind ? null : this.#column.leases.now(now);
    if (!leased)
      return refused({ code: 'no-lease', detail: 'No live lease, so nothing was sent.', retryAfter: 5 });
    if (this.#column.book.inFlight + this.#running.size < IN_FLIGHT_MAX) return { ok: true, value: leased };
    return refused({ code: 'limited', detail: 'Too many calls of this agent are under way.', retryAfter: 1 });
  }

  #row(
    { kind, of, person }: Order,
    about: Pick<EffectRow, 'action' | 'workflow'>,
    action: KnownAction,
    input: string,
    rest: Pick<LaneRow, 'id' | 'at' | 'intent_at' | 'start_before' | 'state' | 'due'>,
  ): LaneRow {
    const { action: of_action, workflow } = about;
    const named = { action: action.name, input, person: person.email, tries: 0, told: 0 };
    return { kind, of, of_action, workflow, ...named, ...rest };
  }

  /** The intent: the row and its journal entry, durable before a tool hears of it. */
  #begin(row: LaneRow, { reason, person }: Order, how: EntryData, write: () => void = () => undefined): void {
    const { kind, of } = row;
    const operator = { kind, of, person: person.email, credential: person.credential, reason };
    this.#column.book.note('call.intent', { ...this.#entry(row), ...how, operator }, () => {
      this.#rows.insert(row);
      write();
    });
    this.#tell();
  }

  #entry({ id, action, workflow }: LaneRow): EntryData {
    const tool = action.split('.')[0] ?? '';
    return { agent: this.#agent, ...(workflow && { workflow }), tool, action, call: id, lane: 'operators' };
  }

  #dispatch(
    purpose: 'run' | 'find',
    call: string,
    action: KnownAction,
    inputText: string,
    leased: Leased,
    intentAt: number,
    { person }: { person: Person | string },
  ) {
    const email = typeof person === 'string' ? person : person.email;
    const dispatch = this.#column.dispatch(purpose, call, { action, inputText }, leased, intentAt);
    return { ...dispatch, person: sha256(email) };
  }

  #work(id: string, work: () => Promise<void>): void {
    const working = work().finally(() => this.#running.delete(id));
    this.#running.set(id, working);
    this.#ctx.waitUntil(working);
  }

  // ── what comes of it ─────────────────────────────────────────────────────────────────────────────────────────────

  /** A tool reports by itself how an operators' call ended; the token was verified. */
  settled(call: string, outcome: Outcome): void {
    const row = this.#rows.get(call);
    const action = row && catalogue.get(row.action);
    if (row && action && row.kind !== 'recovery') this.#finish(row, action, outcome);
  }

  /** The first clear word counts; an unclear one is looked into once the vendor can tell. */
  #finish(row: LaneRow, action: KnownAction, outcome: Outcome, final = false): void {
    const state = this.#rows.get(row.id)?.state;
    const unclear = outcome.kind === 'indeterminate';
    if (state !== 'running' && !(state === 'indeterminate' && (!unclear || final))) return;
    const now = Date.now();
    const again = unclear && action.findAfter !== undefined && !final;
    const due = again
      ? row.start_before + Math.max((action.findAfter ?? 0) * 1000, this.#column.recoverAfter())
      : null;
    const entry = { ...this.#entry(row), ...journalOf(action, outcome), of: row.of };
    this.#column.book.note('call.outcome', entry, () => {
      this.#rows.stands(row.id, outcome.kind, due);
      this.#takenBack(row, outcome, now);
      const effect = effectOf({ id: row.id, workflow: row.workflow, now }, action, outcome);
      if (effect) this.#effects.keep(effect);
    });
    if (outcome.kind === 'succeeded') {
      const how = { by: row.id, kind: row.kind, person: row.person };
      this.#column.book.note('call.undone', { agent: this.#agent, call: row.of, undone: how });
    }
    if (due !== null) this.#column.book.wake(due);
    this.#tell();
  }

  #takenBack({ id, of }: LaneRow, outcome: Outcome, now: number): void {
    // Only a row that this call holds: a cancellation may have been repeated by another.
    if (this.#effects.get(of)?.taken_back_by !== id) return;
    if (outcome.kind === 'succeeded') this.#effects.takenBack(of, id, now);
    if (outcome.kind === 'failed' || outcome.kind === 'lapsed') this.#effects.takenBack(of, null, null);
  }

  /** Looks whether the vendor did it: the agent's call of a recovery, or an undo whose outcome is not clear. */
  async #look(row: LaneRow): Promise<void> {
    const action = catalogue.get(row.action);
    if (!action || row.input === null) return this.#rows.stands(row.id, 'unknown', null);
    await this.#column.leases.ready(Date.now());
    const leased = this.#column.leases.now(Date.now());
    // No lease, nothing asked: the alarm comes back to it.
    if (!leased || this.#column.book.behind) return this.#postpone(row, row.tries);
    const about = row.kind === 'recovery' ? row.of : row.id;
    const dispatch = this.#dispatch('find', about, action, row.input, leased, row.intent_at, row);
    const found = await find(this.#env, this.#column.leases.tokens, dispatch);
    if (!found && row.tries + 1 < FIND_TRIES) return this.#postpone(row, row.tries + 1);
    if (row.kind === 'recovery') return this.#found(row, action, found);
    const outcome = found ?? { kind: 'indeterminate', detail: 'it could not be looked up' };
    return this.#finish(row, action, outcome, true);
  }

  /** What a look found becomes the outcome of the agent's call. */
  #found(row: LaneRow, action: KnownAction, found: Outcome | null): void {
    const call = this.#column.book.row(row.of);
    if (found && call) this.#column.finish(call, found, { final: true, byFind: true });
    const told = journalOf(action, found ?? { kind: 'indeterminate', detail: 'the vendor could not tell' });
    this.#column.book.note('call.outcome', { ...this.#entry(row), ...told, of: row.of }, () =>
      this.#rows.stands(row.id, found?.kind ?? 'unknown', null),
    );
    this.#tell();
  }

  #postpone(row: LaneRow, tries: number): void {
    const due = Date.now() + 1_000 * 2 ** tries;
    this.#rows.postpone(row.id, due, tries);
    this.#column.book.wake(due);
  }

  /** What the alarm does: looks into what is open, tells control, prunes. */
  async alarm(): Promise<void> {
    const now = Date.now();
    const open = this.#rows.open().filter(({ id }) => !this.#running.has(id));
    for (const row of open) {
      if (row.due !== null && row.due > now) this.#column.book.wake(row.due);
      else this.#work(row.id, async () => this.#lookInto(row));
    }
    await Promise.allSettled(this.#running.values());
    await this.#tellControl();
    this.#effects.prune(now);
    this.#rows.prune(now);
  }

  async #lookInto(row: LaneRow): Promise<void> {
    const action = catalogue.get(row.action);
    if (row.state !== 'running' || !action) return this.#look(row);
    // This object went away in the middle of it.
    this.#finish(row, action, { kind: 'indeterminate', detail: 'no outcome was reported' });
  }

  // ── stops ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What a stop leaves to be done here: its deferred effects, cancelled for the person who wants that; and calls that it
   * called off without a clear outcome, looked up for that person once the vendor can tell.
   */
  async aftermath(
    { target, cancel }: rpc.Aftermath,
    calledOff: readonly string[],
  ): Promise<rpc.DeferredEffect[]> {
    // Whose workflow this is, is known from a lease on.
    await this.#column.leases.ready(Date.now());
    const covered = this.#effects.pending(Date.now()).filter((effect) => this.#concerns(target, effect));
    const check = cancel && (await checkPerson(cancel.credential, mayOperate, this.#env));
    if (cancel && check?.ok && this.#column.leases.workflow !== null) {
      const order = { reason: cancel.reason, person: check.person };
      for (const of of calledOff) await this.#order({ ...order, kind: 'recovery', of, once: target });
      for (let at = 0; at < covered.length; at += CANCEL_AT_ONCE) {
        const some = covered.slice(at, at + CANCEL_AT_ONCE);
        await Promise.all(
          some.map(async ({ call }) => this.#cancelOnce({ ...order, kind: 'cancel', of: call })),
        );
      }
    }
    return covered.map((effect) => this.#deferred(this.#effects.get(effect.call) ?? effect));
  }

  /** A stop asks several times; whatever was tried before is a person's to try again. */
  async #cancelOnce(order: Order): Promise<void> {
    if (!this.#rows.lastOf(order.of)) await this.#order(order);
  }

  #concerns(
    target: rpc.Aftermath['target'],
    { action, workflow }: Pick<EffectRow, 'action' | 'workflow'>,
  ): boolean {
    return mayCover(target, {
      agent: this.#agent,
      workflow: workflow ?? this.#column.leases.workflow,
      tool: action.split('.')[0] ?? '',
      action,
    });
  }

  #deferred({
    call,
    action,
    due,
    cancel_until,
    taken_back_by,
    taken_back_at,
  }: EffectRow): rpc.DeferredEffect {
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

  /** Whether the agent's call was taken back, and when (RFC 3339). */
  undone(call: string): string | null {
    const at = this.#effects.get(call)?.taken_back_at ?? null;
    return at === null ? null : new Date(at).toISOString();
  }

  // ── control ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An outcome may have left something deferred: control is told, as a stop must ask this agent even when it sleeps. */
  #effectKept(): void {
    if (this.#effects.latest() > this.#toldUntil) this.#tell();
  }

  #tell(): void {
    this.#column.book.wake(Date.now() + SHIP_MS);
    this.#ctx.waitUntil(this.#tellControl());
  }

  /** What control has not been told. When it does not answer, the alarm tells it again. */
  async #tellControl(): Promise<void> {
    const log = this.#env.OPERATORS_LOG;
    try {
      for (const row of this.#rows.untold()) {
        await within(TELL_MS, log.acted(this.#shown(row), this.#covered(row)));
        this.#rows.told(row.id, row.state);
      }
      const until = this.#effects.latest();
      if (until > Math.max(this.#toldUntil, Date.now())) {
        await within(TELL_MS, log.deferred(this.#agent, until));
        this.#toldUntil = until;
      }
    } catch {
      this.#column.book.wake(Date.now() + 5_000);
    }
  }

  /** A stop of the call's own action or of the undoing one is told of it. */
  #covered({ action, of_action, workflow: known }: LaneRow) {
    const workflow = known ?? this.#column.leases.workflow ?? '';
    return [...new Set([of_action, action])].map((name) => ({
      agent: this.#agent,
      workflow,
      tool: name.split('.')[0] ?? '',
      action: name,
    }));
  }

  #shown({ kind, id, of, action, person, at, state }: LaneRow): rpc.OperatorAct {
    const since = new Date(at).toISOString();
    return { kind, call: id, of, agent: this.#agent, action, person, at: since, outcome: state };
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

function masked(inputText: string, action: KnownAction): unknown {
  return mask(JSON.parse(inputText), action.inputSchema);
}

const unknownCall: Problem = {
  code: 'not-found',
  detail: 'This agent has no such call, or it is too long ago.',
};
const notIndeterminate: Problem = {
  code: 'conflict',
  detail: 'The outcome of this call is clear, or still open.',
};
const cannotTell: Problem = {
  code: 'conflict',
  detail: 'The vendor cannot be asked whether it did this; somebody has to look there.',
};
const changedSince: Problem = {
  code: 'conflict',
  detail: 'The contract has changed since, so the plan no longer fits; it has to be done at the vendor.',
};

function whyNot(kind: 'undo' | 'cancel', of: string, why: NoTakingBack): Problem {
  switch (why.kind) {
    case 'nothing':
      return {
        code: 'not-found',
        detail:
          kind === 'undo'
            ? 'Nothing is kept to undo this call with: it did not succeed, cannot be undone, or was too long ago.'
            : 'This call has no effect that is still to come.',
      };
    case 'already':
      return {
        code: 'conflict',
        call: why.by,
        detail: `${of} is taken back by ${why.by} already (${why.state}).`,
      };
    case 'come':
      return { code: 'conflict', detail: `It took effect at ${new Date(why.due).toISOString()}.` };
  }
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
