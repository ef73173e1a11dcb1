/** What Workers and people say to one another about rollbacks. Plain data. */
import type { Result } from '../rpc.ts';
import type { PlanCounts, Step, StepState } from './step.ts';

/** Whose calls are taken back; what is named must all hold. Times in RFC 3339, of the calls' outcomes. */
export interface Selection {
  agent?: string;
  workflow?: string;
  session?: string;
  since?: string;
  until?: string;
}

export type RollbackStatus =
  /** The calls and what the vendors hold are being looked up. */
  | 'planning'
  /** It waits for people: to approve it, or to run it. */
  | 'planned'
  | 'running'
  /** A person halted it; what is under way ends, and nothing is begun. */
  | 'halted'
  | 'ended'
  /** There is no plan, and why stands beside it. Nothing was written anywhere. */
  | 'failed';

/** How far it is. */
export interface RollbackCounts {
  restored: number;
  nothing: number;
  left: number;
  underWay: number;
  waiting: number;
}

export interface RollbackView {
  id: string;
  status: RollbackStatus;
  /** Only shown: nothing of it is kept, and it cannot be run. */
  dryRun: boolean;
  selection: Selection;
  reason: string;
  by: string;
  /** RFC 3339. */
  at: string;
  /** Whose guards were asked. */
  agents: string[];
  /** Null: there is none yet. */
  plan: { digest: string; needs: 0 | 1 | 2; counts: PlanCounts } | null;
  /** Of exactly this plan. */
  approvals: { by: string; at: string; reason: string }[];
  /** Who had it run. */
  runBy: string | null;
  counts: RollbackCounts;
  endedAt: string | null;
  /** What holds it up, or why it failed. */
  detail: string | null;
}

/** Steps in the order of the plan, from a place on. `next`: where the page after this begins; null: this is the last. */
export interface RollbackPage {
  rollback: RollbackView;
  steps: { step: Step; state: StepState }[];
  next: number | null;
}

/** Guard's entrypoint for the console. Each method checks the person itself. */
export interface RollbackDesk {
  /** Begins to plan. `dryRun`: in memory only. */
  open(credential: string | null, input: unknown): Promise<Result<RollbackView>>;
  list(credential: string | null): Promise<Result<RollbackView[]>>;
  page(credential: string | null, id: string, from: number): Promise<Result<RollbackPage>>;
  approve(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>>;
  /** Plans anew with some conflicts overwritten; what was approved is not any more. */
  force(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>>;
  run(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>>;
  halt(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>>;
}
