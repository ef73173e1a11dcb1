import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryData } from '../../shared/journal.ts';
import { Journal } from '../../shared/journal-store.ts';
import { maskText } from '../../shared/mask.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { Course } from '../../shared/rollback/course.ts';
import type { Plan, Step, StepState } from '../../shared/rollback/step.ts';
import type { Directory } from '../../shared/directory.ts';
import { directoryNow } from '../../shared/directory-now.ts';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import type { Result } from '../../shared/rpc.ts';
import { transact } from '../../shared/transact.ts';
import { within } from '../../shared/within.ts';
import type { Env } from './env.ts';
import { guardsOf, laneOf } from './rollback-guards.ts';
import type { ForceInput, HaltInput, OpenInput, PlanInput } from './rollback/input.ts';
import { planned, type Planned } from './rollback/planner.ts';
import { approvalFault, forceFault, haltFault, runFault, type Standing } from './rollback/rules.ts';
import { approvalsOf, countsOf, viewOf } from './rollback/show.ts';
import { left } from './rollback/step-runner.ts';
import { rollbackMigrations, RollbackStore, type Actor, type Header } from './rollback/store.ts';
import { StepWorker } from './rollback/worker.ts';

const SHIP_MS = 500;
const SHIP_MAX_MS = 10_000;
const SHIP_AGAIN_MS = 5_000;
/** Steps on one page. */
const PAGE = 500;

/**
 * One rollback: its plan, who approved it, how far it is. Only this Worker reaches it, and it checks the people. What is to
 * be done is durable before it is done, so it goes on where it was after a crash; the alarm does all the work.
 */
export class Rollback extends DurableObject<Env> {
  readonly #id: string;
  readonly #store: RollbackStore;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  #header: Header | null;
  /** Of a dry run: in memory, and nowhere else. */
  #dry: Header | null = null;
  #course = new Course([]);
  #worker: StepWorker | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#id = ctx.id.name ?? '';
    migrate(ctx.storage, rollbackMigrations);
    this.#store = new RollbackStore(ctx.storage.sql);
    this.#journal = new Journal(`rollback:${this.#id}`, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#header = this.#store.header;
    if (this.#header?.plan) this.#load();
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      if (this.#busy || this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_MS);
    });
  }

  #load(): void {
    const { steps, states } = this.#store.steps;
    this.#course = new Course(steps, states);
  }

  get #busy(): boolean {
    return (
      this.#header?.status === 'planning' ||
      this.#header?.status === 'running' ||
      this.#course.underWay.length > 0
    );
  }

  // ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins to plan, for a person who was checked. `agents`: whose guards are asked. */
  async open(person: Person, input: OpenInput, agents: string[]): Promise<Result<RollbackView>> {
    if (this.#header ?? this.#dry) return refused({ code: 'conflict', detail: 'There is one of this id.' });
    const header = opened(this.#id, person, input, agents, Date.now());
    if (input.dryRun) {
      this.#dry = header;
      this.#note('rollback.looked', person, { reason: maskText(input.reason), selection: header.selection });
      this.ctx.waitUntil(this.#planDry(header));
      return { ok: true, value: viewOf(header, this.#course, true) };
    }
    return this.#changed(header, 'rollback.requested', person, {
      reason: maskText(input.reason),
      selection: header.selection,
    });
  }

  async view(): Promise<Result<RollbackView>> {
    const header = this.#header ?? this.#dry;
    if (!header) return none();
    return { ok: true, value: viewOf(header, this.#course, header === this.#dry) };
  }

  async page(from: number): Promise<Result<RollbackPage>> {
    const rollback = await this.view();
    if (!rollback.ok) return rollback;
    const steps = this.#course.steps
      .slice(from, from + PAGE)
      .map((step) => ({ step, state: this.#course.state(step.call) }));
    const next = from + PAGE < this.#course.steps.length ? from + PAGE : null;
    return { ok: true, value: { rollback: rollback.value, steps, next } };
  }

  async approve(person: Person, { digest, reason }: PlanInput): Promise<Result<RollbackView>> {
    const directory = await this.#directory();
    if (!directory) return refused(cannotTell);
    // What follows is one step: others may have approved while control was asked.
    const header = this.#header;
    if (!header) return none();
    const fault = approvalFault(person, digest, standing(header), directory);
    if (fault) return refused(fault);
    const at = new Date().toISOString();
    const approval = {
      by: person.email,
      credential: person.credential,
      at,
      reason: maskText(reason),
      digest,
    };
    const approvals = [...header.approvals, approval];
    return this.#changed({ ...header, approvals }, 'rollback.approved', person, {
      digest,
      reason: maskText(reason),
    });
  }

  /** Who is who; null: control does not answer, so nobody can be told from anybody. */
  async #directory(): Promise<Directory | null> {
    return directoryNow(this.env).catch(() => null);
  }

  /** Plans anew, with what a person saw overwritten. The plan is another then, so nothing of it is approved. */
  async force(person: Person, { digest, reason, calls }: ForceInput): Promise<Result<RollbackView>> {
    const header = this.#header;
    if (!header) return none();
    const fault = forceFault(digest, standing(header));
    if (fault) return refused(fault);
    const seen = calls.map((call) => [call, this.#step(call)?.found ?? null] as const);
    const unknown = calls.filter((call) => !this.#step(call));
    if (unknown.length > 0)
      return refused({ code: 'not-found', detail: `Not in this plan: ${unknown.join(', ')}.` });
    const forced = { ...header.forced, ...Object.fromEntries(seen) };
    const forcedBy = [...new Set([...header.forcedBy, person.email])];
    const next: Header = { ...header, forced, forcedBy, status: 'planning', plan: null };
    return this.#changed(next, 'rollback.forced', person, { digest, calls, reason: maskText(reason) });
  }

  async run(person: Person, { digest, reason }: PlanInput): Promise<Result<RollbackView>> {
    const directory = await this.#directory();
    if (!directory) return refused(cannotTell);
    const header = this.#header;
    if (!header) return none();
    const fault = runFault(digest, standing(header), directory);
    if (fault) return refused(fault);
    const told = maskText(reason);
    const next: Header = { ...header, status: 'running', runBy: actor(person), runReason: told };
    const approvers = approvalsOf(header).map(({ by }) => by);
    return this.#changed(next, 'rollback.run', person, { digest, approvers, reason: told });
  }

  /** Begins nothing more; for good: what has not begun is left, and the rollback ends. */
  async halt(person: Person, { reason, forGood }: HaltInput): Promise<Result<RollbackView>> {
    const header = this.#header;
    if (!header) return none();
    const fault = haltFault(header);
    if (fault) return refused(fault);
    const next: Header = { ...header, status: 'halted', ending: header.ending || forGood };
    return this.#changed(next, 'rollback.halted', person, { forGood, reason: maskText(reason) });
  }

  #step(call: string): Step | undefined {
    return this.#course.steps.find((step) => step.call === call);
  }

  // ── what the alarm does ──────────────────────────────────────────────────────────────────────────────────────────

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      if (this.#header?.status === 'planning') await this.#plan(this.#header);
      const again = await this.#work();
      if (again !== null) this.#alarm.by(Math.max(again, Date.now() + 50));
    } catch (error) {
      // Whatever it was, what is durable says how far it is.
      console.error('rollback:', error instanceof Error ? error.name : 'failed');
      this.#alarm.by(Date.now() + SHIP_AGAIN_MS);
    }
    await this.#ship();
  }

  async #ship(): Promise<void> {
    const shipped = await within(SHIP_MAX_MS, this.#journal.ship(this.env.LEDGER)).catch(() => false);
    if (!shipped) this.#alarm.by(Date.now() + SHIP_AGAIN_MS);
  }

  async #plan(header: Header): Promise<void> {
    const found = await planned(guardsOf(this.env), header, header.agents);
    // Somebody may have forced more of it meanwhile; then the next round plans.
    if (this.#header !== header) return this.#alarm.by(Date.now());
    const next = withPlan(header, found);
    const { digest = null, needs = null, counts = null } = next.plan ?? {};
    const told = found.ok ? { digest, needs, counts } : { why: found.why };
    this.#record(next, found.ok ? 'rollback.planned' : 'rollback.failed', null, told, () => {
      this.#store.plan(found.ok ? found.plan.steps : []);
    });
    this.#load();
    this.#worker = null;
  }

  async #planDry(header: Header): Promise<void> {
    const found = await planned(guardsOf(this.env), header, header.agents);
    this.#dry = withPlan(header, found);
    if (found.ok) this.#course = new Course(found.plan.steps);
  }

  /** When there is more to do (Unix ms); null: nothing. */
  async #work(): Promise<number | null> {
    if (!this.#busy && !this.#header?.ending) return null;
    this.#worker ??= this.#newWorker();
    const again = await this.#worker.work();
    this.#end();
    return again;
  }

  #newWorker(): StepWorker {
    return new StepWorker({
      course: this.#course,
      goesOn: () => this.#header?.status === 'running',
      lane: (step) => {
        const { runBy, by, reason } = this.#header ?? impossible();
        return laneOf(this.env, step, runBy ?? by, `rollback ${this.#id}: ${reason}`.slice(0, 500));
      },
      approved: () => (this.#header ? approvalsOf(this.#header).length : 0),
      newLane: () => newId('call', Date.now()),
      keep: (step, state) => this.#keep(step, state),
    });
  }

  #keep(step: Step, state: StepState): void {
    const final = state.kind !== 'waiting' && state.kind !== 'under-way';
    const now = Date.now();
    transact(this.ctx, () => {
      this.#store.state(step.call, state);
      if (final) this.#journal.append('rollback.step', stepEntry(this.#id, step, state), now);
    });
    this.#course.set(step, state);
    if (final) this.#alarm.by(now + SHIP_MS);
  }

  /** Ends what has nothing open any more. */
  #end(): void {
    const header = this.#header;
    if (!header || header.status === 'ended' || this.#course.underWay.length > 0) return;
    if (header.ending) {
      for (const step of this.#course.steps)
        if (this.#course.state(step.call).kind === 'waiting')
          this.#keep(step, left(step, 'ended', 'a person ended the rollback before its turn', null));
    } else if (header.status !== 'running' || !this.#course.ended) return;
    const next: Header = { ...header, status: 'ended', endedAt: new Date().toISOString() };
    this.#record(next, 'rollback.ended', null, { ...countsOf(this.#course) });
  }

  // ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────

  #changed(header: Header, kind: string, person: Person, data: EntryData): Result<RollbackView> {
    this.#record(header, kind, person, data);
    this.#alarm.by(Date.now());
    return { ok: true, value: viewOf(header, this.#course, false) };
  }

  /** A new state and its journal entry, as one. */
  #record(
    header: Header,
    kind: string,
    person: Person | null,
    data: EntryData,
    write: () => void = () => undefined,
  ): void {
    transact(this.ctx, () => {
      this.#store.put(header);
      write();
      this.#note(kind, person, data);
    });
    this.#header = header;
  }

  #note(kind: string, person: Person | null, data: EntryData): void {
    const by = person && { person: person.email, credential: person.credential };
    this.#journal.append(kind, { rollback: this.#id, ...by, ...data }, Date.now());
    this.#alarm.by(Date.now() + SHIP_MS);
  }
}

function opened(id: string, person: Person, input: OpenInput, agents: string[], now: number): Header {
  const at = new Date(now).toISOString();
  return {
    id,
    status: 'planning',
    // Whatever comes after is not part of it, so that planning it again finds the same calls.
    selection: { ...input.selection, until: input.selection.until ?? at },
    reason: maskText(input.reason),
    by: actor(person),
    at,
    agents,
    plan: null,
    forced: {},
    forcedBy: [],
    approvals: [],
    runBy: null,
    runReason: null,
    ending: false,
    endedAt: null,
    detail: null,
  };
}

function withPlan(header: Header, found: Planned): Header {
  if (!found.ok) return { ...header, status: 'failed', detail: found.why };
  const { digest, needs, counts }: Plan = found.plan;
  return { ...header, status: 'planned', plan: { digest, needs, counts }, agents: found.agents };
}

function standing(header: Header): Standing {
  return {
    status: header.status,
    digest: header.plan?.digest ?? null,
    needs: header.plan?.needs ?? 2,
    authors: [header.by.email, ...header.forcedBy],
    approvers: approvalsOf(header).map(({ by }) => by),
    ending: header.ending,
  };
}

function actor({ email, roles, credential }: Person): Actor {
  return { email, roles: [...roles], credential };
}

/** Ids and outcomes; no value of any record. */
function stepEntry(rollback: string, { agent, action, call, workflow }: Step, state: StepState): EntryData {
  const tool = action.slice(0, action.indexOf('.'));
  const how =
    state.kind === 'left' ? { why: state.why } : state.kind === 'restored' ? { seen: state.seen } : {};
  const lane = 'lane' in state ? state.lane : null;
  return {
    rollback,
    agent,
    tool,
    action,
    call,
    ...(workflow !== null && { workflow }),
    state: state.kind,
    lane,
    ...how,
  };
}

const cannotTell: Problem = {
  code: 'unavailable',
  detail: 'Who is who cannot be told now, so nothing was changed. Try again.',
  retryAfter: 5,
};

function none(): { ok: false; problem: Problem } {
  return refused({
    code: 'not-found',
    detail: 'There is no such rollback. A dry run is kept in memory for a short time only.',
  });
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}

function impossible(): never {
  throw new Error('a step is worked on without a rollback: this is a bug');
}
