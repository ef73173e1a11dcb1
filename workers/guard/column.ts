import { startBefore } from '../../flags/holder.ts';
import { terms } from '../../flags/terms.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import { leashNow, onLeash } from '../../shared/leash.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { budgetRules, Meters } from '../../shared/meters.ts';
import { noOrigins, type Origins } from '../../shared/origins.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { Preview } from '../../shared/preview.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { SharedLimits } from '../../shared/shared-limits.ts';
import { usageOf, type Usage } from '../../shared/usage.ts';
import { catalogue } from '../tools/catalogue.ts';
import { admit, type Admission } from './admit.ts';
import { SHIP_MS, type Book } from './book.ts';
import type { Arrival } from './stored.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import { sinksOf } from './derived.ts';
import { lookUp, preview, run, type Dispatch } from './dispatch.ts';
import { UNDO_MS } from './effects.ts';
import { unforeseen } from './denial.ts';
import { Door } from './door.ts';
import { ruledEntry } from './entries.ts';
import type { Env } from './env.ts';
import { Gathering } from './gathering.ts';
import type { Leased, LeaseKeeper } from './lease-keeper.ts';
import { grantedOutput } from './output.ts';
import { usableUntil, type Pools } from './pools.ts';
import { Rates } from './rates.ts';
import { Reviews } from './reviews.ts';
import { autonomy } from './steps/autonomy.ts';
import { samplesOf, type Samples } from './samples.ts';
import { contract } from './steps/contract.ts';
import { hiddenClaims } from './steps/hidden-claims.ts';
import { IN_FLIGHT_MAX, limits } from './steps/limits.ts';
import type { Ruling } from './steps/policy.ts';
import { replay } from './steps/replay.ts';
import { deny, go, type Step } from './steps/step.ts';
import { stopped } from './steps/stopped.ts';
import { keeps, takenOf, takenText, type Taking } from './taken.ts';

/** How long what is not personal of an execute is kept that ends while the manifest is not known. */
const KEEP_EFFECT_MS = 30 * 86_400_000;

/** The tool's own word on an outcome. */
export const reported = { final: false, byFind: false };

/** A live lease under which this agent has a manifest. */
export type Governed = Leased & { governance: AgentGovernance & { manifest: Manifest } };

export type Facts = Record<string, string | number | boolean>;

/** What is known of a call besides what it says. */
export interface Known {
  /** The call itself. */
  id: string;
  /** The call that used the same idempotency key before. */
  earlier: CallRow | undefined;
  digest: string;
  approvers: readonly string[];
}

/** With what a call was admitted. */
export interface Admitted {
  ruling: Ruling;
  taking: Taking;
  /** Who approved it, and under which name of the call; null: it needed nobody. */
  approved: { digest: string; approvers: string[] } | null;
}

/**
 * What every way into the column shares, a call that arrives as well as one that people approved: the pure steps wired to
 * this guard's lease, limits, record and tools.
 */
export class Column {
  readonly leases: LeaseKeeper;
  readonly book: Book;
  readonly #agent: string;
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly gathering: Gathering;
  /** Which calls people look at afterwards. */
  readonly reviews: Reviews;
  /** What is shared with other agents. */
  readonly pools: Pools;
  /** Where what people's data is in calls is sealed. */
  readonly door: Door;
  /** Where this guard runs. */
  readonly environment: string;
  #meters: { version: string; leash: number | null; meters: Meters } | null = null;
  #rates: { version: string; leash: number | null; rates: Rates } | null = null;
  readonly #samples: Samples;

  constructor(
    agent: string,
    ctx: DurableObjectState,
    env: Env,
    book: Book,
    leases: LeaseKeeper,
    pools: Pools,
  ) {
    this.pools = pools;
    this.environment = env.ENVIRONMENT;
    this.door = new Door(agent, env.VAULT);
    this.#agent = agent;
    this.#ctx = ctx;
    this.#env = env;
    this.book = book;
    this.reviews = new Reviews(agent, ctx.storage.sql, book);
    this.gathering = new Gathering(() => book.inFlight);
    this.leases = leases;
    this.#samples = samplesOf(ctx, env.RECHECKS);
  }

  /** The live lease and this agent's manifest under it. After it, whoever admits awaits nothing. */
  lease(): Step<Governed> {
    if (this.book.behind) return deny({ kind: 'quarantined' });
    const leased = this.leases.now(Date.now());
    if (!leased) return deny({ kind: 'no-lease' });
    const { governance } = leased;
    if (!governance) return deny({ kind: 'no-policy-set' });
    // The very object of the lease goes on, not a copy: compiled policies are kept per object.
    return hasManifest(governance) ? go({ ...leased, governance }) : deny({ kind: 'unknown-action' });
  }

  /** Step 2, under the live lease. */
  contract(caller: rpc.Caller, request: rpc.CallRequest): Step<AskedCall> {
    const leased = this.lease();
    if (!leased.ok) return leased;
    const proposed = (id: string) => this.book.proposals.byId(id);
    return contract(caller, request, leased.value.governance, catalogue, proposed);
  }

  /** The call that asked the same under the same key: its answer is the record's, so nothing is sealed or looked up again. */
  repeated({ key, digest }: Pick<Arrival, 'key' | 'digest'>, call: AskedCall): Step<CallRow | null> {
    const earlier = this.book.byKey(key);
    if (!earlier) return go(null);
    const open = this.open(call);
    return open.ok ? replay(earlier, digest) : open;
  }

  /** The call with what is personal in it sealed. Of one that is stopped, or that has no room, the vault is told nothing. */
  async atDoor({ id }: Pick<Arrival, 'id'>, call: AskedCall): Promise<Step<AskedCall>> {
    const room = this.#room(call);
    if (!room.ok) return room;
    const { manifest } = room.value.governance;
    // A set that was stored before manifests named their model has none.
    const ours = manifest.model ? [manifest.model.name] : [];
    const taken = await this.door.take(id, call, this.keepMs(), ours);
    const errors = taken.ok ? hiddenClaims(call, taken.value, manifest.claims) : [];
    return errors.length > 0 ? deny({ kind: 'invalid', errors }) : taken;
  }

  /** Whether a call may ask anybody outside this object before it is admitted. */
  #room(call: AskedCall): Step<Governed> {
    const leased = this.lease();
    if (!leased.ok) return leased;
    const { governance, autonomy: allowed } = leased.value;
    const open = stopped(call, leased.value, Date.now());
    if (!open.ok) return open;
    const free = autonomy(call, allowed);
    if (!free.ok) return free;
    const rates = this.ratesOf(governance);
    const room = limits(call.action.name, rates, this.leases.tokens.size, Date.now());
    return room.ok ? leased : room;
  }

  /** A call with where its arguments come from: before anything of it is sealed. A read sends nothing anywhere. */
  derived(call: AskedCall): AskedCall {
    if (call.mode === 'read') return call;
    // What was proposed is what it was when it was proposed.
    if (call.proposal) return { ...call, derived: call.proposal.derived };
    const manifest = this.leases.now(Date.now())?.governance?.manifest;
    return { ...call, derived: manifest ? this.book.provenance.of(call, manifest, Date.now()) : null };
  }

  /** What policies see of it, and of what the agent has read by now. */
  #origins(call: AskedCall, manifest: Manifest, facts: Facts): Origins {
    const now = Date.now();
    const { provenance } = this.book;
    const read = provenance.reading.state(now);
    if (call.mode === 'read') return { ...noOrigins, ...read };
    const linked = provenance.ofFacts(call, facts, manifest, now);
    const all = call.derived && linked ? [...call.derived.arguments, ...linked] : null;
    return { ...read, ...sinksOf(call.action, all) };
  }

  /** What the policy must know and only the tool can say. A tool that is stopped is asked nothing. */
  async facts({ id, key }: Pick<Arrival, 'id' | 'key'>, call: AskedCall): Promise<Step<Facts>> {
    // A repeated call is answered from the record, so nothing is looked up for it.
    if (!call.action.facts || this.book.byKey(key)) return go({});
    const leased = this.#room(call);
    if (!leased.ok) return leased;
    const facts = await lookUp(
      this.#env,
      this.leases.tokens,
      this.dispatch('facts', id, call, leased.value, Date.now()),
    );
    if (facts) return go(facts);
    // It asked, and ends here, so it counts here.
    this.count(call.action.name, leased.value.governance);
    return deny({ kind: 'facts-missing' });
  }

  /** A live lease under which the call is judged as it was before an await: same policy set, and not stopped since. */
  open(call: AskedCall): Step<Governed> {
    const leased = this.lease();
    if (!leased.ok) return leased;
    if (leased.value.governance.version !== call.policyVersion) return deny({ kind: 'no-lease' });
    const running = stopped(call, leased.value, Date.now());
    return running.ok ? leased : running;
  }

  /** What executing the call would change, told by its tool, which reads at the vendor and writes nothing. */
  async preview(id: string, call: AskedCall, useBefore = Infinity): Promise<Step<Preview>> {
    const leased = this.open(call);
    if (!leased.ok) return leased;
    if (this.leases.tokens.size >= IN_FLIGHT_MAX) return deny({ kind: 'busy' });
    const dispatch = this.dispatch('preview', id, call, leased.value, Date.now(), useBefore);
    const seen = await preview(this.#env, this.leases.tokens, dispatch);
    return seen?.kind === 'foreseen' ? go(seen.preview) : deny(unforeseen(seen));
  }

  /**
   * What the call would take, with what it needs of shared limits taken from their pools. Those are asked only for a call that
   * could go on but for them, so that what is denied anyway takes nothing from others.
   */
  async take(id: string, call: AskedCall, facts: Facts, known: () => Known): Promise<Step<Taking>> {
    const usage = usageOf(call, facts);
    const leased = this.lease();
    if (!leased.ok) return leased;
    const shared = sharedBy(leased.value);
    const pools = this.pools.of(usage, shared);
    if (pools.length === 0) return go({ usage, hold: null });
    const { kind } = this.could(call, leased.value, facts, known());
    if (kind !== 'admitted' && kind !== 'proposed') return go({ usage, hold: null });
    const hold = await this.pools.take(id, usage, pools, shared);
    return hold.ok ? go({ usage, hold: hold.value }) : hold;
  }

  /** What would be said of the call but for shared limits. Takes nothing. */
  could(call: AskedCall, leased: Governed, facts: Facts, known: Known): Admission {
    return this.#ask(call, leased, facts, known, {
      usage: usageOf(call, facts),
      usableUntil: Infinity,
      inFlight: this.book.inFlight + this.pools.open,
    });
  }

  /** What was taken is used, though no outcome will say so: a proposal asks the vendor, whatever comes of it. */
  use({ hold }: Taking): void {
    if (hold) this.pools.used(hold);
    this.book.wake(Date.now() + SHIP_MS);
  }

  /** Gives back what `take` took for a call that does not go on. */
  release({ hold }: Taking): void {
    if (hold) this.pools.release(hold);
  }

  /** Steps 3 to 7, under a lease that was just looked at. What was taken for a call that does not go on is given back. */
  admit(call: AskedCall, leased: Governed, facts: Facts, taking: Taking, known: Known): Admission {
    const { usage } = taking;
    const pools = this.pools.of(usage, sharedBy(leased));
    const admission = this.#ask(call, leased, facts, known, {
      usage,
      usableUntil: usableUntil(pools, taking),
      inFlight: this.book.inFlight,
    });
    if (admission.kind !== 'admitted' && admission.kind !== 'proposed') this.release(taking);
    return admission;
  }

  #ask(
    call: AskedCall,
    { stops, closed, until, governance, autonomy }: Governed,
    facts: Facts,
    known: Known,
    taking: { usage: Usage; usableUntil: number; inFlight: number },
  ): Admission {
    return admit(call, {
      ...taking,
      ...known,
      ...(call.proposal && { standing: this.book.proposals.standing(call.proposal.id, known.id) }),
      stops,
      closed,
      until,
      governance,
      environment: this.environment,
      autonomy,
      launchWeek: this.leash(governance) !== null,
      origins: this.#origins(call, governance.manifest, facts),
      decide: this.#samples.decide,
      facts,
      rates: this.ratesOf(governance),
      meters: this.metersOf(governance),
      now: Date.now(),
    });
  }

  /** Steps 8 to 10: the intent, durable before the tool hears of it; the dispatch; the outcome. */
  execute(
    arrival: Arrival,
    call: AskedCall,
    leased: Governed,
    { ruling, approved, taking }: Admitted,
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const meters = this.metersOf(leased.governance);
    const dispatch = this.dispatch('run', arrival.id, call, leased, now, taking.hold?.useBefore);
    const { startBefore, epoch } = dispatch;
    const usage = takenText(taking, meters.at(now));
    const entry = {
      ...ruledEntry(arrival.id, call, ruling),
      digest: arrival.digest,
      epoch,
      startBefore,
      ...(approved && { ...approved, approval: arrival.stored.approval?.id, edited: arrival.stored.edited }),
    };
    const due = startBefore + this.recoverAfter();
    const write = this.reviews.choose(
      arrival,
      call,
      leased.governance.manifest,
      ruling.needs,
      approved?.approvers ?? null,
      now,
    );
    const running = this.book.begin(arrival, call, { now, startBefore, due, usage, write }, entry);
    meters.take(taking.usage, meters.at(now));
    this.ratesOf(leased.governance).admit(call.action.name, now);
    this.#ctx.waitUntil(
      run(this.#env, this.leases.tokens, dispatch).then(async (outcome) => {
        await this.gathering.turn();
        this.finish(running.row, outcome, reported);
      }),
    );
    return running.ended.promise;
  }

  /** What a token of this call says. */
  dispatch(
    purpose: Dispatch['purpose'],
    call: string,
    {
      action,
      inputText,
      workflow,
      trace,
    }: Pick<AskedCall, 'action' | 'inputText' | 'trace'> & {
      workflow: string | null;
    },
    leased: Leased,
    intentAt: number,
    useBefore = Infinity,
  ): Dispatch {
    // A look-up changes nothing, so it goes on as long as reads do.
    const mode = purpose === 'run' ? action.mode : 'read';
    const expiry = Math.min(leased.expiry, leased.until[mode], useBefore);
    const until = startBefore({ terms }, { expiry }, Date.now());
    return {
      purpose,
      agent: this.#agent,
      call,
      ...(workflow !== null && { workflow }),
      ...(trace !== undefined && { trace }),
      action,
      inputText,
      epoch: leased.epoch,
      startBefore: until,
      intentAt,
      ...(leased.governance?.manifest && { keepDays: leased.governance.manifest.retentionDays }),
      heard: (use) => this.book.secretUses.heard(call, use),
    };
  }

  /** What became of a call; the agent gets of it what it was granted. */
  finish(row: CallRow, outcome: Outcome, how: { final: boolean; byFind: boolean }): void {
    const manifest = this.leases.now(Date.now())?.governance?.manifest ?? null;
    const returns = grantedOutput(row, manifest);
    const kept = keeps(row.outcome);
    this.book.finish(row, outcome, {
      ...how,
      returns,
      recoverAfter: this.recoverAfter(),
      undoMs: this.undoMs(),
      keepMs: this.keepMs(),
    });
    this.#settle(row, kept);
  }

  /** How long a person can have what ends now undone, by the manifest in force (ms). */
  undoMs(): number {
    const undo = this.leases.now(Date.now())?.governance?.manifest?.undo;
    // Without a live lease the manifest is not known now: the shortest window that manifests usually have.
    if (!undo) return UNDO_MS;
    // What it would write back is kept as long as the manifest says, and no longer.
    return Math.min(undo.hours * 3_600_000, this.keepMs());
  }

  /** How long what is not personal of an execute is kept, by the manifest in force (ms). */
  keepMs(): number {
    const days = this.leases.now(Date.now())?.governance?.manifest?.retentionDays;
    return days === undefined ? KEEP_EFFECT_MS : days * 86_400_000;
  }

  /** What a call took is given back once it surely changed nothing, and taken again if it turns out that it did. */
  #settle(row: CallRow, kept: boolean): void {
    const taken = takenOf(row);
    const keepsNow = keeps(row.outcome);
    if (!taken || kept === keepsNow) return;
    if (keepsNow) this.#meters?.meters.take(taken.usage, taken.at);
    else this.#meters?.meters.giveBack(taken.usage, taken.at);
  }

  /** The budgets and the blast radius of the policy set in force, as far as the leash reaches; what was used before counts. */
  metersOf(governance: AgentGovernance): Meters {
    const leash = this.leash(governance);
    if (this.#meters?.version !== governance.version || this.#meters.leash !== leash) {
      const rules = governance.manifest ? budgetRules(onLeash(governance.manifest, leash)) : [];
      const meters = new Meters('agent', rules);
      if (rules.length > 0) {
        const { taken, totals } = this.book.used();
        for (const total of totals) meters.carry(total);
        for (const { usage, at } of taken) meters.take(usage, at);
      }
      this.#meters = { version: governance.version, leash, meters };
    }
    return this.#meters.meters;
  }

  /** The percent of its limits that the agent has while it is on the leash; null: all of them. */
  leash({ manifest }: AgentGovernance): number | null {
    if (!manifest) return null;
    return leashNow(manifest.leash, this.#env.ENVIRONMENT, this.leases.executeSince, Date.now());
  }

  /** The exact limits of the policy set in force, as far as the leash reaches. */
  ratesOf(governance: AgentGovernance): Rates {
    const leash = this.leash(governance);
    if (this.#rates?.version !== governance.version || this.#rates.leash !== leash) {
      const limits = governance.manifest ? onLeash(governance.manifest, leash).limits : [];
      const longest = Math.max(0, ...limits.map((limit) => limit.per));
      const admitted = this.book.admittedSince(Date.now() - longest * 1000);
      this.#rates = { version: governance.version, leash, rates: new Rates(limits, admitted) };
    }
    return this.#rates.rates;
  }

  /** Counts one call against the agent's own rates, durably: one that gets no row of its own. */
  count(action: string, governance: AgentGovernance): void {
    const now = Date.now();
    // The log first: one that is built from storage now must not find this call there.
    this.ratesOf(governance).admit(action, now);
    this.book.asked(action, now);
  }

  /** How long after a token's end (ms) the tool's own word may still come. */
  recoverAfter(): number {
    return Number(this.#env.RECOVER_AFTER_MS) || 11_000;
  }
}

/** What of a lease says what is shared. */
export function sharedBy({ epoch, governance: { manifest, shared } }: Governed): {
  epoch: number;
  workflow: string;
  shared: SharedLimits | undefined;
} {
  return { epoch, workflow: manifest.workflow, shared };
}

function hasManifest(governance: AgentGovernance): governance is Governed['governance'] {
  return governance.manifest !== null;
}
