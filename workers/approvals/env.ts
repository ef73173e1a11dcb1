import type { RevealVault } from '../../shared/vault.ts';
import type { Directory } from '../../shared/directory.ts';
import type { Target } from '../../flags/targets.ts';
import type { Person, PeopleEnv } from '../../shared/people.ts';
import type { Duties } from '../../shared/handoffs.ts';
import type {
  Approval,
  ApprovalRequest,
  ApprovalSheet,
  ApprovalStatus,
  DecidedOne,
  Delegation,
  LedgerIntake,
  MoreNeeded,
  Objects,
  OverridePattern,
  People,
  PreApproval,
  Result,
  Resumption,
  Stoppages,
  Taken,
} from '../../shared/rpc.ts';
import type { Notifier, SlackReplies } from '../../shared/notices.ts';
import type { Said, SaidEdit, SaidReveal } from './deciding.ts';
import type { HeldValue } from './opened.ts';
import type { Decider, Known } from './eligible.ts';
import type { SaidBefore } from './pre-approving.ts';
import type { Place, Placed } from './store.ts';
import type { DelegationInput } from './delegations.ts';
import type { TriageApi, TriageIndexApi } from './triage/api.ts';

export interface Env extends PeopleEnv {
  APPROVALS: Objects<WorkflowApi>;
  APPROVALS_INDEX: Objects<IndexApi>;
  TRIAGE: Objects<TriageApi>;
  TRIAGE_INDEX: Objects<TriageIndexApi>;
  RESUMPTION: Resumption;
  STOPPAGES: Stoppages;
  DUTIES: Duties;
  DIRECTORY: People;
  NOTIFIER: Notifier;
  /** Answers whoever pressed a button in Slack. */
  VAULT: RevealVault;
  REPLIES: SlackReplies;
  /** Signing secret of Toolgate's own Slack app. Absent or empty: nothing is taken from Slack. */
  SLACK_SIGNING_SECRET?: string;
  /** What buttons in Slack are made good with. Absent or empty: messages have none. */
  CARD_KEY?: string;
  LEDGER: LedgerIntake;
}

/** One page of a workflow, from a place on; `mine`: only what this person may decide on now. */
export interface PageQuery {
  status: ApprovalStatus | null;
  after: Place | null;
  limit: number;
  mine: { person: Decider; known: Known } | null;
}

/** What waits before what does not, each with its place; fewer than asked for when there is no `more`, or it is too much at once. */
export interface WorkflowPage {
  items: Placed[];
  more: boolean;
  /** All of them. */
  waiting: number;
}

/** The requests of one workflow. Whoever decides was checked by this Worker. */
export interface WorkflowApi {
  request(request: ApprovalRequest): Promise<void>;
  take(id: string, digests: string[]): Promise<Taken>;
  /** See `ApprovalRequests.void`. */
  void(id: string, digest: string, stoppedBy: Target | null): Promise<void>;
  /** See `StopNotices.stopped`. */
  stopped(target: Target, epoch: number): Promise<void>;
  /** See `ApprovalRequests.reopen`. */
  reopen(id: string, digest: string, more: MoreNeeded): Promise<boolean>;
  page(query: PageQuery): Promise<WorkflowPage>;
  /** Null: there is no such approval. */
  sheet(id: string, person: Decider, known: Known): Promise<ApprovalSheet | null>;
  decide(person: Person, id: string, said: Said): Promise<Result<Approval>>;
  decideAll(person: Person, all: { id: string; said: Said }[]): Promise<DecidedOne[]>;
  modify(person: Person, id: string, said: SaidEdit): Promise<Result<Approval>>;
  /** As the guard holds it: with placeholders. */
  reveal(person: Person, id: string, said: SaidReveal): Promise<Result<HeldValue>>;
  preApprove(person: Person, id: string, said: SaidBefore): Promise<PreApproval>;
  preApprovals(): Promise<PreApproval[]>;
  endPreApproval(person: Person, id: string): Promise<Result<PreApproval>>;
  /** Since a time (Unix ms). */
  overrides(since: number): Promise<OverridePattern[]>;
}

/** Which workflow an approval is of. */
export interface IndexApi {
  /** `agent`: whose request it is; null for a pre-approval. */
  file(id: string, workflow: string, agent: string | null): Promise<void>;
  /** In which the agent asked people last; null: never. */
  workflowOfAgent(agent: string): Promise<string | null>;
  workflowOf(id: string): Promise<string | null>;
  workflows(): Promise<string[]>;
  /** What is lent to a person right now; the address in lower case. */
  delegationsTo(email: string, now: number): Promise<Delegation[]>;
  /** Newest first, those that are over too. */
  delegations(): Promise<Delegation[]>;
  /** Whoever lends was checked by this Worker. */
  delegate(person: Person, input: DelegationInput, directory: Directory): Promise<Result<Delegation>>;
  endDelegation(person: Person, id: string, directory: Directory): Promise<Result<Delegation>>;
  /** Whether a request of Slack's, by its hash, comes for the first time. */
  firstSeen(hash: string, now: number): Promise<boolean>;
  /** Forgets approvals that are pruned. */
  forget(ids: string[]): Promise<void>;
}
