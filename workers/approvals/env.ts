import type { Target } from '../../flags/targets.ts';
import type { Person, PeopleEnv } from '../../shared/people.ts';
import type {
  Approval,
  ApprovalRequest,
  LedgerIntake,
  MoreNeeded,
  Objects,
  Result,
  Resumption,
  Stoppages,
  Taken,
} from '../../shared/rpc.ts';
import type { Decision } from './decide.ts';

export interface Env extends PeopleEnv {
  APPROVALS: Objects<WorkflowApi>;
  APPROVALS_INDEX: Objects<IndexApi>;
  RESUMPTION: Resumption;
  STOPPAGES: Stoppages;
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
  /** Forgets approvals that are pruned. */
  forget(ids: string[]): Promise<void>;
}
