import { randomBytes } from 'node:crypto';
import { Alarm } from '../../shared/alarm.ts';
import { hmac } from '../../shared/crypto.ts';
import { newId } from '../../shared/ids.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { EntryData, Sealed } from '../../shared/journal.ts';
import { SlidingLog } from '../../shared/limits.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { Total } from '../../shared/usage.ts';
import type { Answer, ApprovalRequest, CallRequest, Caller, LedgerIntake } from '../../shared/rpc.ts';
import { newTag } from './tag.ts';
import { within } from '../../shared/within.ts';
import { together } from '../../shared/transact.ts';
import { catalogue } from '../tools/catalogue.ts';
import { artefactEntry, artefactWordOf } from './artefact-of.ts';
import type { ArtefactWords } from './artefact-words.ts';
import type { AskedCall } from './call.ts';
import { Calls, KEEP_MS, type CallRow } from './calls.ts';
import { denialAnswer, endedAs, type Denial } from './denial.ts';
import { DecidedWords } from './decided-words.ts';
import type { Effects } from './effect-rows.ts';
import { effectOf, waysBack } from './effects.ts';
import { denialEntry, refusedEntry } from './entries.ts';
import { onlyFields } from './output.ts';
import type { PoolWords } from './pool-words.ts';
import { ProposalStore } from './proposal-store.ts';
import { ProvenanceIndex } from './provenance-index.ts';
import { Revisions } from './revision-store.ts';
import { json, settle, type Settled, type Settling } from './settle.ts';
import { answerKept, approvalOf, askedOf, bodyOf, newRow, reachedFor, type Arrival } from './stored.ts';
import { holdWord, keeps, takenOf, type Taken } from './taken.ts';
import { SecretUses } from './secret-uses.ts';
import { Totals } from './totals.ts';

/** How soon after an entry the journal is shipped. */
export const SHIP_MS = 1_000;

/** How long one alarm waits for the ledger. */
const SHIP_MAX_MS = 10_000;

/** Calls of one agent that may wait for people at once: more would hide others' from the approvers. */
export const WAITING_MAX = 100;

/** Denials journaled in full per minute; past it they are counted, so that a looping agent cannot fill the disk. */
const DENIALS = { max: 600, per: 60 };

/** How many ended calls are remembered: what tools report within a second under heavy load. */
const ENDED_MAX = 2_000;

/** How an outcome came to be known, and what of it the agent may have. */
export interface Finishing extends Pick<Settling, 'returns' | 'recoverAfter' | 'final'> {
  /** A look-up concluded it; the tool itself reported nothing. */
  byFind: boolean;
  /** How long (ms) a person can have it undone, and how long what is not personal of it is kept. */
  undoMs: number;
  keepMs: number;
}

/** A call under way in this incarnation. */
export interface Running {
  row: CallRow;
  workflow: string;
  startBefore: number;
  asked: Pick<AskedCall, 'session' | 'input' | 'wrap'>;
  ended: PromiseWithResolvers<Answer>;
}

/**
 * The guard's record of its calls: rows, journal, due times and who waits for what. Every change of a call is one
 * transaction of its row and its journal entry.
 */
export class Book {
  readonly #ctx: DurableObjectState;
  readonly #agent: string;
  readonly #calls: Calls;
  readonly proposals: ProposalStore;
  readonly revisions: Revisions;
  readonly provenance: ProvenanceIndex;
  readonly decided: DecidedWords;
  readonly secretUses = new SecretUses();
  readonly #effects: Effects;
  readonly #words: PoolWords;
  readonly #artefacts: ArtefactWords;
  readonly #totals: Totals;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  readonly #running = new Map<string, Running>();
  /** Ids of calls that ended lately for good, so that a late word on them costs no look into storage. */
  readonly #ended = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #due = new Map<string, number>();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #denials = new SlidingLog(DENIALS);
  #suppressed = 0;
  #digestKey = '';
  #prunedAt = 0;

  /** The object's migrations must have run. */
  constructor(
    ctx: DurableObjectState,
    agent: string,
    effects: Effects,
    words: PoolWords,
    artefacts: ArtefactWords,
  ) {
    this.#artefacts = artefacts;
    this.#ctx = ctx;
    this.#effects = effects;
    this.#words = words;
    this.#totals = new Totals(ctx.storage.sql);
    this.#agent = agent;
    this.decided = new DecidedWords(agent, ctx.storage.sql);
    this.#calls = new Calls(ctx.storage.sql);
    this.proposals = new ProposalStore(ctx.storage.sql);
    this.revisions = new Revisions(ctx.storage.sql);
    this.provenance = new ProvenanceIndex(ctx.storage.sql, () => this.#digestKey);
    this.#journal = new Journal(`guard:${agent}`, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
  }

  /** Reads back what is open. Call it inside `blockConcurrencyWhile`. */
  async load(): Promise<void> {
    await this.#alarm.load();
    const { sql } = this.#ctx.storage;
    sql.exec(
      `INSERT INTO setting VALUES ('digest-key', ?) ON CONFLICT DO NOTHING`,
      randomBytes(32).toString('hex'),
    );
    this.#digestKey = sql
      .exec<{ value: string }>(`SELECT value FROM setting WHERE name = 'digest-key'`)
      .one().value;
    for (const row of this.#calls.open()) {
      this.#look(row.id, row.due ?? 0);
      if (row.state === 'waiting') this.#waiting.add(row.id);
    }
    if (this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_MS);
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The ledger holds more of this journal than this object does: its storage was set back, so nothing may run. */
  get behind(): boolean {
    return this.#journal.behind;
  }

  /** How many calls are under way. */
  get inFlight(): number {
    return this.#running.size;
  }

  /** How many calls wait for people. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Rows of all calls that may be at a tool, an earlier incarnation's included. */
  atTools(): CallRow[] {
    return this.#calls.open().filter((row) => row.state !== 'waiting');
  }

  running(): Running[] {
    return [...this.#running.values()];
  }

  /** In which workflow a call that is under way was admitted. */
  workflowOf(id: string): string | undefined {
    return this.#running.get(id)?.workflow;
  }

  row(id: string): CallRow | undefined {
    return this.#running.get(id)?.row ?? this.#calls.byId(id);
  }

  /** The call, if a word on its outcome could still change something. */
  open(id: string): CallRow | undefined {
    if (this.#ended.has(id)) return undefined;
    const row = this.row(id);
    return row && (row.state !== 'done' || row.outcome === 'indeterminate' || row.by_find === 1)
      ? row
      : undefined;
  }

  byKey(key: string | null): CallRow | undefined {
    return this.#calls.byKey(key);
  }

  /** Admissions since a time (Unix ms), for the rate logs. */
  admittedSince(since: number): { action: string; at: number }[] {
    return this.#calls.admittedSince(since);
  }

  /** What calls took and have not given back: of those whose rows are there, and sums of all others. */
  used(): { taken: Taken[]; totals: Total[] } {
    return { taken: kept(this.#calls.usages()), totals: this.#totals.all() };
  }

  /** The answer that a call's state makes. */
  state(row: CallRow): Answer {
    if (row.status !== null && row.answer !== null) {
      const type = row.status < 400 ? 'application/json' : 'application/problem+json';
      return { status: row.status, body: row.answer, headers: { 'content-type': type } };
    }
    const poll = `/v1/calls/${row.id}?wait=30`;
    const { respondBy, deadline } = approvalOf(row) ?? {};
    return json(202, {
      call: row.id,
      status: row.state,
      ...(row.approval !== null && { approval: row.approval }),
      ...(deadline !== undefined && { respondBy, deadline }),
      poll,
    });
  }

  /** Waits until the call ends, or that long. */
  async ended(id: string, milliseconds: number): Promise<void> {
    const woken = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(woken.resolve));
    await Promise.race([woken.promise, scheduler.wait(milliseconds)]);
    waiters.delete(woken.resolve);
    if (waiters.size === 0) this.#waiters.delete(id);
  }

  // ── a call's life ────────────────────────────────────────────────────────────────────────────────────────────────

  arrival(caller: Caller, request: CallRequest): Arrival {
    const { idempotencyKey, tool, action, body } = request;
    const key = idempotencyKey === null ? null : hmac(this.#digestKey, `key\n${idempotencyKey}`);
    const digest = hmac(this.#digestKey, `${caller.agent}\n${tool}.${action}\n${body}`);
    return { id: newId('call', Date.now()), key, digest, stored: { caller, request } };
  }

  /**
   * An arrival that executes a proposal, bound to the exact input that it stands for: an approval and a replay are of this
   * body and this input.
   */
  bound(arrival: Arrival, { proposal, inputText }: AskedCall): Arrival {
    if (!proposal) return arrival;
    const { caller, request } = arrival.stored;
    const named = `${caller.agent}\n${request.tool}.${request.action}`;
    const digest = hmac(this.#digestKey, `${named}\n${request.body}\n${inputText}`);
    return { ...arrival, digest };
  }

  /** An arrival past the door. From here on it is kept as a call that brought its input itself, in its sealed form. */
  sealed(arrival: Arrival, call: AskedCall): Arrival {
    const { caller, request } = arrival.stored;
    const { proposal, placeholders, derived } = call;
    const origins = derived === undefined ? {} : { derived };
    // The key itself may hold anything; that there is one is all that is asked for again.
    const kept = { ...request, body: bodyOf(call), idempotencyKey: arrival.key };
    return {
      ...arrival,
      stored: { caller, request: kept, placeholders, ...origins, ...(proposal && { proposal }) },
    };
  }

  /** Keyed hashes for one purpose: those of two purposes cannot be compared. */
  keyed(purpose: string): (text: string) => string {
    return (text) => hmac(this.#digestKey, `${purpose}\n${text}`);
  }

  /** Journals a refusal and makes its answer. */
  refuse(arrival: Arrival, call: AskedCall | null, denial: Denial): Answer {
    const now = Date.now();
    if (this.#denials.check(now).ok) {
      this.#denials.admit(now);
      const told = call
        ? refusedEntry(arrival.id, call, denial)
        : {
            agent: this.#agent,
            ...reachedFor(arrival.stored.request),
            call: arrival.id,
            ...denialEntry(denial),
          };
      const suppressed = this.#suppressed > 0 ? { suppressed: this.#suppressed } : {};
      this.#suppressed = 0;
      this.note('call.denied', { ...told, ...suppressed });
    } else {
      this.#suppressed += 1;
    }
    return denialAnswer(denial, arrival.id);
  }

  /** Keeps for the rates that a call asked its tool, though it gets no row. `at`: Unix ms. */
  asked(action: string, at: number): void {
    this.#calls.asked(action, at);
  }

  /** Journals something that changes no call of the agent; `write`: rows that belong to it. */
  note(kind: string, data: EntryData, write: () => void = () => undefined): void {
    const now = Date.now();
    const entry = this.#entry(kind, data, now);
    together(this.#ctx, () => {
      this.#journal.write(entry);
      write();
    });
    this.#alarm.by(now + SHIP_MS);
  }

  /**
   * Step 8: the intent. Returns the running call; the output gate holds the dispatch until this is durable. `write`: rows that
   * belong to it.
   */
  begin(
    arrival: Arrival,
    call: AskedCall,
    begun: { now: number; startBefore: number; due: number; usage: string | null; write: () => void },
    entry: EntryData,
  ): Running {
    const { now, startBefore, due, usage, write } = begun;
    const approval = arrival.stored.approval?.id ?? null;
    const row = newRow(arrival, call, {
      state: 'running',
      at: now,
      start_before: startBefore,
      due,
      approval,
      usage,
    });
    const intent = this.#entry('call.intent', entry, now);
    together(this.#ctx, () => {
      this.#journal.write(intent);
      if (approval === null) this.#calls.insert(row);
      else this.#calls.start(row);
      if (approval !== null) this.revisions.drop(row.id);
      if (call.proposal) this.proposals.claim(call.proposal.id, row.id);
      if (call.mode === 'execute') this.provenance.writes(row.id, call.derived, now);
      write();
    });
    const { workflow, session, input, wrap = false } = call;
    const ended = Promise.withResolvers<Answer>();
    const running = { row, workflow, startBefore, asked: { session, input, wrap }, ended };
    this.#running.set(row.id, running);
    this.#waiting.delete(row.id);
    this.#look(row.id, due);
    this.#alarm.by(now + SHIP_MS);
    return running;
  }

  /** Step 7: the call waits for people, durably. `webhook`: told of its end. */
  park(
    arrival: Arrival,
    asked: AskedCall,
    approval: ApprovalRequest,
    entry: EntryData,
    webhook?: string,
  ): CallRow {
    const now = Date.now();
    const stored = { ...arrival, stored: { ...arrival.stored, approval } };
    const rest = {
      state: 'waiting',
      at: now,
      start_before: null,
      due: now + SHIP_MS,
      approval: approval.id,
      // It takes nothing until it runs.
      usage: null,
    } as const;
    const row = newRow(stored, asked, rest);
    const waiting = this.#entry('call.waiting', entry, now);
    together(this.#ctx, () => {
      this.#journal.write(waiting);
      this.#calls.insert(row);
      if (webhook !== undefined) this.decided.expect(row.id, asked.workflow, webhook);
      if (asked.proposal) this.proposals.claim(asked.proposal.id, row.id);
    });
    this.#waiting.add(row.id);
    this.#look(row.id, row.due);
    return row;
  }

  /** Step 10: what became of a call, by whichever word comes first. `final`: nobody will look again. */
  finish(row: CallRow, outcome: Outcome, how: Finishing): void {
    const action = catalogue.get(row.action);
    const undoUntil = Date.now() + how.undoMs;
    const { wrap } = this.#running.get(row.id)?.asked ?? askedOf(row);
    const tag = wrap === true ? newTag() : null;
    const settled = action && settle(row, outcome, { action, ...how, undoUntil, tag });
    if (!settled) {
      this.secretUses.take(row.id); // They are in the entry of the word that came first.
      return;
    }
    try {
      this.#end(row, action, outcome, settled, how);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      // The tool reported what canonical JSON cannot hold. Nothing of it is kept, and nobody is told that it succeeded.
      this.finish(row, unreadable(action), how);
    }
  }

  /** The next entry; of a call also by name which secrets were used for it since the one before. */
  #entry(kind: string, data: EntryData, now: number): Sealed {
    return this.#journal.next(kind, { ...data, ...this.secretUses.take(data.call) }, now);
  }

  #end(
    row: CallRow,
    action: KnownAction,
    outcome: Outcome,
    settled: Settled,
    { byFind, returns, undoMs, keepMs }: Finishing,
  ): void {
    const now = Date.now();
    const { state, due, answer, journal } = settled;
    const running = this.#running.get(row.id);
    const asked = running?.asked ?? askedOf(row);
    const done = {
      id: row.id,
      workflow: running?.workflow ?? null,
      ...asked,
      person: null,
      now,
      undoMs,
      keepMs,
    };
    const effect = effectOf(done, action, outcome);
    const artefact = artefactWordOf(this.#agent, done, action, outcome);
    const undone = !effect && row.outcome === 'indeterminate';
    const entry = {
      agent: this.#agent,
      tool: action.tool,
      action: action.name,
      call: row.id,
      mode: row.mode,
      ...journal,
      ...waysBack(effect),
      ...artefactEntry(artefact),
    };
    const hold = takenOf(row)?.hold;
    const word = this.#entry(running ? 'call.outcome' : 'call.recovered', entry, now);
    together(this.#ctx, () => {
      this.#journal.write(word);
      this.#calls.end(row.id, {
        state,
        due,
        byFind,
        outcome: outcome.kind,
        status: answer.status,
        answer: answerKept(row, outcome, answer),
      });
      if (row.approval !== null && state === 'done') this.decided.ended(row.id, outcome.kind, now);
      if (effect) this.#effects.keep(effect);
      if (undone) this.#effects.drop(row.id);
      if (artefact) this.#artefacts.put(action.tool, artefact);
      if (hold) this.#words.put(hold, holdWord(outcome.kind));
    });
    if (outcome.kind === 'succeeded')
      this.provenance.learn(
        {
          call: row.id,
          session: asked.session,
          action,
          input: asked.input,
          output: told(outcome.output, returns),
        },
        now,
      );

    row.state = state;
    row.outcome = outcome.kind;
    this.#close(row.id, due);
    if (outcome.kind !== 'indeterminate' && !byFind) this.#remember(row.id);
    running?.ended.resolve(answer);
  }

  #remember(id: string): void {
    this.#ended.add(id);
    // A set keeps insertion order: the oldest goes.
    const [oldest] = this.#ended;
    if (this.#ended.size > ENDED_MAX && oldest !== undefined) this.#ended.delete(oldest);
  }

  /** A waiting call that will not run. */
  endDenied(row: CallRow, denial: Denial): void {
    const now = Date.now();
    const answer = denialAnswer(denial, row.id);
    const tool = catalogue.get(row.action)?.tool ?? '';
    const entry = {
      agent: this.#agent,
      tool,
      action: row.action,
      call: row.id,
      approval: row.approval,
      ...denialEntry(denial),
    };
    const denied = this.#entry('call.denied', entry, now);
    together(this.#ctx, () => {
      this.#journal.write(denied);
      this.#calls.end(row.id, {
        state: 'done',
        due: null,
        byFind: false,
        outcome: 'denied',
        status: answer.status,
        answer: answer.body,
      });
      this.revisions.drop(row.id);
      this.decided.ended(row.id, endedAs(denial), now);
    });
    this.#close(row.id, null);
  }

  #close(id: string, due: number | null): void {
    this.#running.delete(id);
    this.#waiting.delete(id);
    this.#look(id, due);
    this.#alarm.by(Date.now() + SHIP_MS);
    for (const wake of this.#waiters.get(id) ?? []) wake();
  }

  // ── looking again ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The alarm rings at `at` (Unix ms) or before, for others than this book. */
  wake(at: number): void {
    this.#alarm.by(at);
  }

  /** The call is looked into at `due` (Unix ms). */
  postpone(id: string, due: number, tries: number): void {
    this.#calls.postpone(id, due, tries);
    this.#look(id, due);
  }

  #look(id: string, due: number | null): void {
    if (due === null) this.#due.delete(id);
    else {
      this.#due.set(id, due);
      this.#alarm.by(due);
    }
  }

  /** What the alarm does: ships the journal, looks into what is due, prunes, and sets itself again. */
  async alarm(ledger: LedgerIntake, lookInto: (row: CallRow) => Promise<void>): Promise<void> {
    this.#alarm.fired();
    // A ledger that hangs must not hold up recovery, nor this alarm for ever.
    const shipping = within(SHIP_MAX_MS, this.#journal.ship(ledger)).catch(() => false);
    const now = Date.now();
    const due = [...this.#due].filter(([, at]) => at <= now).slice(0, 50);
    for (const [id] of due) await this.#lookInto(id, lookInto);
    this.#prune(now);
    const shipped = await shipping;
    this.proposals.prune(now);
    const next = Math.min(
      ...this.#due.values(),
      this.proposals.nextExpiry,
      shipped ? Infinity : Date.now() + SHIP_MS,
    );
    if (next !== Infinity) this.#alarm.by(Math.max(next, Date.now() + 100));
  }

  async #lookInto(id: string, lookInto: (row: CallRow) => Promise<void>): Promise<void> {
    const row = this.row(id);
    if (!row || row.state === 'done') return this.#look(id, null);
    try {
      await lookInto(row);
    } catch {
      // No lease or no answer: nothing was decided, the row stays, and it is looked into again.
    }
    // Whatever did not move is due again later, never in a tight loop.
    if ((this.#due.get(id) ?? Infinity) <= Date.now()) this.postpone(id, Date.now() + 5_000, row.tries);
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < KEEP_MS / 24) return;
    this.#prunedAt = now;
    const forgotten = kept(this.#calls.pruned(now)).map(({ usage }) => usage);
    together(this.#ctx, () => {
      this.#totals.carry(forgotten);
      this.#calls.prune(now);
    });
  }
}

/** As much of an output as the agent gets of it. */
function told(output: Record<string, unknown>, returns: string[] | undefined): Record<string, unknown> {
  return returns ? onlyFields(output, returns) : output;
}

/** What was taken and not given back. */
function kept(rows: readonly Pick<CallRow, 'usage' | 'outcome'>[]): Taken[] {
  return rows
    .filter(({ outcome }) => keeps(outcome))
    .map(takenOf)
    .filter((taken) => taken !== null);
}

function unreadable(action: KnownAction): Outcome {
  const detail = 'the tool reported text that is not valid Unicode';
  return action.mode === 'read'
    ? { kind: 'failed', reason: 'unavailable', detail }
    : { kind: 'indeterminate', detail };
}
