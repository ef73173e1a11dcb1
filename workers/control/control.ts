import { DurableObject } from 'cloudflare:workers';
import {
  authorityStep,
  heldLeases,
  newAuthority,
  nextLook,
  standing,
  type Authority,
  type AuthorityEffect,
  type AuthorityEvent,
} from '../../flags/authority.ts';
import { onlyAgent, overlaps, type Coverage, type Target } from '../../flags/targets.ts';
import { Alarm } from '../../shared/alarm.ts';
import { emptyDirectory, type Directory } from '../../shared/directory.ts';
import { forAgent, type Governance, type Policy } from '../../shared/governance.ts';
import type { ExerciseRecord } from '../../shared/exercise.ts';
import { termsOf, type TriageTerms } from '../../shared/handoffs.ts';
import { newId, timeOf } from '../../shared/ids.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Mode } from '../../shared/contract.ts';
import type { Site } from '../../shared/manifest.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { EvidenceView, PolicyEvidence, SetStanding } from '../../shared/policy-evidence.ts';
import type { Problem } from '../../shared/problems.ts';
import type {
  Aftermath,
  Applied,
  AutonomyChange,
  AutonomyView,
  ContactAnswer,
  ContactTest,
  Covering,
  DrillRecord,
  FlagsView,
  FlagView,
  HaltProbe,
  LeaseGrant,
  ManifestVersion,
  OperatorAct,
  Progress,
  Readiness,
  RecheckTally,
  Receipt,
  ReceiptPage,
  ReceiptQuery,
  Result,
  Resumed,
  ShadowView,
  Signatory,
  SignOff,
  SetPage,
  Stop,
  StoredSet,
  StopPreview,
  StopsView,
} from '../../shared/rpc.ts';
import { released } from '../../shared/released.ts';
import { transact } from '../../shared/transact.ts';
import { within } from '../../shared/within.ts';
import { Answers } from './answers.ts';
import type { ContactWish } from './autonomy-input.ts';
import { AutonomyStore } from './autonomy-store.ts';
import { drillRecord, keepDrill, lastDrills, type DrillInput } from './drills.ts';
import { CONTROL_NAME, type Env } from './env.ts';
import { beginExercise, endExercise, type ExerciseEnd, type ExerciseStart } from './exercises.ts';
import { ExerciseStore } from './exercise-store.ts';
import type { FlagInput, ResumeInput, StopInput } from './input.ts';
import { Falls, fallSettings } from './falls.ts';
import { Lane, stopsOver, withAct } from './lane.ts';
import { Levels } from './levels.ts';
import { Fleet } from './fleet.ts';
import { acted, Governing, type ApplyTerms } from './governing.ts';
import { migrations } from './migrations.ts';
import { preview } from './preview.ts';
import { HaltProbes, type Pushed } from './probe.ts';
import { evidenceEntry, EvidenceStore } from './policy-evidence.ts';
import { PolicySets } from './policy-sets.ts';
import { Raises } from './raises.ts';
import { noAgent, ReadinessKeeper, type Ground } from './readiness-keeper.ts';
import { addTo, differenceWords, noTally, type Compared, type Difference } from './rechecks.ts';
import { Receipts } from './receipts.ts';
import {
  refusalProblem,
  ruleOnResume,
  shown,
  whatStays,
  type FirstOfTwo,
  type ResumeRuling,
} from './resume.ts';
import { Resumes } from './resumes.ts';
import { Sources, type Following } from './sources.ts';
import { checkWith } from './set-check.ts';
import { Shadows, type ShadowInput } from './shadow.ts';
import { Stoppages } from './stoppages.ts';
import { Stops } from './stops.ts';

/** How long the answer to a stop waits for the receipt to be confirmed; after it the receipt is polled. */
const CONFIRM_WAIT_MS = 1_500;

/** How soon after a change the journal is shipped. */
const SHIP_MS = 500;

/** How long one alarm waits for the ledger. */
const SHIP_MAX_MS = 10_000;

/** Drills that are looked through for the last one of an agent. */
const DRILLS_LOOKED_AT = 500;

/** Looks at the clock are never closer together. */
const MIN_LOOK_MS = 20;

/** An ask that waits for the authority's answer. */
interface Asking {
  agent: string;
  haveVersion: string | null;
  haveShadow: string | null;
  answer(grant: LeaseGrant | null): void;
}

/** The one authority: wiring of the pure lease protocol in `flags/authority.ts` to storage, guards and people. */
export class Control extends DurableObject<Env> {
  readonly #authority: Authority;
  readonly #stops: Stops;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  readonly #guards: Fleet;
  readonly #lane: Lane;
  readonly #receipts: Receipts;
  readonly #sources: Sources;
  readonly #probes: HaltProbes;
  readonly #asking = new Map<number, Asking>();
  readonly #stoppages: Stoppages;
  readonly #resumes: Resumes;
  readonly #sets: PolicySets;
  readonly #governing: Governing;
  readonly #answers: Answers;
  readonly #shadows: Shadows;
  readonly #readiness: ReadinessKeeper;
  readonly #levels: Levels;
  readonly #raises: Raises;
  readonly #falls: Falls;
  readonly #exercises: ExerciseStore;
  readonly #evidence: EvidenceStore;
  readonly #rechecked: RecheckTally = noTally(Date.now());
  #marks = 0;
  #looking = false;
  #standing = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    migrate(storage, migrations);
    this.#journal = new Journal(CONTROL_NAME, storage.sql);
    this.#alarm = new Alarm(storage);
    this.#guards = new Fleet(env.LEASES);
    this.#lane = new Lane(storage.sql, this.#guards);
    this.#receipts = new Receipts(ctx, this.#journal, this.#guards, this.#lane);
    this.#probes = new HaltProbes(ctx, this.#journal, {
      epoch: () => this.#authority.epoch,
      held: () => heldLeases(this.#authority, Date.now()),
      fence: () => this.#authority.fence,
      // A probe calls nothing off, whatever the stop of that epoch did.
      push: async (held, epoch) => this.#push({ ...held, epoch }, null),
    });
    this.#stops = new Stops(storage.sql);
    this.#stoppages = new Stoppages(storage.sql);
    this.#resumes = new Resumes(storage.sql);
    this.#sets = new PolicySets(storage.sql);
    this.#answers = new Answers(storage.sql);
    this.#governing = new Governing(
      this.#sets,
      this.#journal,
      this.#answers,
      {
        epoch: () => this.#authority.epoch,
        change: async (record) => this.#change({ kind: 'change' }, record),
        record: (work) => this.#record(work),
        alarmBy: (at) => this.#alarm.by(at),
        governed: () => {
          this.#sources.governed();
          this.#levels.governed();
        },
        settle: async () => this.#sources.settle(),
      },
      env.CEDAR,
    );
    this.#shadows = new Shadows(storage.sql, this.#journal, {
      record: (work) => this.#record(work),
      alarmBy: (at) => this.#alarm.by(at),
    });
    this.#exercises = new ExerciseStore(storage.sql);
    this.#evidence = new EvidenceStore(storage.sql);
    const store = new AutonomyStore(storage.sql);
    const [journal, ground] = [this.#journal, this.#ground()];
    this.#readiness = new ReadinessKeeper(store, journal, env.EVIDENCE, ground);
    this.#levels = new Levels(store, journal, env.EVIDENCE, ground);
    const parts = { store, journal, levels: this.#levels, readiness: this.#readiness };
    this.#raises = new Raises(parts, ground);
    this.#falls = new Falls(journal, this.#levels, ground, fallSettings(env));
    const stored = storage.sql
      .exec<{ epoch: number; heartbeat: number | null }>('SELECT epoch, heartbeat FROM authority')
      .one();
    const now = Date.now();
    this.#sources = new Sources(this.#following(), env, storage.sql);
    this.#authority = newAuthority({ ...stored, forming: this.#receipts.unconfirmed }, now);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#watch();
      // An alarm that failed too often is given up by the platform; waking up is the chance to set it again.
      if (this.#journal.unshipped > 0 || this.#receipts.open > 0 || this.#stoppages.untold) {
        this.#alarm.by(now + SHIP_MS);
      }
      this.#governing.armExpiry();
      this.#shadows.arm();
    });
  }

  // ── the lease protocol ───────────────────────────────────────────────────────────────────────────────────────────

  /** Grants a lease to one incarnation of a guard, or null when the heartbeat could not be written. */
  async ask(
    agent: string,
    incarnation: string,
    haveVersion: string | null,
    haveShadow: string | null = null,
  ): Promise<LeaseGrant | null> {
    const first = this.#sources.need(Date.now());
    if (first) await first;
    this.#alarm.by(this.#probes.leased(Date.now()));
    this.#alarm.by(this.#falls.leased(agent, Date.now()));
    this.#marks += 1;
    const ref = this.#marks;
    return new Promise((answer) => {
      this.#asking.set(ref, { agent, haveVersion, haveShadow, answer });
      this.#step({ kind: 'ask', agent, incarnation, ref });
    });
  }

  #step(event: AuthorityEvent): void {
    this.#carryOut(authorityStep(this.#authority, event, Date.now()));
  }

  #carryOut(effects: AuthorityEffect[]): void {
    for (const effect of effects) this.#perform(effect);
    this.#watch();
  }

  #perform(effect: AuthorityEffect): void {
    switch (effect.kind) {
      case 'grant':
        // Built here and now: the grant, its epoch and what is stopped under it are one step.
        return this.#answer(effect.ref, (ask) => this.#leaseGrant(effect, ask));
      case 'refuse':
        return this.#answer(effect.ref, () => null);
      case 'write':
        return this.ctx.waitUntil(this.#writeHeartbeat(effect.issued));
      case 'push':
        return this.ctx.waitUntil(this.#push(effect, this.#lane.calledOff(effect.epoch)));
      case 'confirmed':
        this.#receipts.confirm(effect.receipt, effect.standing, Date.now());
        return this.#alarm.by(Date.now() + SHIP_MS);
    }
  }

  #answer(ref: number, make: (ask: Asking) => LeaseGrant | null): void {
    const ask = this.#asking.get(ref);
    this.#asking.delete(ref);
    ask?.answer(make(ask));
  }

  #leaseGrant(
    granted: { epoch: number; duration: number },
    { agent, haveVersion, haveShadow }: Asking,
  ): LeaseGrant {
    const { epoch, duration } = granted;
    const governance = this.#sets.current;
    const version = governance?.version ?? null;
    return {
      epoch,
      duration,
      stops: [...this.#stops.all],
      ...this.#sources.grant(agent, duration, Date.now()),
      autonomy: this.#levels.grant(agent),
      governanceVersion: version,
      ...(version !== haveVersion && governance && { governance: forAgent(governance, agent) }),
      ...this.#shadows.grant(agent, haveShadow, Date.now()),
    };
  }

  async #writeHeartbeat(issued: number): Promise<void> {
    try {
      this.ctx.storage.sql.exec('UPDATE authority SET heartbeat = ?', issued);
      await this.ctx.storage.sync();
      this.#step({ kind: 'written', issued });
    } catch (error) {
      // Storage is out of reach: whoever asked gets no lease, and the next ask tries again.
      this.#step({ kind: 'unwritten', issued });
      console.error(JSON.stringify({ alert: 'control.heartbeat-failed', error: String(error) }));
    }
  }

  /** Tells one guard of an epoch. A push that is lost costs time, never safety: the lease runs out by itself. */
  async #push(
    { agent, incarnation, epoch }: { agent: string; incarnation: string; epoch: number },
    calledOff: Target | null,
  ): Promise<Pushed> {
    const answer = await this.#guards.push(agent, incarnation, epoch, calledOff).catch(() => null);
    if (!answer) return 'silent';
    // Its own word on this may still be on its way, and the receipt must not settle without it.
    if (answer.deferredUntil > Date.now()) this.#lane.deferred(agent, answer.deferredUntil);
    this.#receipts.heard(epoch, agent, answer.acked, answer.inFlight);
    if (answer.acked) this.#step({ kind: 'ack', agent, incarnation, epoch });
    this.#standSoon();
    return answer.acked ? 'acked' : 'stranger';
  }

  /** Guards' answers come many in one message: what follows from them is looked at once. */
  #standSoon(): void {
    if (this.#standing) return;
    this.#standing = true;
    setTimeout(() => {
      this.#standing = false;
      this.#stand();
      this.ctx.waitUntil(this.#receipts.settle());
    }, 0);
  }

  /** Shows in the receipts how far their stops are. */
  #stand(): void {
    const { forming, terms } = this.#authority;
    for (const [receipt, stop] of forming) {
      this.#receipts.stands(receipt, standing(stop, Date.now(), terms));
    }
  }

  /**
   * Looks at the clock while anything is waited for; the alarm is the backstop if this object goes away. One timer at a time,
   * from look to look and never set anew before it fires: only so does it vouch for all the time between.
   */
  #watch(): void {
    if (this.#looking) return;
    const now = Date.now();
    const at = nextLook(this.#authority, now);
    if (at === null) return;
    this.#looking = true;
    const waited = Math.max(MIN_LOOK_MS, at - now);
    setTimeout(() => {
      this.#looking = false;
      this.#step({ kind: 'look', waited });
      this.#stand();
    }, waited);
  }

  /** Changes what decides: the new epoch, the change and its journal entry are one transaction, durable before it is told. */
  async #change(event: AuthorityEvent, record: (epoch: number) => void): Promise<void> {
    const effects = this.#transact(() => {
      const due = authorityStep(this.#authority, event, Date.now());
      this.ctx.storage.sql.exec('UPDATE authority SET epoch = ?', this.#authority.epoch);
      record(this.#authority.epoch);
      return due;
    });
    this.#alarm.by(Date.now() + SHIP_MS);
    await this.ctx.storage.sync();
    this.#carryOut(effects);
    if (this.#stoppages.untold) this.ctx.waitUntil(this.#stoppages.tell(this.env.APPROVALS));
  }

  /** Records what changes nothing that guards obey, with its journal entries. */
  #record(work: (now: number) => void): void {
    this.#transact(() => work(Date.now()));
    this.#alarm.by(Date.now() + SHIP_MS);
  }

  #transact<T>(work: () => T): T {
    try {
      return transact(this.ctx, work);
    } catch (error) {
      // Whatever failed, the authority's memory is ahead of its storage.
      this.ctx.abort('a change failed: starting again from what is durable');
      throw error;
    }
  }

  // ── stops ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Stops a target for a person. Returns the receipt, confirmed if that took no longer than a moment. */
  async stop(
    { target, reason, cancel, wait }: StopInput,
    person: Person,
    credential: string,
  ): Promise<Receipt> {
    const { email: by } = person;
    // The guards check the credential themselves before they cancel anything in this person's name.
    const order = cancel ? { credential, reason } : null;
    const id = await this.#stop(
      { target, source: 'people', by, reason },
      { ...acted(person), cancel },
      order,
    );
    this.ctx.waitUntil(this.#receipts.aftermath(id));
    return this.#receipts.wait(id, wait ? CONFIRM_WAIT_MS : 0);
  }

  /** One source's stop: the row, the receipt and the journal entry under a new epoch; then every guard is told. */
  async #stop(
    asked: Pick<Stop, 'target' | 'source' | 'by' | 'reason'>,
    entry: EntryData,
    order: Aftermath['cancel'] = null,
  ): Promise<string> {
    const now = Date.now();
    const id = newId('rcpt', now);
    const { target, source, reason } = asked;
    const agent = onlyAgent(target);
    await this.#change({ kind: 'stop', receipt: id, agent }, (epoch) => {
      this.#stops.add({
        ...asked,
        since: new Date(now).toISOString(),
        held: !['people', 'automatic'].includes(source),
      });
      this.#journal.append('stop.requested', { ...entry, target, source, reason, receipt: id, epoch }, now);
      // Whoever asked to resume it has not seen this stop.
      const first = this.#resumes.drop(target);
      if (first) {
        this.#journal.append('stop.resume-voided', { target, asked: first.by, receipt: id, epoch }, now);
      }
      const guards = this.#authority.forming.get(id)?.guards ?? [];
      const agents = guards.map((guard) => guard.agent);
      this.#receipts.begin(
        { ...asked, id, epoch, stopAt: now, cancel: order !== null },
        guards.length,
        agents,
      );
      if (order) this.#lane.ordered(id, epoch, target, order);
    });
    return id;
  }

  /** Takes a stop back, as one of as many people as it needs. What other sources and other stops hold stays stopped. */
  async resume(asked: ResumeInput, person: Person, request: string): Promise<Result<Resumed>> {
    const arrived = Date.now();
    return this.#answers.once(request, ['resume', person.email, asked], arrived, async () => {
      // While no lease is live nobody asks the sources: one that let go since would be said to stop still.
      await this.#sources.look();
      const stoppedLast = this.#receipts.latestOf(asked.target);
      // Of before the look, so that a stop which came during it is one that this person had not seen.
      const askedAt = Math.min(timeOf(request), arrived);
      const directory = this.#sets.current?.people ?? emptyDirectory;
      const ask = { ...asked, by: person.email, askedAt, stoppedLast, directory, now: Date.now() };
      const ruling = ruleOnResume(ask, this.#stops.all, this.#resumes.first(asked.target));
      switch (ruling.kind) {
        case 'refused':
          return { ok: false, problem: refusalProblem(asked.target, ruling.why) };
        case 'waits':
          return this.#waitForSecond(ruling.first, person);
        case 'lifted':
          return this.#lift(asked, ruling, person);
      }
    });
  }

  async #waitForSecond(first: FirstOfTwo, person: Person): Promise<Result<Resumed>> {
    const { target, reason, until } = first;
    this.#record((now) => {
      this.#resumes.wait(first);
      this.#journal.append('stop.resume-asked', { ...acted(person), target, reason, until }, now);
    });
    const note = `Nothing is resumed yet: a second person must resume ${target}, too, before ${until}.`;
    return this.#resumed(target, { status: 'waiting', waiting: shown(first), alone: false, note });
  }

  async #lift(
    { target, reason }: ResumeInput,
    { lifted, people, alone }: ResumeRuling & { kind: 'lifted' },
    person: Person,
  ): Promise<Result<Resumed>> {
    await this.#change({ kind: 'change' }, (epoch) => {
      const now = Date.now();
      for (const { source } of lifted) this.#stops.lift(target, source);
      this.#resumes.drop(target);
      const sources = lifted.map(({ source }) => source);
      const kind = alone ? 'stop.resumed-alone' : 'stop.resumed';
      this.#journal.append(kind, { ...acted(person), people, target, sources, reason, epoch }, now);
      if (alone) {
        this.#resumes.resumedAlone({ target, by: person.email, reason, at: new Date(now).toISOString() });
        console.error(JSON.stringify({ alert: 'control.resumed-alone', target, epoch }));
      }
    });
    const stays = this.#stops.all.filter((stop) => overlaps(stop.target, target));
    return this.#resumed(target, {
      status: 'resumed',
      waiting: null,
      alone,
      note: whatStays(target, stays),
    });
  }

  #resumed(target: Target, rest: Pick<Resumed, 'status' | 'waiting' | 'alone' | 'note'>): Result<Resumed> {
    const stillStoppedBy = this.#stops.over(target);
    return { ok: true, value: { target, epoch: this.#authority.epoch, stillStoppedBy, ...rest } };
  }

  /** See `Leasing.stoppedSince`. */
  async stoppedSince(call: Coverage, epoch: number): Promise<Covering> {
    return { epoch: this.#authority.epoch, stoppedBy: this.#stoppages.since(call, epoch) };
  }

  /** See `Stoppages.inForce`. */
  async inForce(call: Coverage): Promise<Covering> {
    return { epoch: this.#authority.epoch, stoppedBy: this.#stoppages.inForce(call) };
  }

  async stops(): Promise<StopsView> {
    const sources = await this.#sources.view();
    const now = Date.now();
    return {
      environment: this.env.ENVIRONMENT,
      epoch: this.#authority.epoch,
      stops: [...this.#stops.all],
      activeGuards: heldLeases(this.#authority, now).length,
      governanceVersion: this.#sets.current?.version ?? null,
      resumesWaiting: this.#resumes.waiting(this.#stops.all, now),
      resumedAlone: this.#resumes.alone(now),
      governanceWaiting: this.#sets.shown(now),
      sources,
      lastProbe: probed(this.#probes.last),
    };
  }

  /** What a stop would hit. */
  async preview(target: Target): Promise<StopPreview> {
    const live = new Set(heldLeases(this.#authority, Date.now()).map(({ agent }) => agent));
    return preview(target, this.#sets.current, [...live], this.#guards);
  }

  /** "Can I still halt, right now?" */
  async probe(): Promise<HaltProbe> {
    const probe = await this.#probes.run();
    this.#shipSoon();
    return probe;
  }

  /** The same for a schedule: a failure raises an alert. */
  async scheduledProbe(): Promise<void> {
    await this.#probes.scheduled(Date.now());
    this.#shipSoon();
  }

  async receipt(id: string): Promise<Receipt | null> {
    return this.#receipts.read(id);
  }

  /** What a person had done in the operators' lane: it stands on the receipts of the stops that cover the call. */
  async acted(act: OperatorAct, covered: Coverage[]): Promise<void> {
    const told = released({ act, covered });
    const standing = stopsOver(this.#stops.all, told.covered).flatMap((stop) => this.#receipts.of(stop));
    const receipts = [...new Set([...standing, ...this.#lane.receiptsOf(told.act)])];
    if (receipts.length === 0) return;
    this.#transact(() => {
      for (const receipt of receipts) {
        this.#lane.standsOn(told.act, receipt);
        this.#receipts.amend(receipt, (known) => withAct(known, told.act));
      }
      this.#journal.append('stop.operated', { ...told.act, receipts }, Date.now());
    });
    this.#alarm.by(Date.now() + SHIP_MS);
  }

  /** An agent has effects to come until then (Unix ms): a stop asks it what they are, even when it sleeps. */
  async deferred(agent: string, until: number): Promise<void> {
    this.#lane.deferred(agent, until);
  }

  async listReceipts(query: ReceiptQuery): Promise<ReceiptPage> {
    return this.#receipts.list(query);
  }

  /** A watcher's look at a receipt. */
  async progress(id: string, since: string | null, waitMs: number): Promise<Progress | 'busy' | null> {
    return this.#receipts.progress(id, since, waitMs);
  }

  // ── drills ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Journals what a drill showed. */
  async recordDrill(input: DrillInput, person: Person): Promise<Result<DrillRecord>> {
    const now = Date.now();
    const receipt = this.#receipts.read(input.receipt);
    const made = drillRecord(input, receipt, person.email, this.env.ENVIRONMENT, now);
    if (!made.ok) return made;
    const kept = this.#transact(() => {
      if (!keepDrill(this.ctx.storage.sql, made.value)) return false;
      this.#journal.append('drill.recorded', { ...acted(person), ...made.value }, now);
      return true;
    });
    if (!kept) {
      const detail = 'The drill of this receipt is recorded already.';
      return { ok: false, problem: { code: 'conflict', detail } };
    }
    this.#alarm.by(now + SHIP_MS);
    await this.ctx.storage.sync();
    return made;
  }

  async drills(): Promise<DrillRecord[]> {
    return lastDrills(this.ctx.storage.sql);
  }

  // ── exercises ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens an exercise: from here on it is known, whatever becomes of the program that runs it. */
  async startExercise(input: ExerciseStart, person: Person): Promise<Result<ExerciseRecord>> {
    const { ENVIRONMENT: environment } = this.env;
    const begun = beginExercise(input, this.#exercises.open(), person.email, environment, Date.now());
    return this.#keepExercise('exercise.started', begun, person);
  }

  /** Records how an exercise ended, or that it was given up and cleaned up. */
  async endExercise(id: string, end: ExerciseEnd, person: Person): Promise<Result<ExerciseRecord>> {
    const was = this.#exercises.get(id);
    if (!was) return { ok: false, problem: noExercise };
    const receipt = 'abandoned' in end || end.receipt === null ? null : this.#receipts.read(end.receipt);
    const kind = 'abandoned' in end ? 'exercise.abandoned' : 'exercise.recorded';
    return this.#keepExercise(kind, endExercise(was, end, receipt, person.email, Date.now()), person);
  }

  async exercise(id: string): Promise<Result<ExerciseRecord>> {
    const found = this.#exercises.get(id);
    return found ? { ok: true, value: found } : { ok: false, problem: noExercise };
  }

  /** The last ones, newest first. */
  async exercises(): Promise<ExerciseRecord[]> {
    return this.#exercises.last();
  }

  async #keepExercise(
    kind: string,
    made: Result<ExerciseRecord>,
    person: Person,
  ): Promise<Result<ExerciseRecord>> {
    if (!made.ok) return made;
    this.#record((now) => {
      this.#exercises.put(made.value);
      this.#journal.append(kind, { ...made.value, ...acted(person) }, now);
    });
    await this.ctx.storage.sync();
    return made;
  }

  // ── flags ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async flags(): Promise<FlagsView> {
    return this.#sources.flags();
  }

  async setFlag(name: string, input: FlagInput, person: Person, request: string): Promise<Result<FlagView>> {
    const what = ['flag', person.email, name, input];
    return this.#answers.once(request, what, Date.now(), async () => this.#sources.set(name, input, person));
  }

  /** Unleash says that something was changed there. */
  async hint(): Promise<void> {
    // Unleash is not kept waiting for what it would only time out over.
    this.ctx.waitUntil(this.#sources.hint());
  }

  #following(): Following {
    return {
      governance: () => this.#sets.current,
      stops: () => this.#stops.all,
      leased: () => heldLeases(this.#authority, Date.now()).length > 0,
      latch: async (asked, entry) => this.#stop(asked, entry),
      change: async (record) => this.#change({ kind: 'change' }, record),
      note: (record) => this.#record(record),
      append: (kind, data) => void this.#journal.append(kind, data, Date.now()),
      release: (target, source) => this.#stops.release(target, source),
    };
  }

  // ── governance ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** See `Governing.door`. */
  async door(person: Person, side: 'by' | 'approve'): Promise<Problem | null> {
    return this.#governing.door(person, side);
  }

  /** See `Governing.apply`. */
  async apply(
    governance: Governance,
    terms: ApplyTerms,
    person: Person,
    request: string,
  ): Promise<Result<Applied>> {
    return this.#governing.apply(governance, terms, person, request);
  }

  /** See `Governing.approve`. */
  async approve(version: string, reason: string, person: Person, request: string): Promise<Result<Applied>> {
    return this.#governing.approve(version, reason, person, request);
  }

  /** See `Governing.rollback`. */
  async rollback(version: string, reason: string, person: Person, request: string): Promise<Result<Applied>> {
    return this.#governing.rollback(version, reason, person, request);
  }

  /** Sets that are or were in force, newest first; `before`: only those with a smaller number. */
  async policySets(limit: number, before: number | null): Promise<SetPage> {
    const sets = this.#sets.list(limit, before);
    const last = sets.length === limit ? sets.at(-1) : undefined;
    return { sets, next: last && last.n > 1 ? String(last.n) : null, rechecks: { ...this.#rechecked } };
  }

  /** A set as it last was in force; null names the one that is. */
  async policySet(version: string | null): Promise<StoredSet | null> {
    const wanted = version ?? this.#sets.current?.version;
    return wanted === undefined ? null : this.#sets.stored(wanted);
  }

  /** What people ran about a set; null names the one in force. */
  async evidence(version: string | null): Promise<Result<EvidenceView>> {
    const known = this.#known(version);
    return known.ok ? { ok: true, value: this.#evidence.view(known.version, known.standing) } : known;
  }

  /** Keeps and journals what a person ran about a set. */
  async recordEvidence(
    version: string | null,
    evidence: PolicyEvidence,
    person: Person,
  ): Promise<Result<EvidenceView>> {
    const told = released(evidence);
    const known = this.#known(version);
    if (!known.ok) return known;
    this.#record((now) => {
      const who = { by: person.email, credential: person.credential, at: new Date(now).toISOString() };
      this.#evidence.put(known.version, { ...who, evidence: told });
      const entry = { ...acted(person), version: known.version, ...evidenceEntry(told) };
      this.#journal.append('policy.evidence-recorded', entry, now);
    });
    await this.ctx.storage.sync();
    return { ok: true, value: this.#evidence.view(known.version, known.standing) };
  }

  /** A set that control knows, and from where; null names the one in force. */
  #known(
    named: string | null,
  ): { ok: true; version: string; standing: SetStanding[] } | { ok: false; problem: Problem } {
    const [now, inForce] = [Date.now(), this.#sets.current?.version];
    const version = named ?? inForce;
    if (version === undefined) return { ok: false, problem: unknownSet };
    const standing = [
      version === inForce && ('in-force' as const),
      version === this.#sets.shown(now)?.version && ('waiting' as const),
      version === this.#shadows.view(now)?.version && ('in-shadow' as const),
      version !== inForce && this.#sets.has(version) && ('was-in-force' as const),
    ].filter((one) => one !== false);
    return standing.length > 0 ? { ok: true, version, standing } : { ok: false, problem: unknownSet };
  }

  async agents(): Promise<string[]> {
    return this.#sets.agents;
  }

  async manifests(agent: string, limit: number): Promise<ManifestVersion[]> {
    return this.#sets.manifests(agent, limit);
  }

  // ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The policies of a set that is or was in force. */
  async policiesOf(version: string): Promise<Policy[] | null> {
    const set =
      version === this.#sets.current?.version ? this.#sets.current : this.#sets.stored(version)?.set;
    return set?.policies.map(({ id, reason, json }) => ({ id, reason, json })) ?? null;
  }

  /** How samples of guards' decisions compared with real Cedar's. Two that differ stop their action, for everybody. */
  async rechecked(compared: Compared): Promise<void> {
    const told = released(compared);
    addTo(this.#rechecked, told);
    for (const difference of told.differences) await this.#differs(difference);
  }

  /** One of the two is wrong, and as long as nobody knows which, nothing of the kind is run. */
  async #differs(difference: Difference): Promise<void> {
    const { agent, action, version, guard, cedar } = difference;
    console.error(JSON.stringify({ alert: 'control.evaluators-differ', agent, action, version }));
    const target: Target = `action:${action}`;
    const stopped = this.#stops.all.some((stop) => stop.source === 'automatic' && stop.target === target);
    // It is stopped for this already, and every further sample would say it again.
    if (stopped) return;
    const entry = { agent, action, version, guard, cedar };
    this.#record((now) => void this.#journal.append('policy.evaluators-differ', entry, now));
    const reason = differenceWords(difference);
    await this.#stop({ target, source: 'automatic', by: CONTROL_NAME, reason }, { version });
  }

  // ── the candidate in shadow ──────────────────────────────────────────────────────────────────────────────────────

  async shadow(): Promise<ShadowView | null> {
    return this.#shadows.view(Date.now());
  }

  async setShadow(input: ShadowInput, person: Person, request: string): Promise<Result<ShadowView>> {
    const asked = released(input);
    const what = ['shadow', person.email, asked.set.version, asked.until];
    return this.#answers.once(request, what, Date.now(), async () => {
      const fault = await checkWith(this.env.CEDAR, asked.set);
      return fault ? { ok: false, problem: fault } : { ok: true, value: this.#shadows.start(asked, person) };
    });
  }

  async endShadow(person: Person, request: string): Promise<Result<ShadowView>> {
    return this.#answers.once(request, ['end-shadow', person.email], Date.now(), async () => {
      const ended = this.#shadows.stop(person);
      if (ended) return { ok: true, value: ended };
      return { ok: false, problem: { code: 'not-found', detail: 'No candidate set is in shadow.' } };
    });
  }

  /** See `People.directory`. */
  async directory(): Promise<Directory> {
    return this.#sets.current?.people ?? emptyDirectory;
  }

  /** See `Duties.terms`. */
  async terms(agent: string): Promise<TriageTerms | null> {
    const manifests = this.#sets.current?.manifests ?? {};
    const manifest = Object.hasOwn(manifests, agent) ? manifests[agent] : undefined;
    return manifest ? termsOf(manifest) : null;
  }

  async site(id: string): Promise<Site | null> {
    for (const { sites, retentionDays } of Object.values(this.#sets.current?.manifests ?? {})) {
      const site = sites.find((found) => found.id === id);
      if (site) return { retentionDays, ...site };
    }
    return null;
  }

  // ── graduated autonomy ───────────────────────────────────────────────────────────────────────────────────────────

  async autonomy(): Promise<AutonomyView[]> {
    return this.#raises.list(this.#falls.inForce);
  }

  async readiness(agent: string): Promise<Result<Readiness>> {
    const look = await this.#readiness.look(agent);
    return look ? { ok: true, value: look.readiness } : { ok: false, problem: noAgent(agent) };
  }

  async testContact(agent: string, wish: ContactWish, person: Person): Promise<Result<ContactTest>> {
    return this.#readiness.testContact(agent, wish, person);
  }

  async answerContact(agent: string, code: string, person: Person): Promise<Result<ContactAnswer>> {
    return this.#readiness.answerContact(agent, code, person);
  }

  async sign(agent: string, as: Signatory, reason: string, person: Person): Promise<Result<SignOff>> {
    return this.#readiness.sign(agent, as, reason, person);
  }

  /** See `Raises.raise`. */
  async raise(
    agent: string,
    { to, reason }: { to: Mode; reason: string },
    person: Person,
    request: string,
  ): Promise<Result<AutonomyChange>> {
    const what = ['raise', person.email, agent, to, reason];
    return this.#answers.once(request, what, Date.now(), async () =>
      this.#raises.raise(agent, to, reason, person),
    );
  }

  /** See `Raises.lower`. */
  async lower(
    agent: string,
    { to, reason }: { to: Mode; reason: string },
    person: Person,
    request: string,
  ): Promise<Result<AutonomyChange>> {
    const what = ['lower', person.email, agent, to, reason];
    return this.#answers.once(request, what, Date.now(), async () =>
      this.#raises.lower(agent, to, reason, person),
    );
  }

  #ground(): Ground {
    return {
      environment: this.env.ENVIRONMENT,
      governance: () => this.#sets.current,
      drills: () => lastDrills(this.ctx.storage.sql, DRILLS_LOOKED_AT),
      epoch: () => this.#authority.epoch,
      change: async (record) => this.#change({ kind: 'change' }, record),
      record: (work) => this.#record(work),
      exercises: this.#exercises,
    };
  }

  async #ringFalls(): Promise<void> {
    const due = await this.#falls.ring(Date.now());
    if (due !== null) this.#alarm.by(due);
    this.#shipSoon();
  }

  async #ringProbe(): Promise<void> {
    const due = await this.#probes.ring(Date.now());
    if (due !== null) this.#alarm.by(due);
    this.#shipSoon();
  }

  #shipSoon(): void {
    if (this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_MS);
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    // Not waited for: a guard that does not answer must not hold up receipts and the journal.
    this.ctx.waitUntil(this.#ringProbe());
    this.ctx.waitUntil(this.#ringFalls());
    const now = Date.now();
    this.#governing.expire(now);
    this.#shadows.expire(now);
    this.#stoppages.prune();
    this.#resumes.prune(now);
    this.ctx.waitUntil(this.#stoppages.tell(this.env.APPROVALS));
    this.#watch();
    // Nor must a ledger that hangs.
    const shipping = within(SHIP_MAX_MS, this.#journal.ship(this.env.LEDGER)).catch(() => false);
    const [shipped] = await Promise.all([shipping, this.#receipts.settle()]);
    if (!shipped || this.#receipts.open > 0 || this.#stoppages.untold)
      this.#alarm.by(Date.now() + SHIP_MS * 2);
    this.#governing.armExpiry();
    this.#shadows.arm();
  }
}

const unknownSet = {
  code: 'not-found',
  detail: 'No such policy set is in force, was, waits for a second person or is in shadow.',
} as const;

const noExercise = { code: 'not-found', detail: 'There is no such exercise.' } as const;

function probed(last: HaltProbe | null): StopsView['lastProbe'] {
  return last && { at: last.at, canHalt: last.canHalt, reasons: last.reasons };
}
