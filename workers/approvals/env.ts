import type { Person, PeopleEnv } from '../../shared/people.ts';
import type {
  Approval,
  ApprovalRequest,
  ApprovalRequests,
  LedgerIntake,
  Objects,
  Result,
  Resumption,
} from '../../shared/rpc.ts';
import type { Decision } from './decide.ts';

export interface Env extends PeopleEnv {
  APPROVALS: Objects<WorkflowApi>;
  APPROVALS_INDEX: Objects<IndexApi>;
  RESUMPTION: Resumption;
  LEDGER: LedgerIntake;
}

export type Taken = Awaited<ReturnType<ApprovalRequests['take']>>;

/** The requests of one workflow. */
export interface WorkflowApi {
  request(request: ApprovalRequest): Promise<void>;
  take(id: string, digest: string): Promise<Taken>;
  /** One page in no order: what waits before what is over, each agent's in turn. */
  list(status: Approval['status'] | null): Promise<Approval[]>;
  /** `person` was checked by this Worker. */
  decide(person: Person, id: string, decision: Omit<Decision, 'by'>): Promise<Result<Approval>>;
}

/** Which workflow an approval is of. */
export interface IndexApi {
  file(id: string, workflow: string): Promise<void>;
  workflowOf(id: string): Promise<string | null>;
  workflows(): Promise<string[]>;
  /** Forgets approvals that are pruned. */
  forget(ids: string[]): Promise<void>;
}
