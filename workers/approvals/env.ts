import type { Target } from '../../flags/targets.ts';
import type { Person, PeopleEnv } from '../../shared/people.ts';
import type { Duties } from '../../shared/handoffs.ts';
import type {
  Approval,
  ApprovalRequest,
  Delegation,
  LedgerIntake,
  MoreNeeded,
  Objects,
  People,
  Result,
  Resumption,
  Stoppages,
  Taken,
} from '../../shared/rpc.ts';
import type { Notifier } from '../../shared/notices.ts';
import type { Decision } from './decide.ts';
import type { TriageApi, TriageIndexApi } from './triage/api.ts';

export interface Env extends PeopleEnv {
  APPROVALS: Objects<WorkflowApi>;
  APPROVALS_INDEX: Objects<IndexApi>;
  TRIAGE: Objects<TriageApi>;
  TRIAGE_INDEX: Objects<TriageIndexApi>;
  RESUMPTION: Resumption;
  STOPPAGES: Stoppages;
  DUTIES: Duties;
  /** Who is who; without it everybody who may decide at all is in every group. */
  DIRECTORY?: People;
  /** Tells people; without it what they are to be told waits. */
  NOTIFIER?: Notifier;
  LEDGER: LedgerIntake;
}

/** The requests of one workflow. */
export interface WorkflowApi {
  request(request: ApprovalRequest): Promise<void>;
  take(id: string, digests: string[]): Promise<Taken>;
  /** See `ApprovalRequests.void`. */
  void(id: string, digest: string, stoppedBy: Target | null): Promise<void>;
  /** See `StopNotices.stopped`. */
  stopped(target: Target, epoch: number): Promise<void>;
  /** One page in no order: what waits before what is over, each agent's in turn. */
  /** See `ApprovalRequests.reopen`. */
  reopen(id: string, digest: string, more: MoreNeeded): Promise<boolean>;
  list(status: Approval['status'] | null): Promise<Approval[]>;
  /** `person` was checked by this Worker. */
  decide(
    person: Person,
    id: string,
    decision: Omit<Decision, 'by' | 'credential'>,
  ): Promise<Result<Approval>>;
}

/** Which workflow an approval is of. */
export interface IndexApi {
  file(id: string, workflow: string): Promise<void>;
  workflowOf(id: string): Promise<string | null>;
  workflows(): Promise<string[]>;
  /** What is lent to a person right now; the address in lower case. */
  delegationsTo(email: string, now: number): Promise<Delegation[]>;
  /** Forgets approvals that are pruned. */
  forget(ids: string[]): Promise<void>;
}
