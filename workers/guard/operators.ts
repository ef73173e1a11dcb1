import { z } from 'zod';
import type { KnownAction } from '../../shared/contract.ts';
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
import type { Effects } from './effect-rows.ts';
import { effectOf, planText, type Done, type EffectRow } from './effects.ts';
import type { Env } from './env.ts';
import type { LaneCalls, LaneRow } from './lane-calls.ts';
import { LaneOutbox } from './lane-outbox.ts';
import { laneProblems, whyNot } from './lane-problems.ts';
import { laneDispatch, laneLease } from './lane-tokens.ts';
import { inputTextOf } from './recover.ts';
import { findFrom, journalOf } from './settle.ts';
import { takeBack } from './take-back.ts';

/** Who may have an agent's call undone, cancelled or looked up. The person's role decides; no agent has one. */
export const mayOperate: readonly Role[] = ['operator', 'incident-commander', 'owner'];

const inputSchema = z.strictObject({
  reason: z.string().trim().min(1, 'says why, in a word at least').max(500),
});

/** How long an answer waits for the outcome; after it the act is still under way, and stands in the journal. */
const OUTCOME_MS = 12_000;
/** Tries of `find` that told nothing. */
const FIND_TRIES = 5;
const PRUNE_MS = 3_600_000;

/** What a person wants done to one call. */
export interface Order {
  /** Of a rollback's step: its own id, chosen before it was asked for, so that it can be asked for again. */
  id?: string;
  kind: rpc.OperatorAct['kind'];
  of: string;
  reason: string;
  person: Person;
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
  readonly #outbox: LaneOutbox;
  #prunedAt = 0;
  readonly #running = new Map<string, Promise<void>>();

  /** The object's migrations must have run. */
  constructor(
    ctx: DurableObjectState,
    agent: string,
    env: Env,
    column: Column,
    effects: Effects,
    rows: LaneCalls,
  ) {
    this.#agent = agent;
    this.#ctx = ctx;
    this.#env = env;
    this.#column = column;
    this.#effects = effects;
    this.#rows = rows;
    this.#outbox = new LaneOutbox(agent, ctx, env.OPERATORS_LOG, column, rows, effects);
  }

  /** Sets the alarm for what is open. The object's migrations must have run, and the book be loaded. */
  load(): void {
    const [first] = this.#rows.open();
    if (first?.due) this.#column.book.wake(first.due);
    if (this.#outbox.full) this.#column.book.wake(Date.now() + SHIP_MS);
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
    if (!isId('call', of)) return refused(laneProblems.unknownCall);
    return this.order({ kind, of, reason: parsed.data.reason, person: check.person });
  }

  /** Does it for a person who was checked. `once`: whether a look is wanted at all, asked when nothing awaits any more. */
  async order(
    order: Order,
    once: (row: LaneRow) => boolean = () => true,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    await this.#column.leases.ready(Date.now());
    const known = this.state(order.id ?? '');
    if (known) return { ok: true, value: known };
    // From this look at the lease to the recorded intent nothing awaits.
    const begun =
      order.kind === 'recovery' ? this.#beginLook(order, once) : this.#beginTakingBack(order, order.kind);
    if (!begun.ok) return begun;
    const { id } = begun.value;
    await within(OUTCOME_MS, this.#running.get(id) ?? Promise.resolve()).catch(() => undefined);
    return { ok: true, value: this.#outbox.shown(this.#rows.get(id) ?? begun.value) };
  }

  /** An operators' call as far as it is; undefined: there is none of this id. */
  state(id: string): rpc.OperatorAct | undefined {
    const row = this.#rows.get(id);
    return row && this.#outbox.shown(row);
  }

  #beginTakingBack(order: Order, kind: 'undo' | 'cancel'): rpc.Result<LaneRow> {
    const now = Date.now();
    const leased = laneLease(this.#column, this.#running.size, now);
    if (!leased.ok) return leased;
    const effect = this.#effects.get(order.of);
    const earlier = effect?.taken_back_by ? this.#rows.get(effect.taken_back_by) : undefined;
    const ruling = takeBack(kind, effect, earlier, now);
    if (!ruling.ok) return refused(whyNot(kind, order.of, ruling.why));
    const action = catalogue.get(ruling.plan.action);
    const inputText = action && planText(ruling.plan, action);
    if (!effect || !action || inputText === undefined) return refused(laneProblems.changedSince);
    const asked = { action, inputText, workflow: effect.workflow, person: order.person.email };
    const id = order.id ?? newId('call', now);
    const dispatch = laneDispatch(this.#column, 'run', id, asked, leased.value, now);
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

  #beginLook(order: Order, once: (row: LaneRow) => boolean): rpc.Result<LaneRow> {
    const now = Date.now();
    const leased = laneLease(this.#column, this.#running.size, now);
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
    const row = this.#row(order, { action: call.action, workflow }, action, inputText, {
      id: newId('call', now),
      at: now,
      intent_at: call.at,
      start_before: 0,
      state: 'waiting',
      due: from,
    });
    if (!once(row)) return refused(laneProblems.notIndeterminate);
    this.#begin(row, order, { mode: 'find', from: new Date(from).toISOString() });
    this.#column.book.wake(from);
    if (from <= now) this.#work(row.id, async () => this.#look(row));
    return { ok: true, value: row };
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
    this.#outbox.soon();
  }

  #entry({ id, action, workflow }: LaneRow): EntryData {
    const tool = action.split('.')[0] ?? '';
    return { agent: this.#agent, ...(workflow && { workflow }), tool, action, call: id, lane: 'operators' };
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
      const effect = effectOf(this.#done(row, now), action, outcome);
      if (effect) this.#effects.keep(effect);
    });
    if (outcome.kind === 'succeeded') {
      const how = { by: row.id, kind: row.kind, person: row.person };
      this.#column.book.note('call.undone', { agent: this.#agent, call: row.of, undone: how });
    }
    if (due !== null) this.#column.book.wake(due);
    this.#outbox.soon();
  }

  #done({ id, workflow, input, person }: LaneRow, now: number): Done {
    const asked = input === null ? null : (JSON.parse(input) as Record<string, unknown>);
    const [undoMs, keepMs] = [this.#column.undoMs(), this.#column.keepMs()];
    return { id, workflow, session: null, input: asked, person, now, undoMs, keepMs };
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
    const asked = { action, inputText: row.input, workflow: row.workflow, person: row.person };
    const dispatch = laneDispatch(this.#column, 'find', about, asked, leased, row.intent_at);
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
    this.#outbox.soon();
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
    await this.#outbox.tell();
    if (now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    this.#effects.prune(now);
    this.#rows.prune(now);
  }

  async #lookInto(row: LaneRow): Promise<void> {
    const action = catalogue.get(row.action);
    if (row.state !== 'running' || !action) return this.#look(row);
    // This object went away in the middle of it.
    this.#finish(row, action, { kind: 'indeterminate', detail: 'no outcome was reported' });
  }

  /** Whether the agent's call was taken back, and when (RFC 3339). */
  undone(call: string): string | null {
    const at = this.#effects.get(call)?.taken_back_at ?? null;
    return at === null ? null : new Date(at).toISOString();
  }
}

function masked(inputText: string, action: KnownAction): unknown {
  return mask(JSON.parse(inputText), action.inputSchema);
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
