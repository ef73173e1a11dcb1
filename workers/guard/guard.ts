import { DurableObject } from 'cloudflare:workers';
import type { Target } from '../../flags/targets.ts';
import { scopedMode } from '../../shared/contract.ts';
import { readDispatch, verifyDispatch } from '../../shared/dispatch-token.ts';
import { isId, newId } from '../../shared/ids.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { problemDocument } from '../../shared/problems.ts';
import type { Preview } from '../../shared/preview.ts';
import type * as rpc from '../../shared/rpc.ts';
import { splitUse, type WithUse } from '../../shared/secret-use.ts';
import type { Look, Takeables } from '../../shared/taking-back.ts';
import { withTimeLeft } from '../../shared/time-left.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Admission } from './admit.ts';
import { Amendments } from './amend.ts';
import { Aftermaths } from './aftermath.ts';
import { CallOffs } from './call-off.ts';
import { ArtefactWords } from './artefact-words.ts';
import { Book, WAITING_MAX, type Running } from './book.ts';
import type { Arrival } from './stored.ts';
import { withheld, type AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import { Column, reported, sharedBy, type Governed, type Known } from './column.ts';
import { unforeseen, type Denial } from './denial.ts';
import { Effects } from './effect-rows.ts';
import type { Env } from './env.ts';
import { readFiled, sealedFlag, sealedHandoff, type Seal } from './filing.ts';
import { Handoffs } from './handoffs.ts';
import { problemAnswer } from './problem-answer.ts';
import { examine, Inverses } from './inverse.ts';
import { Incidents } from './incidents.ts';
import { handoffSchema } from '../../shared/handoffs.ts';
import { flagSchema, type Incident } from '../../shared/incidents.ts';
import { LaneCalls } from './lane-calls.ts';
import { askOf, type LaneAsk } from './lane-proof.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { migrations } from './migrations.ts';
import { Looks } from './looks.ts';
import { Operators } from './operators.ts';
import { Parking } from './parking.ts';
import { People } from './people.ts';
import { PoolWords } from './pool-words.ts';
import { Pools } from './pools.ts';
import { propose, uncompared, unchanged } from './proposals.ts';
import { recover } from './recover.ts';
import { reveal } from './reveal.ts';
import { Restores } from './restores.ts';
import { json } from './settle.ts';
import type { Examined } from './rollback/gather.ts';
import { Shadow } from './shadow.ts';
import { cursorOf, effectQuery, takeableOf } from './takeables.ts';
import { holdWord, takenOf, type Taking } from './taken.ts';
import { agentView } from './view.ts';

/** Pools that did not hear how calls ended are told again. */
const POOLS_AGAIN_MS = 5_000;
/** So is triage of cases, and of calls to be looked at. */
const TRIAGE_AGAIN_MS = 10_000;

/** Control asks again for a few seconds; stops in that time are few. */
const PUSHES_KEPT = 16;

/**
 * The agent's guard. Its methods are reachable over the namespace binding, so each is either the column itself, a look, a
 * hint that is checked with whoever decided, or carries a proof.
 */
export class Guard extends DurableObject<Env> {
  readonly #agent: string;
  /** A lease and an ack speak for one construction of this object only. */
  readonly #incarnation = newId('inc', Date.now());
  readonly #book: Book;
  readonly #column: Column;
  readonly #parking: Parking;
  readonly #people: People;
  readonly #amendments: Amendments;
  readonly #words: PoolWords;
  readonly #artefacts: ArtefactWords;
  readonly #pools: Pools;
  /** Epoch -> what its push found under way. */
  readonly #found = new Map<number, Running[]>();
  readonly #effects: Effects;
  readonly #looks: Looks;
  readonly #inverses: Inverses;
  readonly #operators: Operators;
  readonly #restores: Restores;
  readonly #aftermaths: Aftermaths;
  readonly #callOffs: CallOffs;
  readonly #shadow: Shadow;
  readonly #incidents: Incidents;
  readonly #handoffs: Handoffs;
  /** Words that are of no call, as they are kept. */
  readonly #seal: Seal = async (texts) => this.#column.door.texts('', texts, this.#column.keepMs());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#agent = ctx.id.name ?? '';
    migrate(ctx.storage, migrations);
    const effects = new Effects(ctx.storage.sql);
    this.#effects = effects;
    this.#words = new PoolWords(ctx.storage.sql);
    this.#artefacts = new ArtefactWords(ctx.storage.sql, env.ARTEFACTS);
    this.#book = new Book(ctx, this.#agent, effects, this.#words, this.#artefacts);
    const leases = new LeaseKeeper(this.#agent, this.#incarnation, env.LEASING);
    this.#pools = new Pools(this.#agent, ctx, env.POOL, this.#words);
    this.#column = new Column(this.#agent, ctx, env, this.#book, leases, this.#pools);
    this.#parking = new Parking(this.#column, env.APPROVALS);
    this.#people = new People(this.#column, this.#parking, env.APPROVALS, env.LEASING);
    this.#amendments = new Amendments(this.#column, this.#parking);
    const laneCalls = new LaneCalls(ctx.storage.sql);
    this.#looks = new Looks(this.#agent, env, this.#column, effects);
    this.#inverses = new Inverses(this.#agent, env, this.#column, effects);
    this.#operators = new Operators(
      ctx,
      this.#agent,
      env,
      this.#column,
      effects,
      laneCalls,
      this.#looks,
      this.#artefacts,
    );
    this.#restores = new Restores(
      this.#agent,
      this.#column,
      this.#looks,
      this.#operators,
      this.#artefacts,
      this.#inverses,
    );
    this.#aftermaths = new Aftermaths(this.#agent, env, this.#column, effects, laneCalls, this.#operators);
    this.#callOffs = new CallOffs(this.#agent, env, this.#book);
    this.#incidents = new Incidents(this.#agent, ctx.storage.sql, this.#book, env.NOTIFIER);
    this.#handoffs = new Handoffs(this.#agent, ctx.storage.sql, this.#book, this.#incidents, env.TRIAGE);
    this.#shadow = new Shadow({
      note: (kind, data) => this.#book.note(kind, data),
      later: (work) => void setTimeout(work, 0),
      now: Date.now,
    });
    void ctx.blockConcurrencyWhile(async () => {
      await this.#book.load();
      this.#operators.load();
    });
  }

  /** Steps 2 to 10 for one call. Every answer is final, or 202 with where to poll. */
  async call(caller: rpc.Caller, request: rpc.CallRequest): Promise<rpc.Answer> {
    await this.#column.leases.ready(Date.now());
    const first = this.#book.arrival(caller, request);

    const asked = this.#column.contract(caller, request);
    if (!asked.ok) return this.#book.refuse(first, null, asked.denial);
    const named = this.#book.bound(first, asked.value);
    const earlier = this.#column.repeated(named, asked.value);
    if (!earlier.ok) return this.#book.refuse(named, withheld(asked.value), earlier.denial);
    if (earlier.value) return replayed(this.#book.state(earlier.value));

    // Looked up before the door: what is sealed there cannot be told again.
    const taken = await this.#column.atDoor(named, this.#column.derived(asked.value));
    if (!taken.ok) return this.#book.refuse(named, withheld(asked.value), taken.denial);
    const arrival = this.#book.sealed(named, taken.value);

    const facts = await this.#column.facts(arrival, taken.value);
    if (!facts.ok) return this.#book.refuse(arrival, taken.value, facts.denial);

    const addressed = await this.#column.door.addressed(arrival.id, taken.value, facts.value);
    if (!addressed.ok) return this.#refuseAsked(arrival, taken.value, addressed.denial);
    const call = addressed.value;

    const same = await unchanged(this.#column, arrival, call, facts.value);
    if (!same.ok) return this.#book.refuse(arrival, call, same.denial);

    const known = (): Known => this.#known(arrival);
    const taking = await this.#column.take(arrival.id, call, facts.value, known);
    if (!taking.ok) return this.#refuseAsked(arrival, call, taking.denial);

    await this.#column.gathering.turn();

    // From this look at the lease to the recorded intent nothing awaits.
    const leased = this.#column.lease();
    if (!leased.ok) {
      this.#column.release(taking.value);
      return this.#book.refuse(arrival, call, leased.denial);
    }
    const admission = this.#column.admit(call, leased.value, facts.value, taking.value, known());
    this.#shadow.saw(arrival.id, call, admission, this.#column.leases.shadow);
    if (uncompared(call, admission, same.value)) {
      this.#column.release(taking.value);
      return this.#book.refuse(arrival, call, unforeseen(null));
    }
    return this.#answer(arrival, call, leased.value, admission, { taking: taking.value, seen: same.value });
  }

  #known({ id, key, digest }: Arrival): Known {
    return { id, earlier: this.#book.byKey(key), digest, approvers: [] };
  }

  async #answer(
    arrival: Arrival,
    call: AskedCall,
    leased: Governed,
    admission: Admission,
    { taking, seen }: { taking: Taking; seen: Preview | null },
  ): Promise<rpc.Answer> {
    switch (admission.kind) {
      case 'denied':
        return this.#refuseAsked(arrival, call, admission.denial);
      case 'replayed':
        return replayed(this.#book.state(admission.earlier));
      case 'proposed':
        this.#column.count(call.action.name, leased.governance);
        this.#column.use(taking);
        return propose(this.#column, arrival, call, admission, taking);
      case 'waits':
        if (this.#book.waiting >= WAITING_MAX) return this.#book.refuse(arrival, call, { kind: 'busy' });
        this.#column.ratesOf(leased.governance).admit(call.action.name, Date.now());
        return this.#parking.park(arrival, call, leased.governance, {
          ruling: admission.ruling,
          taking,
          seen,
        });
      case 'admitted': {
        const { ruling } = admission;
        const ended = this.#column.execute(arrival, call, leased, { ruling, taking, approved: null });
        const rates = this.#column.ratesOf(leased.governance).headers(call.action.name, Date.now());
        const answer = await ended;
        return { ...answer, headers: { ...rates, ...answer.headers } };
      }
    }
  }

  /** Refuses a call. If its tool was asked for facts it counts: calls that are denied anyway would ask a vendor without end. */
  #refuseAsked(arrival: Arrival, call: AskedCall, denial: Denial): rpc.Answer {
    const leased = this.#column.lease();
    if (leased.ok && call.action.facts && !this.#book.byKey(arrival.key))
      this.#column.count(call.action.name, leased.value.governance);
    return this.#book.refuse(arrival, call, denial);
  }

  /** A tool reports by itself; normally the answers to the dispatches came first and this changes nothing. */
  async settled(reports: rpc.Report[]): Promise<void> {
    for (const { token, outcome } of reports) this.#settled(token, outcome);
  }

  #settled(token: string, outcome: WithUse<Outcome>): void {
    // Looked up before the signature is checked: for a call that has ended there is nothing to protect.
    const claimed = readDispatch(token);
    const row = this.#book.open(claimed?.call ?? '');
    if (!row && claimed?.lane !== 'operators') return;
    const checked = verifyDispatch(this.env.DISPATCH_PRIVATE_KEY, token);
    if (!checked.ok || checked.claims.purpose !== 'run' || checked.claims.agent !== this.#agent) return;
    if (!row) return this.#operators.settled(checked.claims.call, outcome);
    const { told, use } = splitUse(outcome);
    this.#book.secretUses.heard(row.id, use);
    this.#column.finish(row, told, reported);
  }

  /** A hint from approvals that a call was decided; what was decided is read from approvals itself. */
  async decided(call: string): Promise<void> {
    const row = this.#book.row(call);
    if (row?.state === 'waiting') await this.#people.resume(row);
  }

  /** The state of one of this agent's calls; waits up to `waitMs` for it to end. Others' calls do not exist here. */
  async poll(caller: rpc.Caller, id: string, waitMs: number): Promise<rpc.Answer> {
    const row = isId('call', id) ? this.#book.row(id) : undefined;
    if (!row) return this.#proposal(caller, id);
    // A narrowed token does not read what it could not have asked for.
    if (!scopedMode(caller.scopes, row.action)) return notFound();
    if (waitMs <= 0 || row.state === 'done' || row.state === 'unknown') return this.#state(row);
    await this.#book.ended(id, Math.min(waitMs, 30_000));
    return this.#state(this.#book.row(id) ?? row);
  }

  /** What was proposed and can still be executed. What it would change was told once: here only by which call it is executed. */
  #proposal(caller: rpc.Caller, id: string): rpc.Answer {
    const row = this.#book.proposals.byId(id);
    if (!row || Date.now() >= row.expires || !scopedMode(caller.scopes, row.action)) return notFound();
    const executed = row.claimed_by === null ? {} : { executedBy: row.claimed_by };
    const expiresAt = new Date(row.expires).toISOString();
    return json(200, { call: id, status: 'proposed', action: row.action, expiresAt, ...executed });
  }

  /** A call's state; how long it can still be undone, or that a person took it back. */
  #state(row: CallRow): rpc.Answer {
    const answer = this.#book.state(row);
    if (row.state !== 'done' || row.outcome !== 'succeeded' || row.mode !== 'execute') return answer;
    const at = this.#operators.undone(row.id);
    const body = JSON.parse(answer.body) as { undo?: unknown };
    const told = at === null ? { undo: withTimeLeft(body.undo, Date.now()) } : { undone: { at } };
    return { ...answer, body: JSON.stringify({ ...body, ...told }) };
  }

  /** How takings of these calls ended, for the pool that asks. What is not known here never ran, and by now never will. */
  async holds(pool: string, asked: { hold: string; call: string }[]): Promise<(rpc.HoldWord | 'open')[]> {
    return asked.map(({ hold, call }) => this.#words.of(pool, hold) ?? this.#held(hold, call));
  }

  #held(hold: string, call: string): rpc.HoldWord | 'open' {
    // A storage that was set back has forgotten calls that ran: what is not known here may have been used.
    if (this.#book.behind) return 'open';
    const row = this.#book.row(call);
    if (!row || takenOf(row)?.hold?.id !== hold) return 'released';
    const ended = endings.find((ending) => ending === row.outcome);
    return ended ? holdWord(ended) : 'open';
  }

  /** Beside the column: see `Incidents`. A lease is asked for only to learn whom to tell, and not waited for long. */
  async flag(caller: rpc.Caller, body: string): Promise<rpc.Answer> {
    const { leases } = this.#column;
    if (caller.agent !== this.#agent) return notFound();
    if (leases.incidentContact === null) await leases.ready(Date.now());
    const contact = { workflow: leases.workflow, address: leases.incidentContact };
    const read = readFiled(flagSchema, body);
    if (!read.ok) return read.answer;
    const flag = await sealedFlag(read.value, this.#seal);
    return this.#raised(this.#incidents.raise(flag, contact, Date.now()));
  }

  /** Whoever is to be told of a new one is told now; the alarm sees to what does not get through. */
  #raised(answer: rpc.Answer): rpc.Answer {
    if (answer.status === 201) this.ctx.waitUntil(this.#tellContacts());
    return answer;
  }

  async #tellContacts(): Promise<void> {
    if (!(await this.#incidents.tell(Date.now()))) this.#book.wake(Date.now() + TRIAGE_AGAIN_MS);
  }

  /** Beside the column, too: see `Handoffs`. */
  async handOver(caller: rpc.Caller, body: string, key: string | null): Promise<rpc.Answer> {
    const { leases } = this.#column;
    if (caller.agent !== this.#agent) return notFound();
    if (leases.triageTerms === null) await leases.ready(Date.now());
    const contact = { workflow: leases.workflow, address: leases.incidentContact };
    const read = readFiled(handoffSchema, body);
    if (!read.ok) return read.answer;
    const input = await sealedHandoff(read.value, this.#seal);
    if (!input)
      return problemAnswer({
        code: 'unavailable',
        detail: 'It could not be kept safe: try again.',
        retryAfter: 2,
      });
    const answer = this.#handoffs.file(input, key, contact, Date.now());
    // Now, not only with the alarm: people wait, too.
    if (answer.status === 201) this.ctx.waitUntil(this.#handoffs.tell(leases.triageTerms));
    return this.#raised(answer);
  }

  async handoff(caller: rpc.Caller, id: string): Promise<rpc.Answer> {
    return caller.agent === this.#agent ? this.#handoffs.state(id) : notFound();
  }

  /** For a person whom the entrypoint has checked. */
  async incidents(): Promise<Incident[]> {
    return this.#incidents.list();
  }

  /** By the same proof as the lane's: whoever reaches this object must not quiet an alarm in a person's name. */
  async acknowledge(proof: string): Promise<rpc.Result<Incident>> {
    const asked = this.#proven('acknowledge', proof);
    if (!asked) return { ok: false, problem: { code: 'forbidden' } };
    return this.#incidents.acknowledge(asked.person, asked.id, asked.input, Date.now());
  }

  /** What the agent may know about itself; `whole`: with what it shares, which asks the pools. */
  async view(agent: string, whole = false): Promise<rpc.Result<rpc.AgentView>> {
    await this.#column.leases.ready(Date.now());
    const leased = this.#column.lease();
    if (agent !== this.#agent || !leased.ok)
      return { ok: false, problem: { code: 'no-lease', retryAfter: 5 } };
    const { governance } = leased.value;
    const now = Date.now();
    const rates = this.#column.ratesOf(governance).view(now);
    const meters = this.#column.metersOf(governance).view(now);
    const view = agentView(governance, leased.value, rates, meters);
    if (!whole) return { ok: true, value: view };
    const shared = (await this.#shared(leased.value)).map(({ of, limits }) => ({
      of,
      // Names that other agents wrote are not for this one.
      limits: limits?.map(({ by: _by, ...rest }) => rest) ?? null,
    }));
    return { ok: true, value: { ...view, shared } };
  }

  async #shared(leased: Governed): ReturnType<Pools['view']> {
    const tools = leased.governance.manifest.grants.map(({ action }) => action.slice(0, action.indexOf('.')));
    return this.#pools.view(tools, sharedBy(leased));
  }

  /** The same for a person who was checked: what is used and left of every limit. */
  async limits(): Promise<rpc.Result<rpc.AgentLimits>> {
    await this.#column.leases.ready(Date.now());
    const leased = this.#column.lease();
    if (!leased.ok && leased.denial.kind === 'unknown-action')
      return { ok: false, problem: { code: 'not-found', detail: 'No manifest in force names this agent.' } };
    const view = await this.view(this.#agent);
    if (!view.ok) return view;
    const { agent, workflow, manifestVersion, policyVersion, limits, budgets, radius } = view.value;
    const shared = leased.ok ? await this.#shared(leased.value) : [];
    const value = { agent, workflow, manifestVersion, policyVersion, limits, budgets, radius, shared };
    return { ok: true, value };
  }

  /** Control says an epoch passed. Acks once no token of this incarnation can start anything more. */
  async push(incarnation: string, epoch: number, cancel: Target | null): Promise<rpc.GuardAnswers['push']> {
    const open = this.#foundUnderWay(epoch);
    const acking = this.#column.leases.tokens.push(incarnation, epoch);
    // Nothing is admitted from here on; what is under way and covered is called off, which ends its tokens sooner.
    if (cancel !== null) await this.#callOffs.callOff(cancel);
    const acked = await acking;
    // The last tool has answered this very moment; its outcome is recorded in the same turn, after us.
    if (open.length > 0) await scheduler.wait(0);
    // Of an earlier incarnation only its calls are known.
    return {
      acked,
      inFlight: acked ? open.map((call) => this.#inFlight(call.row, call.workflow)) : this.#open(),
      deferredUntil: this.#effects.latest(),
    };
  }

  /** What the first push of an epoch found under way: when it comes again, some of that may have ended. */
  #foundUnderWay(epoch: number): Running[] {
    const found = this.#found.get(epoch) ?? this.#book.running();
    this.#found.set(epoch, found);
    const [oldest] = this.#found.keys();
    if (this.#found.size > PUSHES_KEPT && oldest !== undefined) this.#found.delete(oldest);
    return found;
  }

  /** How calls that a stop found under way have ended by now; with none named, all that have not ended. */
  async ended(calls: string[]): Promise<rpc.InFlight[]> {
    if (calls.length === 0) return this.#open();
    const rows = calls.map((id) => this.#book.row(id)).filter((row) => row !== undefined);
    return rows.map((row) => this.#inFlight(row));
  }

  #open(): rpc.InFlight[] {
    return this.#book.atTools().map((row) => this.#inFlight(row));
  }

  /** `workflow`: in which the call was admitted. Of an ended call, or an earlier incarnation's, only today's is known. */
  #inFlight({ id, action, outcome }: CallRow, workflow = this.#workflow(id)): rpc.InFlight {
    return {
      agent: this.#agent,
      call: id,
      action,
      workflow,
      cancelled: this.#callOffs.of(id),
      ended: endings.find((ending) => ending === outcome) ?? 'unknown',
    };
  }

  #workflow(call: string): string | null {
    return this.#book.workflowOf(call) ?? this.#column.leases.workflow;
  }

  /** What a stop leaves to be done: see `Aftermaths`. */
  async aftermath(aftermath: rpc.Aftermath): Promise<rpc.DeferredEffects> {
    return this.#aftermaths.of(aftermath, this.#callOffs.calls);
  }

  /** The operators' lane: one act of a person, who is checked there. */
  async act(
    credential: string | null,
    kind: (typeof rpc.operatorKinds)[number],
    call: string,
    input: unknown,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    return this.#operators.act(credential, kind, call, input);
  }

  // ── for this Worker's own code, which proves that it checked the person: see `LaneClient` ─────────────────────────

  async takeables(proof: string): Promise<rpc.Result<Takeables>> {
    const asked = this.#proven('takeables', proof);
    const query = asked && effectQuery(asked.query);
    if (!query) return { ok: false, problem: { code: 'bad-request' } };
    const now = Date.now();
    const page = this.#effects.page(query);
    const last = page.length === query.limit ? page.at(-1) : undefined;
    const takeables = page.map((info) => takeableOf(this.#agent, info, catalogue.get(info.action), now));
    return { ok: true, value: { takeables, next: last ? cursorOf(last) : null } };
  }

  async look(proof: string): Promise<rpc.Result<Look>> {
    const asked = this.#proven('look', proof);
    return asked ? this.#looks.of(asked.person, asked.call) : { ok: false, problem: { code: 'forbidden' } };
  }

  async examine(proof: string): Promise<rpc.Result<Examined[]>> {
    const asked = this.#proven('examine', proof);
    if (!asked) return { ok: false, problem: { code: 'forbidden' } };
    return { ok: true, value: await examine(this.#looks, this.#inverses, asked.person, asked.calls) };
  }

  async state(proof: string): Promise<rpc.Result<rpc.OperatorAct | null>> {
    const asked = this.#proven('state', proof);
    if (!asked) return { ok: false, problem: { code: 'forbidden' } };
    return { ok: true, value: this.#operators.state(asked.lane) ?? null };
  }

  async order(proof: string): Promise<rpc.Result<rpc.OperatorAct>> {
    const asked = this.#proven('order', proof);
    return asked ? this.#operators.order(asked.order) : { ok: false, problem: { code: 'forbidden' } };
  }

  async restore(proof: string): Promise<rpc.Result<rpc.OperatorAct>> {
    const asked = this.#proven('restore', proof);
    return asked ? this.#restores.restore(asked.restore) : { ok: false, problem: { code: 'forbidden' } };
  }

  async amend(proof: string): Promise<rpc.Result<rpc.Amended>> {
    const asked = this.#proven('amend', proof);
    return asked ? this.#amendments.amend(asked.amend) : { ok: false, problem: { code: 'forbidden' } };
  }

  async reveal(proof: string): Promise<rpc.Result<rpc.Revealed>> {
    const asked = this.#proven('reveal', proof);
    return asked ? reveal(this.#column, asked.reveal) : { ok: false, problem: { code: 'forbidden' } };
  }

  #proven<K extends LaneAsk['kind']>(kind: K, proof: string): (LaneAsk & { kind: K }) | undefined {
    return askOf(this.env.DISPATCH_PRIVATE_KEY, this.#agent, kind, proof, Date.now());
  }

  override async alarm(): Promise<void> {
    await this.#book.alarm(this.env.LEDGER, async (row) =>
      row.state === 'waiting' ? this.#people.resume(row) : recover(row, this.#column, this.env),
    );
    // After the book's part, which starts by noting that the alarm rang.
    if (!(await this.#pools.tell())) this.#book.wake(Date.now() + POOLS_AGAIN_MS);
    if (!(await this.#artefacts.tell())) this.#book.wake(Date.now() + POOLS_AGAIN_MS);
    await this.#tellTriage();
    if (!(await this.#tellDecided())) this.#book.wake(Date.now() + POOLS_AGAIN_MS);
    await this.#tellContacts();
    await this.#operators.alarm();
  }

  /** The agent's own webhook is told what ended. Without a live lease it is not known which one: later, then. */
  async #tellDecided(): Promise<boolean> {
    const { decided } = this.#book;
    const { leases } = this.#column;
    if (!decided.any) return true;
    await leases.ready(Date.now());
    const leased = leases.now(Date.now());
    const webhook = leased ? (leased.governance?.manifest?.webhook ?? null) : undefined;
    return decided.tell(this.env.NOTIFIER, webhook, Date.now());
  }

  async #tellTriage(): Promise<void> {
    const { leases, reviews } = this.#column;
    if (this.#handoffs.any && leases.triageTerms === null) await leases.ready(Date.now());
    const told = await Promise.all([this.#handoffs.tell(leases.triageTerms), reviews.tell(this.env.REVIEWS)]);
    if (told.includes(false)) this.#book.wake(Date.now() + TRIAGE_AGAIN_MS);
  }
}

const endings = ['succeeded', 'failed', 'lapsed', 'indeterminate'] as const;

function replayed(answer: rpc.Answer): rpc.Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
}

function notFound(): rpc.Answer {
  const body = JSON.stringify(problemDocument({ code: 'not-found', detail: 'This agent has no such call.' }));
  return { status: 404, body, headers: { 'content-type': 'application/problem+json' } };
}
