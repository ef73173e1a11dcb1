/**
 * What Workers say to one another. Each interface is one named entrypoint with just the methods that its callers need;
 * everything is plain data, and expected refusals are values.
 */
import type { Claims } from './claims.ts';
import type { DecisionSample, PolicyAnswer } from './cedar/sample.ts';
import type { ExerciseRecord } from './exercise.ts';
import type { Imaged } from './image.ts';
import type { FailureReason, Outcome } from './outcome.ts';
import type { EvidenceView } from './policy-evidence.ts';
import type { Previewed } from './preview.ts';
import type { Incident } from './incidents.ts';
import type { RoutingCount } from './lead-errors.ts';
import type { LeadField } from './lead-seal.ts';
import type { LeadRevealed } from './lead-vault.ts';
import type { AgentGovernance, Governance, Policy } from './governance.ts';
import type { Manifest, Site } from './manifest.ts';
import type { Fault, Problem } from './problems.ts';
import type { Pulse, ToolRecord } from './pulse.ts';
import type { Decision } from './rights.ts';
import type { Closed, Standing } from '../flags/rollout.ts';
import type { Coverage, Target } from '../flags/targets.ts';
import type { Mode } from './contract.ts';
import type { MeterView, Refusal, Rule } from './meters.ts';
import type { Look } from './taking-back.ts';
import type { ToolAbout } from './tool-desk.ts';
import type { SecretUse, WithUse } from './secret-use.ts';
import type { Usage } from './usage.ts';

export * from './approvals.ts';

/** An HTTP answer that is ready to send: serialised once, by whoever decided. */
export interface Answer {
  status: number;
  /** JSON text. */
  body: string;
  headers: Record<string, string>;
}

export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** A Durable Object namespace of which only addressing by name is used. */
export interface Objects<T> {
  getByName(name: string): T;
}

// ── guard ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Who calls, as the gateway authenticated it. */
export interface Caller {
  agent: string;
  /** The person the agent acts for, if the token says so. */
  user: string | null;
  scopes: string[];
}

export interface CallRequest {
  tool: string;
  action: string;
  /** The request body as received, at most 256 KiB. Parsed once, by the guard. */
  body: string;
  idempotencyKey: string | null;
  /** Of the caller's trace, or of a new one (W3C). */
  traceparent: string | null;
}

/** What an agent may know about itself. */
export interface AgentView {
  agent: string;
  workflow: string;
  mission: string;
  manifestVersion: number;
  policyVersion: string;
  /** Full action name -> highest mode, input fields and output fields (null: all). */
  grants: { action: string; mode: string; fields: string[] | null; returns: string[] | null }[];
  limits: { action: string; max: number; per: number; remaining: number }[];
  budgets: MeterView[];
  radius: MeterView[];
  /** What it shares with others, by `workflow:x` or `vendor:x`; `limits` null: that pool does not answer. Only where asked for. */
  shared?: { of: string; limits: MeterView[] | null }[];
  /** What its texts must not say, or only after a person looked at it. */
  claims: Claims;
  /** How long what the vault seals for it is kept. */
  retentionDays: number;
  stops: { target: string; since: string }[];
  /** What flags close to it. */
  closed: Closed[];
  /** The highest mode it may use now, whatever it is granted, and why. */
  autonomy: Pick<AutonomyGrant, 'mode' | 'why' | 'since'>;
}

/** The guard object, as the gateway reaches it. */
export interface GuardApi {
  call(caller: Caller, request: CallRequest): Promise<Answer>;
  /** The state of one call of this agent; waits up to `waitMs` for it to end. */
  poll(caller: Caller, call: string, waitMs: number): Promise<Answer>;
  /** The agent flags a security issue. `body`: JSON text, see `shared/incidents.ts`. */
  flag(caller: Caller, body: string): Promise<Answer>;
  /** The agent hands a case over to people. `body`: JSON text, see `shared/handoffs.ts`. */
  handOver(caller: Caller, body: string, idempotencyKey: string | null): Promise<Answer>;
  /** How a case stands that this agent handed over. */
  handoff(caller: Caller, id: string): Promise<Answer>;
  /** `whole`: with what it shares, which asks others. */
  view(agent: string, whole?: boolean): Promise<Result<AgentView>>;
}

/** What of an agent's limits is used and left. */
export type AgentLimits = Pick<
  AgentView,
  'agent' | 'workflow' | 'manifestVersion' | 'policyVersion' | 'limits' | 'budgets' | 'radius' | 'shared'
>;

/** What a call wants of a pool. `hold` names this taking: a call that is asked again takes anew. */
export interface PoolAsk {
  hold: string;
  call: string;
  usage: Usage;
}

/** Which limits a pool keeps, as a guard's lease has them; those of the newest epoch count. */
export interface PoolRules {
  epoch: number;
  rules: Rule[];
}

/**
 * How a taking ended. `used`: its call ran, or may have. `failed`: it changed nothing, and gives back all but the call itself.
 * `released`: nothing was sent, so nothing of it counts.
 */
export type HoldWord = 'used' | 'failed' | 'released';

/** A pool: the limits of one workflow, or of one vendor, that several guards share. */
export interface PoolApi {
  /** Takes for each ask, in order, all or nothing; null: taken, to be used within `USE_WITHIN` of the asking. Idempotent by hold. */
  take(agent: string, rules: PoolRules, asks: PoolAsk[]): Promise<(Refusal | null)[]>;
  /** Idempotent, in any order. */
  settle(words: { hold: string; word: HoldWord }[]): Promise<void>;
  view(rules: PoolRules): Promise<MeterView[]>;
}

/** How the call of a dispatch token ended. */
export interface Report {
  token: string;
  outcome: WithUse<Outcome>;
}

/** Guard's entrypoint for tools. */
export interface Settlement {
  /** Idempotent; a forged token changes nothing. */
  settle(reports: Report[]): Promise<void>;
}

/** What of a stop's aftermath an agent's guard is asked, and who has what is deferred cancelled, if anybody. */
export interface Aftermath {
  target: Target;
  /** The person's credential, which the guard checks itself; null: what is deferred is only listed. */
  cancel: { credential: string; reason: string } | null;
}

/** An effect of an earlier call that is still to come. */
export interface DeferredEffect {
  agent: string;
  call: string;
  action: string;
  /** RFC 3339: when it comes, and until when the vendor takes a cancellation. */
  due: string;
  cancelUntil: string;
  /** Whether it was cancelled in the operators' lane, and by which call. */
  cancelled: 'no' | 'yes' | 'failed' | 'indeterminate' | 'running';
  by: string | null;
  /** What a person does to cancel it; null once it is cancelled. */
  how: string | null;
}

/** An agent's deferred effects: those that are not cancelled first, and how many more there are. */
export interface DeferredEffects {
  effects: DeferredEffect[];
  more: number;
}

export const operatorKinds = ['undo', 'cancel', 'recovery'] as const;

/** What a person had done to one of an agent's calls, in the operators' lane. */
export interface OperatorAct {
  kind: (typeof operatorKinds)[number] | 'restore';
  /** Its own id. */
  call: string;
  /** The agent's call; of a restore, the one that left the newest version. */
  of: string;
  agent: string;
  action: string;
  person: string;
  /** RFC 3339. */
  at: string;
  /** `waiting`: for the time from which a look can tell; `unknown`: the look could not tell. */
  outcome: 'running' | 'waiting' | 'succeeded' | 'failed' | 'lapsed' | 'indeterminate' | 'unknown';
  /** Of one that failed. */
  why?: FailureReason;
  /** Of what was forced over somebody's later change. */
  forced?: true;
  /** Of an undo that succeeded, once the vendor was looked at again: whether it holds what it held before the call. */
  verified?: boolean | 'unknown';
}

/** Guard's entrypoint for the console: the operators' lane. The guard checks the person itself. */
export interface Operators {
  act(
    credential: string | null,
    agent: string,
    kind: (typeof operatorKinds)[number],
    call: string,
    input: unknown,
  ): Promise<Result<OperatorAct>>;
  /** What the vendor holds now of what a call changed: what an undo would find. Writes nothing. */
  look(credential: string | null, agent: string, call: string): Promise<Result<Look>>;
  /** What is used and left of an agent's limits. */
  limits(credential: string | null, agent: string): Promise<Result<AgentLimits>>;
}

/** Guard's entrypoint for the console: what agents flagged. Each method checks the person itself. */
export interface IncidentDesk {
  /** Of these agents, newest first. */
  list(credential: string | null, agents: string[]): Promise<Result<Incident[]>>;
  acknowledge(
    credential: string | null,
    agent: string,
    id: string,
    input: unknown,
  ): Promise<Result<Incident>>;
}

/** What control asks of one guard. Each can be asked again: the second time it changes nothing. */
export type GuardAsk =
  /**
   * An epoch passed. Answered once that incarnation can start nothing under an older epoch; `acked: false` when another
   * incarnation lives there by now. `cancel`: calls under way that it covers are called off.
   */
  | { kind: 'push'; agent: string; incarnation: string; epoch: number; cancel: Target | null }
  /** Deferred effects that a stop covers, cancelled for a person or only listed. */
  | { kind: 'aftermath'; agent: string; aftermath: Aftermath }
  /** How calls that a stop found under way have ended by now; with none named, all that have not ended. */
  | { kind: 'ended'; agent: string; calls: string[] };

export interface GuardAnswers {
  /** `deferredUntil`: until when (Unix ms) the agent has effects to come; 0: none. */
  push: { acked: boolean; inFlight: InFlight[]; deferredUntil: number };
  aftermath: DeferredEffects;
  ended: InFlight[];
}

export type GuardAnswer = GuardAnswers[GuardAsk['kind']];

/** Guard's entrypoint for control. */
export interface Leases {
  /** Asks many guards at once. Null: none yet, after `patienceMs`, or it failed. */
  ask(asks: GuardAsk[], patienceMs: number): Promise<({ answer: GuardAnswer } | null)[]>;
}

/** A call that was under way when a stop arrived, and how it ended. */
export interface InFlight {
  agent: string;
  call: string;
  action: string;
  /** In which it was admitted; null: the guard does not know any more. */
  workflow: string | null;
  ended: 'succeeded' | 'failed' | 'lapsed' | 'indeterminate' | 'unknown';
  /** Whether a stop called it off: `asked` when the tool did not say that it was under way where the word arrived. */
  cancelled: 'no' | 'asked' | 'yes';
}

// ── control ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Who can ask for a stop; `automatic`: control itself, when a declared criterion is met. The most restrictive wins: a target is stopped while any source's stop stands. */
export type StopSource = 'people' | 'unleash' | 'embedded' | 'break-glass' | 'automatic';

/** One source's stop of one target. */
export interface Stop {
  target: Target;
  source: StopSource;
  /** RFC 3339. */
  since: string;
  by: string;
  reason: string;
  /** Its source still says so, so a person cannot resume it here; a person's own stop is never held. */
  held: boolean;
}

/** Why an agent may use the mode that it may: as it began here, or what was last done about it. */
export type AutonomyCause = 'start' | 'raised' | 'lowered' | 'fell' | 'reopened';

/** The highest mode an agent may use now in this environment. Its manifest's grants are a bound of their own: the lower holds. */
export interface AutonomyGrant {
  mode: Mode;
  why: AutonomyCause;
  /** RFC 3339; null: from the start. */
  since: string | null;
  /** When it was first raised to execute here; null: never. */
  executeSince: string | null;
}

export interface LeaseGrant {
  epoch: number;
  /** Milliseconds from when the holder asked. */
  duration: number;
  stops: Stop[];
  /** What flags close to this agent. */
  closed: Closed[];
  /** For how long each mode goes on, in milliseconds from when the holder asked: less when the flags' source is silent. */
  goesOnFor: Record<Mode, number>;
  autonomy: AutonomyGrant;
  governanceVersion: string | null;
  /** Only when the holder's version is another one. */
  governance?: AgentGovernance;
  /** The candidate set that is asked beside it and decides nothing; the set itself as with `governance`. */
  shadowVersion: string | null;
  shadow?: AgentGovernance;
}

/** A candidate policy set that guards ask beside the one in force. Times in RFC 3339. */
export interface ShadowView {
  version: string;
  /** Who put it there. */
  by: string;
  at: string;
  until: string;
}

/** Control's entrypoint for guards. */
export interface Leasing {
  /** Null: no lease to be had now (the authority's own storage is behind). */
  ask(
    agent: string,
    incarnation: string,
    haveVersion: string | null,
    haveShadow?: string | null,
  ): Promise<LeaseGrant | null>;
  /**
   * Whose stops covered the call at any time since an epoch, the lifted ones included, and the epoch of this answer: it
   * holds for a lease of that epoch or an older one.
   */
  stoppedSince(call: Coverage, epoch: number): Promise<Covering>;
}

/** Whose stops cover a call, as of an epoch of control's. */
export interface Covering {
  epoch: number;
  stoppedBy: Target[];
}

/** Control's entrypoint for approvals. */
export interface Stoppages {
  /** Whose stops cover the call right now. */
  inForce(call: Coverage): Promise<Covering>;
}

/** Control's entrypoint for guards: what people had done in the operators' lane, for the receipts of stops. */
export interface OperatorsLog {
  /** Idempotent by the act's call; the newest word stays. `covered`: what stops must cover to be told of it. */
  acted(act: OperatorAct, covered: Coverage[]): Promise<void>;
  /** The agent has effects to come until then (Unix ms), which a stop of it lists. */
  deferred(agent: string, until: number): Promise<void>;
}

/** Control's entrypoint for guards: a sample of what they decided, for real Cedar to decide again. */
export interface Rechecks {
  /** `unsent`: samples that were dropped since the last time. Samples are looked at in memory and kept nowhere. */
  samples(samples: DecisionSample[], unsent: number): Promise<void>;
}

/** Control's entrypoint for rollbacks. */
export interface Registry {
  /** Every agent that ever had a manifest here, by name. */
  agents(): Promise<string[]>;
}

/** Control's entrypoint for leads. */
export interface Sites {
  /** Null: no such site. `environment` is the sandbox or production. */
  site(id: string): Promise<Site | null>;
}

export const receiptStatuses = ['forming', 'confirmed', 'settled'] as const;
export type ReceiptStatus = (typeof receiptStatuses)[number];

export interface Receipt {
  id: string;
  target: Target;
  /** `stop`: what was stopped. */
  reason: string;
  by: string;
  stopAt: string;
  epoch: number;
  status: ReceiptStatus;
  confirmedAt: string | null;
  /** How long it took from the stop to its confirmation. */
  confirmMs: number | null;
  settledAt: string | null;
  /** Incarnations that held a lease when the stop came, and how each was accounted for. */
  guards: { acked: number; lapsed: number; unknown: number; waiting: number };
  /** Where the stop came from. */
  source: StopSource;
  /** Calls that the stop covers and found under way. */
  inFlight: InFlight[];
  /** Agents whose guards have not said yet what was under way. */
  unheard: string[];
  /** The printed assumption under which `confirmed` holds. */
  assumption: string;
  /** Whether calls under way were to be called off and what is deferred cancelled. */
  cancel: boolean;
  /** Effects of earlier calls that the stop covers and that were still to come. */
  deferred: DeferredEffect[];
  /** What people had done in the operators' lane while the stop stood. */
  operators: OperatorAct[];
  /** How many of both are not listed, for want of room; the journal has them all. */
  more: { inFlight: number; deferred: number; operators: number };
}

export interface ReceiptQuery {
  target?: Target;
  status?: ReceiptStatus;
  /** RFC 3339: stopped then or later. */
  since?: string;
  limit?: number;
  /** Cursor of the page before. */
  after?: string;
}

export interface ReceiptPage {
  /** Newest first. */
  receipts: Receipt[];
  next: string | null;
}

/** One look at a receipt that somebody watches. */
export interface Progress {
  /** Names this state of it. */
  version: string;
  /** Null: it is still the one that the watcher knows. */
  receipt: Receipt | null;
}

/** What a stop would hit. */
export interface StopPreview {
  target: Target;
  /** Nothing of that name is known, and what is; null: it is known. */
  warning: string | null;
  /** Those with a grant that it covers, and those with a call under way. `live`: its guard may hold a lease. */
  agents: { agent: string; workflow: string | null; live: boolean }[];
  /** Under way now. */
  calls: InFlight[];
  /** Agents whose live guards did not say in time what they have under way. */
  unheard: string[];
}

/** A live guard in a halt probe. `replaced`: another incarnation answered. `lapsed`: its lease ran out meanwhile. */
export interface ProbedGuard {
  agent: string;
  found: 'reached' | 'replaced' | 'lapsed' | 'silent';
  milliseconds: number;
}

/** The answer to "can I still halt, right now?", by a round trip. */
export interface HaltProbe {
  /** RFC 3339. */
  at: string;
  /** A stop made then would have been recorded, and told to every live guard at once. */
  canHalt: boolean;
  /** Why not. */
  reasons: string[];
  epoch: number;
  milliseconds: number;
  /** Control's durable write. */
  storage: { ok: boolean; milliseconds: number };
  guards: ProbedGuard[];
  /** Control began anew: until then guards may hold leases that it does not know of, and a stop waits for that time. */
  unknownUntil: string | null;
  /** What bounds a stop in any case. */
  assumption: string;
}

/** The first of the two people that a resume of `all` needs. */
export interface WaitingResume {
  target: Target;
  by: string;
  reason: string;
  /** RFC 3339; past `until` it counts no longer. */
  at: string;
  until: string;
}

export interface Resumed {
  target: Target;
  epoch: number;
  /** `waiting`: nothing is resumed yet, a second person must say so, too. */
  status: 'resumed' | 'waiting';
  waiting: WaitingResume | null;
  /** Resumed by one person where two are needed. */
  alone: boolean;
  /** Wider or other stops that go on covering the same target. */
  stillStoppedBy: string[];
  /** What stays stopped, and what to do about it, in words. */
  note: string | null;
}

/** A resume by one person of what needs two, shown for a day. */
export interface ResumedAlone {
  target: Target;
  by: string;
  reason: string;
  at: string;
}

/** How a policy set came to be asked for: made from files, or an earlier one put in force again. */
export type SetOrigin = 'applied' | 'rolled-back';

/** A policy set that was applied and waits for a second person, because it widens. */
export interface WaitingGovernance {
  version: string;
  /** Who applied it; somebody else must approve it. */
  by: string;
  at: string;
  until: string;
  /** What it would allow that is not allowed now, in words. */
  widens: string[];
  /** Why, as its author said. */
  reason: string;
  origin: SetOrigin;
  /** Whoever approves it needs the right to each of these; `holders` hold it. */
  rights: { decision: Decision; holders: string[] }[];
}

/** A policy set that is or was in force. */
export interface SetRecord {
  /** From 1; the newest is in force. */
  n: number;
  version: string;
  by: string;
  /** The second person; null: it needed none. */
  approvedBy: string | null;
  /** When it came into force, RFC 3339. */
  at: string;
  reason: string;
  /** The second person's reason. */
  approvalReason: string | null;
  origin: SetOrigin;
  widens: string[];
  inForce: boolean;
}

/** Since control's object was last started; a guard's samples are told of every few seconds. */
export interface RecheckTally {
  since: string;
  agreed: number;
  differed: number;
  /** Real Cedar could not be asked, or no longer held that set. */
  unanswered: number;
  /** Dropped by guards or by control, for want of time. */
  unsent: number;
}

export interface SetPage {
  /** Newest first. */
  sets: SetRecord[];
  next: string | null;
  /** How the guards' decisions compared with real Cedar's. */
  rechecks: RecheckTally;
}

/** A policy set with all that it holds. */
export interface StoredSet extends SetRecord {
  set: Governance;
}

/** One version of an agent's manifest: what came into force with which set. */
export interface ManifestVersion {
  /** Null: with this set the agent was taken away. */
  number: number | null;
  manifest: Manifest | null;
  record: SetRecord;
}

export interface StopsView {
  /** `sandbox`, `staging` or `production`: what must be known before somebody tries a switch there. */
  environment: string;
  epoch: number;
  stops: Stop[];
  /** Guards that may hold a live lease now. */
  activeGuards: number;
  governanceVersion: string | null;
  /** Resumes that one of two people asked for. */
  resumesWaiting: WaitingResume[];
  /** Within the last day. */
  resumedAlone: ResumedAlone[];
  governanceWaiting: WaitingGovernance | null;
  sources: SourceView[];
  /** The newest halt probe; null: none was made yet. */
  lastProbe: Pick<HaltProbe, 'at' | 'canHalt' | 'reasons'> | null;
}

/** How fresh a source of stops is. */
export interface SourceView {
  name: Exclude<StopSource, 'people' | 'automatic'>;
  state: 'fresh' | 'silent' | 'not-configured';
  /** RFC 3339: when the last good answer was asked for. */
  lastHeard: string | null;
  /** What is wrong, or what its silence means. Names settings, never their values. */
  detail: string;
}

export interface FlagsView {
  /** Which source serves. Flags of `unleash` are set in Unleash. */
  source: 'unleash' | 'embedded';
  flags: FlagView[];
  /** Flags of the source that look as if they stopped something, and that nothing reads. */
  doNothing: string[];
}

export interface FlagView {
  name: string;
  target: Target;
  owner: string;
  /** What off means. */
  off: string;
  /**
   * `rollout`: on, and its strategies say no to somebody; `unknown`: the source was never heard; `never-seen` and
   * `never-on`: the source never had it, or never turned it on, so it is closed without a stop.
   */
  state: Standing | 'rollout' | 'unknown';
  /** `<agent> <action>:<mode>` that a rollout says no to. */
  closed: string[];
  /** For how many seconds each mode goes on when the source is silent. */
  silence: Record<Mode, number>;
}

/** How long each part of a drill took (ms); null: not seen. */
export interface DrillTimes {
  /** From the incident's first call until it stood in the audit log. */
  detect: number | null;
  /** From then until the stop was asked for. A program decides in a drill: a person takes longer. */
  decide: number | null;
  /** Until the stop was answered. */
  stop: number;
  /** By the receipt: until nothing further could start, and until each call under way had an outcome. */
  confirm: number | null;
  settle: number | null;
  /** From asking to resume until a covered call succeeded again. */
  restore: number | null;
}

/** A drill of the kill switch, as control keeps it. Times are milliseconds; null: it did not come to that. */
export interface DrillRecord {
  id: string;
  /** When it was recorded, RFC 3339. */
  at: string;
  by: string;
  environment: string;
  /** From control's own receipt. */
  receipt: string;
  target: Target;
  /** `confirm` and `settle` from control's own receipt. */
  times: DrillTimes;
  verdict: 'held' | 'violated' | 'unproven';
  /** Covered vendor requests that started after the confirmation. */
  violations: number;
  /** SHA-256 of the report's canonical JSON. */
  report: string;
  /** Of a drill of taking back: which rollback, how long its plan took and its run (ms). Such a drill tells nothing of the kill switch. */
  rollback?: { id: string; plan: number; run: number };
}

export interface Applied {
  version: string;
  epoch: number;
  /** Whether it is in force from now on and was not before. */
  changed: boolean;
  /** Not in force yet: another person must approve what it widens. */
  waits: WaitingGovernance | null;
  /** Who asked for this step. */
  by: string;
  /** What waited for a second person and was withdrawn by this: its author is not told otherwise. */
  withdrew: Pick<WaitingGovernance, 'version' | 'by'> | null;
}

/** Control's entrypoint for the console. Each method checks the person itself. */
export interface ControlDesk {
  stop(credential: string | null, input: unknown): Promise<Result<Receipt>>;
  /** `request`: see `apply`. */
  resume(
    credential: string | null,
    target: string,
    input: unknown,
    request: string,
  ): Promise<Result<Resumed>>;
  stops(credential: string | null): Promise<Result<StopsView>>;
  receipt(credential: string | null, id: string): Promise<Result<Receipt>>;
  /** What a stop of the target would hit. Changes nothing. */
  preview(credential: string | null, target: string): Promise<Result<StopPreview>>;
  /** Whether a stop would work now, by a round trip through control and every live guard. */
  probe(credential: string | null): Promise<Result<HaltProbe>>;
  /** `query`: as it was sent; control checks it. */
  receipts(credential: string | null, query: unknown): Promise<Result<ReceiptPage>>;
  /** The receipt once it is another than the one of version `since`; waits for that up to `waitMs` (at most 5 s). */
  progress(
    credential: string | null,
    id: string,
    since: string | null,
    waitMs: number,
  ): Promise<Result<Progress>>;
  /** Journals what a drill showed. One record a receipt. */
  recordDrill(credential: string | null, input: unknown): Promise<Result<DrillRecord>>;
  /** The last drills, newest first. */
  drills(credential: string | null): Promise<Result<DrillRecord[]>>;
  /** Opens an exercise; one at a time. */
  startExercise(credential: string | null, input: unknown): Promise<Result<ExerciseRecord>>;
  /** How it ended (`ExerciseResult`), or `{ abandoned: true }` from whoever cleaned up after it. */
  endExercise(credential: string | null, id: string, input: unknown): Promise<Result<ExerciseRecord>>;
  exercise(credential: string | null, id: string): Promise<Result<ExerciseRecord>>;
  /** The last ones, newest first. */
  exercises(credential: string | null): Promise<Result<ExerciseRecord[]>>;
  flags(credential: string | null): Promise<Result<FlagsView>>;
  /** Sets a flag of the embedded source. `request`: see `apply`. */
  setFlag(
    credential: string | null,
    name: string,
    input: unknown,
    request: string,
  ): Promise<Result<FlagView>>;
  /**
   * `request`: an id (`req_…`) made for each request of a person. The platform may repeat a call; a repeat gets the first
   * answer and changes nothing. `terms`: `{ over, reason }`, as sent; needed once a set is in force.
   */
  apply(
    credential: string | null,
    governance: Governance,
    request: string,
    terms?: unknown,
  ): Promise<Result<Applied>>;
  /** Puts an earlier set in force again, by the rules of `apply`. */
  rollback(
    credential: string | null,
    version: string,
    input: unknown,
    request: string,
  ): Promise<Result<Applied>>;
  /** Every set that is or was in force. `query`: as it was sent. */
  governance(credential: string | null, query: unknown): Promise<Result<SetPage>>;
  /** One of them as it last was in force; `in-force` names the one that is. */
  policySet(credential: string | null, version: string): Promise<Result<StoredSet>>;
  /** What people ran about a set that control knows; `in-force` names the one that is. */
  evidence(credential: string | null, version: string): Promise<Result<EvidenceView>>;
  /** Keeps what a person ran about it. `input`: see `shared/policy-evidence.ts`. */
  recordEvidence(credential: string | null, version: string, input: unknown): Promise<Result<EvidenceView>>;
  /** An agent's manifests, newest first; only where they changed. */
  manifests(credential: string | null, agent: string): Promise<Result<ManifestVersion[]>>;
  /** The candidate set in shadow. */
  shadow(credential: string | null): Promise<Result<{ shadow: ShadowView | null }>>;
  /** Puts a candidate in shadow. `input`: `{ governance, until? }`; `request`: see `apply`. */
  setShadow(credential: string | null, input: unknown, request: string): Promise<Result<ShadowView>>;
  /** Ends it. */
  endShadow(credential: string | null, request: string): Promise<Result<ShadowView>>;
  /** A second person puts a waiting policy set in force. */
  approve(
    credential: string | null,
    version: string,
    input: unknown,
    request: string,
  ): Promise<Result<Applied>>;
}

// ── graduated autonomy ───────────────────────────────────────────────────────────────────────────────────────────────

export const contactNames = ['business', 'technical', 'incident'] as const;
/** Whom a manifest names: its two owners, and who is called in an incident. */
export type ContactName = (typeof contactNames)[number];

export const signatories = ['legal', 'security', 'business'] as const;
export type Signatory = (typeof signatories)[number];

/** One line of the checklist before an agent may execute. */
export interface ReadinessCheck {
  id: string;
  what: string;
  /** What must hold. */
  criterion: string;
  /** Who answers for it: a mail address of the manifest's. */
  owner: string;
  /** `waits`: for a person who was asked. */
  status: 'pass' | 'fail' | 'waits';
  /** What was found, with ids. */
  evidence: string | null;
  /** What to do; null when it passes. */
  next: string | null;
}

export interface Readiness {
  agent: string;
  environment: string;
  /** RFC 3339. */
  at: string;
  policyVersion: string;
  /** Hash of all that sign-offs and a launch are bound to: manifest, policies, contracts of what is granted. */
  basis: string;
  /** All checks pass. */
  ready: boolean;
  /** What changed since it was signed off or launched, in words. */
  changed: string[];
  checks: ReadinessCheck[];
}

/** A test of whether a contact answers. */
export interface ContactTest {
  agent: string;
  contact: ContactName;
  address: string;
  /** One time; whoever has the address answers with it. */
  code: string;
  /** How it gets there: no Worker sends mail yet. */
  delivery: 'sandbox-mailbox' | 'by-hand';
  /** RFC 3339. */
  until: string;
  /** The exercise whose notification it is, if it is one. */
  exercise?: string;
}

export interface ContactAnswer {
  agent: string;
  contact: ContactName;
  address: string;
  answeredBy: string;
  at: string;
}

export interface SignOff {
  agent: string;
  as: Signatory;
  by: string;
  at: string;
  reason: string;
  /** What was signed. */
  basis: string;
  policyVersion: string;
}

/** What the audit log holds of an agent since a time. A call counts by how it ended last. */
export interface AgentEvidence {
  agent: string;
  /** RFC 3339. */
  since: string;
  proposals: number;
  /** That were sent to a vendor and ended, and of those: failed or indeterminate. */
  executes: number;
  failures: number;
  /** Calls that people decided on, and of those: rejected, approved only as they edited it, or found wrong in a review. */
  decided: number;
  rejected: number;
  /** Calls that policies denied, and lots of denials that came too fast to be journaled one by one. */
  violations: number;
}

/** Whether an agent's guard ships its journal, and what the agent used of late. */
export interface AgentTrail {
  /** The newest entry of its guard that the ledger holds; null: none of late. */
  last: { seq: number; at: string } | null;
  /** The ledger refuses what the guard ships: a gap or a broken chain. */
  broken: boolean;
  /** Actions of the newest entries. */
  used: string[];
}

/** Ledger's entrypoint for control: figures, never what calls were about. */
export interface Evidence {
  /** In the order of the asks, at most 200 of them. `since`: RFC 3339. */
  count(asks: { agent: string; since: string }[]): Promise<AgentEvidence[]>;
  trail(agent: string, since: string): Promise<AgentTrail>;
}

/** One line of an error budget: percents of what was decided or executed, or a number of calls. */
export interface Burn {
  of: 'overrides' | 'failures' | 'violations';
  found: number;
  allowed: number;
  /** Of how many; a percent of very few says nothing, and burns nothing. */
  outOf: number;
  burnt: boolean;
}

/** A raise that one of two people asked for. */
export interface WaitingRaise {
  agent: string;
  to: Mode;
  by: string;
  reason: string;
  /** RFC 3339. */
  at: string;
  until: string;
  /** What it was asked for; of anything else it has to be asked anew. */
  basis: string;
}

export interface AutonomyView extends AutonomyGrant {
  agent: string;
  workflow: string;
  /** The people who did it; empty: nobody. */
  by: string[];
  /** Percent of its limits and budgets while it is on the leash; null: all. */
  leash: number | null;
  /** Null: the audit log did not answer. */
  evidence: AgentEvidence | null;
  burn: Burn[];
  /** Id of the last drill of a stop of all of it that held. */
  drill: string | null;
  waiting: WaitingRaise | null;
  /** Whether it falls by itself here; in the sandbox that is only noted. */
  falls: boolean;
}

export interface AutonomyChange {
  agent: string;
  mode: Mode;
  /** `waiting`: a second person must say so, too. */
  status: 'changed' | 'waiting';
  waiting: WaitingRaise | null;
  epoch: number;
}

/** Control's entrypoint for the console: readiness and autonomy. Each method checks the person itself. `request`: see `apply`. */
export interface AutonomyDesk {
  list(credential: string | null): Promise<Result<AutonomyView[]>>;
  readiness(credential: string | null, agent: string): Promise<Result<Readiness>>;
  testContact(credential: string | null, agent: string, input: unknown): Promise<Result<ContactTest>>;
  answerContact(credential: string | null, agent: string, input: unknown): Promise<Result<ContactAnswer>>;
  sign(credential: string | null, agent: string, input: unknown): Promise<Result<SignOff>>;
  raise(
    credential: string | null,
    agent: string,
    input: unknown,
    request: string,
  ): Promise<Result<AutonomyChange>>;
  lower(
    credential: string | null,
    agent: string,
    input: unknown,
    request: string,
  ): Promise<Result<AutonomyChange>>;
}

// ── cedar ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Cedar's entrypoint for control. */
export interface CedarChecks {
  /** What forbids to apply a set; none: nothing. Its shape must have been checked. */
  check(set: Governance): Promise<Fault[]>;
  /**
   * What real Cedar says of each sample under the policies of that version; null where it cannot be asked.
   * `send-policies`: it does not hold them (any more), so they must come along.
   */
  recheck(
    version: string,
    policies: Policy[] | null,
    samples: DecisionSample[],
  ): Promise<(PolicyAnswer | null)[] | 'send-policies'>;
}

// ── ledger ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Ledger's entrypoint for every object that keeps a journal. */
export interface LedgerIntake {
  /**
   * Takes canonical entries (JSON text) of one source in order; what it has already is skipped, a gap or broken link is
   * refused by acknowledging only up to it. Returns the last sequence number it holds durably.
   */
  append(source: string, entries: string[]): Promise<{ acknowledged: number }>;
}

export interface JournalQuery {
  agent?: string;
  workflow?: string;
  tool?: string;
  call?: string;
  kind?: string;
  action?: string;
  /** As the agent named it. */
  session?: string;
  /** RFC 3339. */
  since?: string;
  until?: string;
  limit?: number;
  /** Cursor of the page before. */
  after?: string;
}

/** Calls are also looked up by how they stand, such as `failed`, and by a part of their id. */
export interface CallQuery extends JournalQuery {
  status?: string;
  id?: string;
}

/** Ledger's entrypoint for the console. Each method checks the person itself. */
export interface LedgerDesk {
  /** An auditor's look at a page or route of the console is journaled; of anybody else nothing is kept. `path`: without a query. */
  looked(credential: string, path: string): Promise<Result<null>>;
  query(
    credential: string | null,
    query: JournalQuery,
  ): Promise<Result<{ entries: unknown[]; next: string | null }>>;
  /** One page of all entries, oldest first, for an export; the last page carries the signed checkpoint. */
  export(
    credential: string | null,
    after: string | null,
  ): Promise<Result<{ entries: string[]; next: string | null; checkpoint: unknown }>>;
  /** Calls, newest first, put together from their entries. */
  calls(
    credential: string | null,
    query: CallQuery,
  ): Promise<Result<{ calls: unknown[]; next: string | null }>>;
  call(credential: string | null, id: string): Promise<Result<{ call: unknown; entries: unknown[] }>>;
  /** What calls met in the last hour, by the minute. */
  pulse(credential: string | null): Promise<Result<Pulse>>;
  /** How calls of each tool ended lately; tools without any are absent. */
  tools(credential: string | null): Promise<Result<ToolRecord[]>>;
}

// ── leads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whose call routes a lead. `byPerson`: a person has it done, to take an earlier one back. */
export interface RoutedBy {
  agent: string;
  byPerson: boolean;
}

/** Leads' entrypoint for the leads tool. */
export interface LeadDesk {
  /** What the inbox knows of a lead without opening anything. */
  get(id: string): Promise<LeadFacts | null>;
  /** A lead with what the person wrote, opened by the vault for the call of this dispatch token. Throws while the vault is away. */
  read(token: string, id: string): Promise<LeadRecord | null>;
  /** Oldest first, opened as `read` does but without name, addresses and message. */
  list(token: string, filter: { status: string; limit: number }): Promise<LeadSummary[]>;
  /**
   * Idempotent by call id. `startBefore`: Unix ms; a call that arrives at or after it is `late` and changes nothing,
   * because whoever sent it may have given it up.
   */
  route(
    id: string,
    queue: string,
    note: string,
    call: string,
    startBefore: number,
    by?: RoutedBy,
  ): Promise<'routed' | 'already-routed' | 'not-routable' | 'not-found' | 'late'>;
  /** Whether this call routed the lead. */
  routedBy(id: string, call: string): Promise<boolean>;
}

/** What an inbox holds of a lead in clear. */
export interface LeadFacts {
  id: string;
  site: string;
  status: 'new' | 'routed' | 'human-queue' | 'quarantined';
  receivedAt: string;
  queue: string | null;
  routedBy: string | null;
  test: boolean;
  companyDomain: string | null;
  country: string | null;
  employees: number | null;
  /** Minor units of `currency`. */
  value: number | null;
  currency: string | null;
  /** Of the words that the site's rules name; another one is sealed. */
  interest: string | null;
}

/** A lead as agents list it. */
export interface LeadSummary extends LeadFacts {
  company: string | null;
}

/** A lead as an agent reads it. */
export interface LeadRecord extends LeadSummary {
  name: string | null;
  email: string | null;
  phone: string | null;
  message: string | null;
}

/** A lead as people see it: what is sealed stands as `[class]`, until they reveal it. */
export interface LeadDetail extends LeadRecord {
  /** Why it is, or was, in quarantine. */
  reasons: string[];
  /** `version`: of the site's settings, or `other`. */
  consent: { given: boolean; version: string };
  /** Which fields are sealed and can be revealed. */
  sealed: LeadField[];
}

/** Leads' entrypoint for the console. Each method checks the person itself. */
export interface LeadsConsole {
  /** Newest first, masked. */
  list(
    credential: string | null,
    filter: { site?: string; status?: string; limit?: number },
  ): Promise<Result<LeadDetail[]>>;
  /** Opens one field for a person, by the vault, which checks and records who and why. `input`: see `shared/lead-vault.ts`. */
  reveal(credential: string | null, id: string, input: unknown): Promise<Result<LeadRevealed>>;
  /** Takes a lead out of quarantine. */
  recover(credential: string | null, id: string): Promise<Result<LeadDetail>>;
  /** Sends a lead elsewhere than an agent or a rule did. `input`: see `shared/lead-errors.ts`. */
  correct(credential: string | null, id: string, input: unknown): Promise<Result<LeadDetail>>;
  /** What was routed since then (RFC 3339), and how much of it people corrected. */
  errors(
    credential: string | null,
    filter: { site?: string; since: string },
  ): Promise<Result<RoutingCount[]>>;
}

// ── tools ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Facts by name; null: they could not be read, so the call is denied. */
export interface Facted extends SecretUse {
  facts: Record<string, string | number | boolean> | null;
}

/** What every tool Worker answers; the harness implements it, once. */
export interface ToolApi {
  // Every answer says by name which of the tool's secrets its vendor requests carried.
  /**
   * Runs the action once. `input` is the exact text that the token's digest is over. `expected`: the text of the image that
   * the vendor must still hold; where it does not, nothing is written and the outcome is `changed`.
   */
  run(token: string, input: string, expected?: string): Promise<WithUse<Outcome>>;
  /** Whether the vendor did it: an outcome, or null when that cannot be told yet. */
  find(token: string, input: string): Promise<WithUse<Outcome> | null>;
  /**
   * Calls the run of a call off: nothing more of it starts here, and the request under way is aborted. True: it was under
   * way in the isolate that this reached. Best effort; another isolate may go on until the call's time to start has passed.
   */
  cancel(token: string): Promise<boolean>;
  /** What executing the action would change. Reads at the vendor and writes nothing there. */
  preview(token: string, input: string): Promise<WithUse<Previewed>>;
  /** What the vendor holds now of what the action would change. Only reads. */
  image(token: string, input: string): Promise<WithUse<Imaged>>;
  /** What the tool itself knows that the policy needs. */
  facts(token: string, input: string): Promise<Facted>;
  /** How its way to the vendor stands: names of secrets, never a value. */
  about(): Promise<ToolAbout>;
}
