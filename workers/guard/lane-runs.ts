import type { KnownAction } from '../../shared/contract.ts';
import { conflictsOf, type Image } from '../../shared/image.ts';
import type { EntryData } from '../../shared/journal.ts';
import { maskText } from '../../shared/mask.ts';
import type { Outcome, UndoPlan } from '../../shared/outcome.ts';
import { splitUse, type WithUse } from '../../shared/secret-use.ts';
import type { Look } from '../../shared/taking-back.ts';
import { catalogue } from '../tools/catalogue.ts';
import { artefactEntry, artefactWordOf } from './artefact-of.ts';
import type { ArtefactWords } from './artefact-words.ts';
import type { Column } from './column.ts';
import { lookOf, maskedConflicts } from './conflicts.ts';
import { find, run, type Dispatch } from './dispatch.ts';
import type { Effects } from './effect-rows.ts';
import { effectOf, waysBack, type Done } from './effects.ts';
import type { Env } from './env.ts';
import type { LaneCalls, LaneRow } from './lane-calls.ts';
import type { LaneOutbox } from './lane-outbox.ts';
import { laneDispatch, type LaneAsked } from './lane-tokens.ts';
import type { Looks } from './looks.ts';
import type { LaneOrder } from './operators.ts';
import { journalOf } from './settle.ts';

/** Tries of `find` that told nothing. */
const FIND_TRIES = 5;
/** Looks that found a later change, for whoever asked: few are asked for at once. */
const FOUND_MAX = 200;

/** What a call of the lane is begun with. */
export interface Beginning {
  row: LaneRow;
  action: KnownAction;
  dispatch: Dispatch;
  /** What the vendor must hold afterwards; undefined: it cannot be told. */
  wanted: Image | undefined;
  /** Which fields of it count; all, if it does not say. */
  only?: readonly string[];
}

/** What the runs of the lane work with. */
export interface LaneSetup {
  agent: string;
  ctx: DurableObjectState;
  env: Env;
  column: Column;
  effects: Effects;
  rows: LaneCalls;
  outbox: LaneOutbox;
  looks: Looks;
  artefacts: ArtefactWords;
}

/** Calls of the operators' lane once they are decided: intent, dispatch, outcome, and a look at the vendor after it. */
export class LaneRuns {
  readonly #at: LaneSetup;
  readonly #running = new Map<string, Promise<void>>();
  /** Of calls that met a later change: what the vendor holds. */
  readonly #changed = new Map<string, Look>();

  constructor(setup: LaneSetup) {
    this.#at = setup;
  }

  /** How many are under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Resolves when that call has ended, as far as it is under way here. */
  async ended(id: string): Promise<void> {
    await this.#running.get(id);
  }

  /** What the vendor holds where that call was to take something back; told once. */
  changed(id: string): Look | undefined {
    const look = this.#changed.get(id);
    this.#changed.delete(id);
    return look;
  }

  /** The intent: the row and its journal entry, durable before a tool hears of it. */
  record(
    row: LaneRow,
    { reason, person }: LaneOrder,
    how: EntryData,
    write: () => void = () => undefined,
  ): void {
    const { kind, of } = row;
    const by = { person: person.email, credential: person.credential };
    const operator = { kind, of, ...by, reason: maskText(reason) };
    this.#at.column.book.note('call.intent', { ...this.#entry(row), ...how, operator }, () => {
      this.#at.rows.insert(row);
      write();
    });
    this.#at.outbox.soon();
  }

  /** Hands a recorded call to its tool. */
  begin({ row, action, dispatch, wanted, only }: Beginning): void {
    this.#work(row.id, async () => {
      const outcome = await run(this.#at.env, this.#at.column.leases.tokens, dispatch);
      this.#finish(row, action, outcome);
      const asked = { ...dispatch, workflow: row.workflow, person: row.person };
      if (outcome.kind === 'succeeded') await this.#verify(row, asked, wanted, only);
      if (outcome.kind === 'failed' && outcome.reason === 'changed') await this.#findChange(row, asked);
    });
  }

  /** Looks into a call whose time has come. */
  lookInto(row: LaneRow): void {
    this.#work(row.id, async () => {
      const action = catalogue.get(row.action);
      if (row.state !== 'running' || !action) return this.#look(row);
      // This object went away in the middle of it.
      this.#finish(row, action, { kind: 'indeterminate', detail: 'no outcome was reported' });
    });
  }

  /** What the alarm does: looks into what is due. */
  async alarm(now: number): Promise<void> {
    for (const row of this.#at.rows.open().filter(({ id }) => !this.#running.has(id))) {
      if (row.due !== null && row.due > now) this.#at.column.book.wake(row.due);
      else this.lookInto(row);
    }
    await Promise.allSettled(this.#running.values());
  }

  /** A tool reports by itself how a call ended; the token was verified. */
  settled(call: string, answer: WithUse<Outcome>): void {
    const row = this.#at.rows.get(call);
    const action = row && catalogue.get(row.action);
    if (!row || !action || row.kind === 'recovery') return;
    const { told: outcome, use } = splitUse(answer);
    // Whoever waits for the tool's answer here has heard it, or will.
    if (row.state === 'running' && !this.#running.has(call)) this.#at.column.book.secretUses.heard(call, use);
    const state = this.#finish(row, action, outcome);
    // Whoever waits for the tool's answer here looks at the vendor after it.
    if (state !== 'succeeded' || row.input === null || this.#running.has(call)) return;
    const asked = { action, inputText: row.input, workflow: row.workflow, person: row.person };
    this.#work(call, async () => this.#verify(row, asked, this.#plan(row)?.images?.before));
  }

  #work(id: string, work: () => Promise<void>): void {
    const working = work().finally(() => this.#running.delete(id));
    this.#running.set(id, working);
    this.#at.ctx.waitUntil(working);
  }

  #entry({ id, action, workflow }: LaneRow): EntryData {
    const tool = action.split('.')[0] ?? '';
    return {
      agent: this.#at.agent,
      ...(workflow && { workflow }),
      tool,
      action,
      call: id,
      lane: 'operators',
    };
  }

  // ── what comes of it ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The first clear word counts; an unclear one is looked into once the vendor can tell. Undefined: this word changed nothing. */
  #finish(row: LaneRow, action: KnownAction, outcome: Outcome, final = false): Outcome['kind'] | undefined {
    const state = this.#at.rows.get(row.id)?.state;
    const unclear = outcome.kind === 'indeterminate';
    if (state !== 'running' && !(state === 'indeterminate' && (!unclear || final))) return undefined;
    const now = Date.now();
    const again = unclear && action.findAfter !== undefined && !final;
    const due = again
      ? row.start_before + Math.max((action.findAfter ?? 0) * 1000, this.#at.column.recoverAfter())
      : null;
    const done = this.#done(row, now);
    const effect = effectOf(done, action, outcome);
    const artefact = artefactWordOf(this.#at.agent, done, action, outcome);
    const entry = {
      ...this.#entry(row),
      ...journalOf(action, outcome),
      ...waysBack(effect),
      ...artefactEntry(artefact),
      ...conflictsIn(outcome, action),
      of: row.of,
    };
    this.#at.column.book.note('call.outcome', entry, () => {
      this.#at.rows.stands(row.id, outcome.kind, due, outcome.kind === 'failed' ? outcome.reason : null);
      this.#takenBack(row, outcome, now);
      if (artefact) this.#at.artefacts.put(action.tool, artefact);
      if (effect) this.#at.effects.keep(effect);
      else if (state === 'indeterminate') this.#at.effects.drop(row.id);
    });
    if (outcome.kind === 'succeeded' && row.kind !== 'restore') {
      const how = { by: row.id, kind: row.kind, person: row.person };
      this.#at.column.book.note('call.undone', { agent: this.#at.agent, call: row.of, undone: how });
    }
    if (due !== null) this.#at.column.book.wake(due);
    this.#at.outbox.soon();
    return outcome.kind;
  }

  #done({ id, workflow, input, person }: LaneRow, now: number): Done {
    const asked = input === null ? null : (JSON.parse(input) as Record<string, unknown>);
    const [undoMs, keepMs] = [this.#at.column.undoMs(), this.#at.column.keepMs()];
    return { id, workflow, session: null, input: asked, person, now, undoMs, keepMs };
  }

  #takenBack({ id, of }: LaneRow, outcome: Outcome, now: number): void {
    // Only a row that this call holds: a cancellation may have been repeated by another.
    if (this.#at.effects.get(of)?.taken_back_by !== id) return;
    if (outcome.kind === 'succeeded') this.#at.effects.takenBack(of, id, now);
    if (outcome.kind === 'failed' || outcome.kind === 'lapsed') this.#at.effects.takenBack(of, null, null);
  }

  /** Looks at the vendor once more: a vendor's yes is not yet what it holds. */
  async #verify(
    row: LaneRow,
    asked: LaneAsked,
    wanted: Image | undefined,
    only?: readonly string[],
  ): Promise<void> {
    if (row.kind === 'cancel') return;
    const sight = wanted === undefined ? null : await this.#at.looks.at(row.id, asked);
    const all = wanted !== undefined && sight?.ok ? conflictsOf(wanted, sight.image) : null;
    const held = all?.filter(({ field }) => field === '*' || (only?.includes(field) ?? true)) ?? null;
    const verified = held === null ? 'unknown' : held.length === 0 ? 'yes' : 'no';
    const differs = held?.map(({ field }) => field) ?? [];
    const told = { ...this.#entry(row), of: row.of, verified, ...(differs.length > 0 && { differs }) };
    this.#at.column.book.note('call.verified', told, () => this.#at.rows.verified(row.id, verified));
    this.#at.outbox.soon();
  }

  /** What somebody else's change looks like now, for the person who asked. */
  async #findChange(row: LaneRow, asked: LaneAsked): Promise<void> {
    const plan = this.#plan(row);
    if (!plan) return;
    const sight = await this.#at.looks.at(row.of, asked);
    this.#changed.set(row.id, lookOf(row.of, plan, asked.action, sight));
    const [oldest] = this.#changed.keys();
    if (this.#changed.size > FOUND_MAX && oldest !== undefined) this.#changed.delete(oldest);
  }

  /** By which plan an undo was run. */
  #plan({ kind, of }: LaneRow): UndoPlan | undefined {
    const undo = kind === 'undo' ? this.#at.effects.get(of)?.undo : null;
    return undo ? (JSON.parse(undo) as UndoPlan) : undefined;
  }

  // ── looking for what is not clear ────────────────────────────────────────────────────────────────────────────────

  /** Looks whether the vendor did it: the agent's call of a recovery, or an undo whose outcome is not clear. */
  async #look(row: LaneRow): Promise<void> {
    const action = catalogue.get(row.action);
    if (!action || row.input === null) return this.#at.rows.stands(row.id, 'unknown', null);
    await this.#at.column.leases.ready(Date.now());
    const leased = this.#at.column.leases.now(Date.now());
    // No lease, nothing asked: the alarm comes back to it.
    if (!leased || this.#at.column.book.behind) return this.#postpone(row, row.tries);
    const about = row.kind === 'recovery' ? row.of : row.id;
    const asked = { action, inputText: row.input, workflow: row.workflow, person: row.person };
    const dispatch = laneDispatch(this.#at.column, 'find', about, asked, leased, row.intent_at);
    const found = await find(this.#at.env, this.#at.column.leases.tokens, dispatch);
    if (!found && row.tries + 1 < FIND_TRIES) return this.#postpone(row, row.tries + 1);
    if (row.kind === 'recovery') return this.#found(row, action, found);
    const outcome = found ?? { kind: 'indeterminate', detail: 'it could not be looked up' };
    this.#finish(row, action, outcome, true);
    if (outcome.kind === 'succeeded') await this.#verify(row, asked, this.#plan(row)?.images?.before);
  }

  /** What a look found becomes the outcome of the agent's call. */
  #found(row: LaneRow, action: KnownAction, found: Outcome | null): void {
    const call = this.#at.column.book.row(row.of);
    if (found && call) this.#at.column.finish(call, found, { final: true, byFind: true });
    const told = journalOf(action, found ?? { kind: 'indeterminate', detail: 'the vendor could not tell' });
    this.#at.column.book.note('call.outcome', { ...this.#entry(row), ...told, of: row.of }, () =>
      this.#at.rows.stands(row.id, found?.kind ?? 'unknown', null),
    );
    this.#at.outbox.soon();
  }

  #postpone(row: LaneRow, tries: number): void {
    const due = Date.now() + 1_000 * 2 ** tries;
    this.#at.rows.postpone(row.id, due, tries);
    this.#at.column.book.wake(due);
  }
}

/** Where the vendor held something else, for the journal. */
function conflictsIn(outcome: Outcome, action: KnownAction): EntryData {
  const conflicts = outcome.kind === 'failed' ? outcome.conflicts : undefined;
  return conflicts ? { conflicts: maskedConflicts(conflicts, action) } : {};
}
