import type { Target } from '../flags/targets.ts';
import type { Sensitivity, SinkKind } from './contract.ts';
import type { Change } from './preview.ts';
import type { Directory } from './directory.ts';
import type { Role } from './people.ts';
import type { Result } from './rpc.ts';
import type { Usage } from './usage.ts';

/** What of a call a person decides on. Personal fields are masked; the guard alone holds the call itself. */
export interface ApprovalRequest {
  id: string;
  call: string;
  agent: string;
  /** The person the agent acts for; may not decide. */
  user: string | null;
  workflow: string;
  tool: string;
  action: string;
  /**
   * Keyed hash over the call's id, its exact input, the environment, the contract's hash and what placeholders stand for: the
   * approval is given to this and to nothing else.
   */
  digest: string;
  /** 0 as the agent asked; raised each time a person edits it. */
  revision: number;
  /** The edit that led to this revision; null: as the agent asked. */
  edited: Edited | null;
  input: unknown;
  because: { goal: string; explanation: string; sources: string[] } | null;
  confidence: number | null;
  /** Deciding policies: id and reason. */
  policies: { id: string; reason: string }[];
  policyVersion: string;
  /** What will happen, in the contract's words. */
  effect: string;
  /** What it changes, as just looked up; null: its tool could not tell, or tells nothing beforehand. */
  preview: RequestPreview | null;
  sensitivity: Sensitivity;
  /** Where arguments come from, for those that are told; absent ones are not known. */
  provenance: Derivation[];
  /** What of people is opened where it runs, in words: class, from where, into which field, for whom. */
  releases: string[];
  /** What it costs and whom it touches. */
  usage: Omit<Usage, 'action' | 'calls'>;
  undo: string;
  irreversible: boolean;
  needs: number;
  /** Group of people that is asked first, by the manifest. */
  group: string;
  /** Groups that are asked besides, one after another, once nobody responded in time. */
  escalation: string[];
  /** RFC 3339. */
  requestedAt: string;
  /** Until when the first group should have decided; from then on the next group is asked, too. */
  respondBy: string;
  deadline: string;
}

/** What an execute changes, masked. */
export interface RequestPreview {
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
  changes: Change[];
  sideEffects: string[];
}

/** Where one argument comes from. */
export interface Derivation {
  /** JSON Pointer into the input. */
  pointer: string;
  level: 'trusted' | 'untrusted' | 'unattributed';
  /** The call whose output held it, or by which the agent wrote it itself; null where none did. */
  from: string | null;
  /** What could do harm by it: whom, where to, how much or which. */
  sink?: SinkKind;
  /** Of a link that stands in the text: where it leads. */
  host?: string;
}

/** A person's edit of what an agent asked for; masked. */
export interface Edited {
  by: string;
  /** Who lent the right to decide here while away; null: edited by own right. */
  onBehalfOf: string | null;
  reason: ReasonCode;
  note: string;
  at: string;
  /** The digest that it had before. */
  from: string;
  differences: Difference[];
}

export interface Difference {
  /** JSON Pointer into the input. */
  pointer: string;
  before: unknown;
  after: unknown;
}

/** One change to an input: `value` absent takes the member away. Only members of objects, no places in arrays. */
export interface Edit {
  pointer: string;
  value?: unknown;
}

export const approvalStatuses = ['waiting', 'approved', 'rejected', 'expired', 'used', 'void'] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** A decision is coded, so that patterns can be counted. */
export const reasonCodes = [
  'as-expected',
  'verified-with-customer',
  'wrong-target',
  'wrong-content',
  'wrong-time',
  'not-needed',
  'tone',
  'wrong-data',
  'out-of-scope',
  'over-confident',
  'wrong-audience',
  'compliance',
  'policy',
  'suspicious',
  'other',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** One person's decision, as it counts and as it is recorded. */
export interface DecisionRecord {
  by: string;
  /** Who lent the right to decide here while away; null: decided by own right. */
  onBehalfOf: string | null;
  decision: 'approve' | 'reject';
  reason: ReasonCode;
  note: string;
  at: string;
  /** What it was given to. */
  digest: string;
  /** SHA-256 of the credential. */
  credential: string;
  /** The pre-approval by which it was given; null: by hand. */
  preapproval: string | null;
  /** Given by who edited the call, or stands in for them: counts only where one person is enough. */
  ofEditor: boolean;
}

export interface Approval extends ApprovalRequest {
  status: ApprovalStatus;
  /** Control's epoch when the last approving decision was given; null while it is not approved. */
  approvedUnder: number | null;
  /** The stop that voided it, if one did. */
  stoppedBy: Target | null;
  /** All of them; only those to the digest in force count (`decisionsInForce`). */
  decisions: DecisionRecord[];
  /** Each edit so far, the newest last: who made one approves no later revision where two are needed. */
  edits: Edited[];
  /** How many groups of `escalation` are asked by now. */
  escalated: number;
  /** Percent of the time at which people were last reminded; 0: not yet. */
  reminded: number;
}

/** The decisions that were given to what is in force now: an edit drops those before it. Pure. */
export function decisionsInForce({ decisions, digest }: Approval): DecisionRecord[] {
  return decisions.filter((decision) => decision.digest === digest);
}

/** An approval with what an approver needs besides. */
export interface ApprovalSheet extends Approval {
  /** Decisions on the same action of the same agent, newest first. */
  earlier: EarlierDecision[];
  /** Whether whoever asks may decide on it now; else why not. */
  mayDecide: { ok: true; onBehalfOf: string | null } | { ok: false; why: string };
}

export interface EarlierDecision {
  approval: string;
  status: ApprovalStatus;
  edited: boolean;
  reason: ReasonCode | null;
  by: string[];
  at: string;
}

/** Approvals' entrypoint for guards. */
export interface ApprovalRequests {
  /** Idempotent by id. */
  request(request: ApprovalRequest): Promise<void>;
  /**
   * Takes the decision for a call: `approved` once, only with a digest among those given; to the same digest it answers
   * `used` from then on, with the approvers, so that a guard that lost the answer can ask again. `unknown`: no such request.
   * `digests`: of each revision that the guard holds, recomputed under the contract and the environment of now.
   */
  take(workflow: string, id: string, digests: string[]): Promise<Taken>;
  /** The guard found that a stop came after the approval it took: nothing was run. Idempotent; a hint for people's lists. */
  void(workflow: string, id: string, digest: string, stoppedBy: Target | null): Promise<void>;
  /**
   * What was taken needs more people under the policy of now: it waits on until its deadline, with its decisions. Idempotent.
   * False: it is over, and the call has to end.
   */
  reopen(workflow: string, id: string, digest: string, more: MoreNeeded): Promise<boolean>;
}

/** Why a taken approval waits on. */
export type MoreNeeded = Pick<ApprovalRequest, 'needs' | 'policies' | 'policyVersion'>;

/** A decision as a guard takes it. */
export interface Taken {
  status: ApprovalStatus | 'unknown';
  /** What was approved: one of those asked for; null unless approved or used. */
  digest: string | null;
  /** As many as count: no person twice, by whatever address. */
  approvers: string[];
  reason: ReasonCode | null;
  /** Control's epoch when it was approved: a covering stop in force at any time since voids it. */
  approvedUnder: number | null;
  /** The stop that voided it, if one did. */
  stoppedBy: Target | null;
}

/** Approvals' entrypoint for control. */
export interface StopNotices {
  /**
   * A stop of `target` began at `epoch`: what is approved, not taken and covered by it is void. Resolves once every
   * workflow has it; idempotent. A guard asks control itself before it runs an approved call, so a lost notice costs no safety.
   */
  stopped(target: Target, epoch: number): Promise<void>;
}

/** Control's entrypoint for approvals, besides stops: who is who, under the policy set in force. */
export interface People {
  directory(): Promise<Directory>;
}

/** Guard's entrypoint for approvals. What a person asks there is checked by approvals, and journaled by both. */
export interface Resumption {
  /** A hint: the guard reads the decision from approvals itself. */
  decided(agent: string, call: string): Promise<void>;
  /**
   * Runs the column over the call as a person edited it. Kept beside the earlier revisions; the new one runs only once approvals
   * says so. Repeated with the same edits it answers the same digest.
   */
  amend(agent: string, call: string, from: string, edits: Edit[], by: string): Promise<Result<Amended>>;
  /** One value of the input of a revision, unmasked. The guard journals that it was shown, to whom and why. */
  reveal(
    agent: string,
    call: string,
    digest: string,
    pointer: string,
    to: Revealing,
  ): Promise<Result<Revealed>>;
}

export interface Revealing {
  by: string;
  credential: string;
  reason: string;
}

export interface Revealed {
  pointer: string;
  value: unknown;
}

/** A revision as the guard would run it. */
export interface Amended {
  /** What of the request the edit changes. */
  request: Pick<
    ApprovalRequest,
    | 'digest'
    | 'input'
    | 'policies'
    | 'policyVersion'
    | 'preview'
    | 'provenance'
    | 'releases'
    | 'usage'
    | 'undo'
    | 'irreversible'
    | 'needs'
  >;
  differences: Difference[];
}

/** What one list of approvals asks for. */
export interface ApprovalFilter {
  workflow?: string;
  status?: string;
  /** Only what whoever asks may decide on now. */
  mine?: boolean;
  /** Cursor of the page before. */
  after?: string;
  limit?: number;
}

export interface ApprovalPage {
  approvals: Approval[];
  next: string | null;
  /** How many wait, all pages together, of the workflows asked for. */
  waiting: number;
}

/** How one of several decisions came out. */
export interface DecidedOne {
  id: string;
  outcome: Result<Approval>;
}

/** A person's yes to calls that are yet to come: a bounded number of them, for a bounded time. */
export interface PreApproval {
  id: string;
  by: string;
  agent: string;
  workflow: string;
  action: string;
  /** What the input must hold for it to count: JSON Pointer -> value. */
  where: Record<string, unknown>;
  /** How many calls it is good for, and for how many it was used. */
  count: number;
  used: number;
  reason: ReasonCode;
  note: string;
  madeAt: string;
  /** At most 8 hours after it was made. */
  until: string;
  endedAt: string | null;
  endedBy: string | null;
}

/** One person decides for another who is away. */
export interface Delegation {
  id: string;
  from: string;
  to: string;
  /** What `from` held when they lent it: their place in a group by role goes with it. */
  roles: readonly Role[];
  since: string;
  until: string;
  reason: string;
  endedAt: string | null;
}

/** How often people changed or refused what agents asked for, and why. */
export interface OverridePattern {
  workflow: string;
  agent: string;
  action: string;
  /** The policy that asked people. */
  policy: string;
  reason: ReasonCode;
  rejected: number;
  edited: number;
  /** Of all that people decided or edited of this agent, action and policy. */
  decided: number;
  /** JSON Pointers that were edited most, with how often. */
  places: { pointer: string; times: number }[];
  /** What it points at, in words. */
  hint: string;
}

/** Approvals' entrypoint for the console. Each method checks the person itself; `input` as it was sent. */
export interface ApprovalsDesk {
  list(credential: string | null, filter: ApprovalFilter): Promise<Result<ApprovalPage>>;
  get(credential: string | null, id: string): Promise<Result<ApprovalSheet>>;
  /** `{ decision: approve | reject, reason, note?, digest? }` or `{ decision: modify, edits, reason, note?, digest }`. */
  decide(credential: string | null, id: string, input: unknown): Promise<Result<Approval>>;
  /** `{ decisions: [{ id, digest, decision, reason, note? }] }`: each by itself, at most 100. */
  decideAll(credential: string | null, input: unknown): Promise<Result<DecidedOne[]>>;
  /** `{ pointer, reason, digest }`. */
  reveal(credential: string | null, id: string, input: unknown): Promise<Result<Revealed>>;
  overrides(
    credential: string | null,
    query: { workflow?: string; since?: string },
  ): Promise<Result<OverridePattern[]>>;
  preApprovals(credential: string | null): Promise<Result<PreApproval[]>>;
  /** `{ agent, action, where?, count, minutes, reason, note? }`; of the workflow in which the agent asked people last. */
  preApprove(credential: string | null, input: unknown): Promise<Result<PreApproval>>;
  endPreApproval(credential: string | null, id: string): Promise<Result<PreApproval>>;
  delegations(credential: string | null): Promise<Result<Delegation[]>>;
  /** `{ to, until, reason }`. */
  delegate(credential: string | null, input: unknown): Promise<Result<Delegation>>;
  endDelegation(credential: string | null, id: string): Promise<Result<Delegation>>;
}
