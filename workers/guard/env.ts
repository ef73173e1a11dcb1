import type { Notifier } from '../../shared/notices.ts';
import type { PeopleEnv } from '../../shared/people.ts';
import type {
  ApprovalRequests,
  LedgerIntake,
  Leasing,
  Objects,
  OperatorsLog,
  People,
  PoolApi,
  Rechecks,
  Registry,
  ToolApi,
} from '../../shared/rpc.ts';
import type { TriageIntake } from '../../shared/handoffs.ts';
import type { DoorVault } from '../../shared/vault.ts';
import type { ReviewIntake } from '../../shared/reviews.ts';
import type { ArtefactsApi } from './artefact-store.ts';
import type { Guard } from './guard.ts';
import type { Rollback } from './rollback.ts';
import type { RollbackIndex } from './rollback-index.ts';

export interface Env extends PeopleEnv {
  DISPATCH_PRIVATE_KEY: string;
  /** Milliseconds after `startBefore` at which an intent without outcome is looked into; default 9,000. */
  RECOVER_AFTER_MS?: string;
  GUARD: Objects<Guard>;
  POOL: Objects<PoolApi>;
  /** One for each tool. */
  ARTEFACTS: Objects<ArtefactsApi>;
  ROLLBACK: Objects<Rollback>;
  ROLLBACK_INDEX: Objects<RollbackIndex>;
  LEASING: Leasing;
  /** Control's, too: who is who. */
  DIRECTORY: People;
  OPERATORS_LOG: OperatorsLog;
  REGISTRY: Registry;
  RECHECKS: Rechecks;
  APPROVALS: ApprovalRequests;
  /** Approvals', too: cases that the agent hands over, and calls that are looked at afterwards. */
  TRIAGE: TriageIntake;
  REVIEWS: ReviewIntake;
  LEDGER: LedgerIntake;
  NOTIFIER: Notifier;
  VAULT: DoorVault;
  // toolgate new tool: binding below
  TOOL_LEADS: ToolApi;
  TOOL_CRM: ToolApi;
  TOOL_ENRICHMENT: ToolApi;
  TOOL_CHAT: ToolApi;
  TOOL_ADS: ToolApi;
  TOOL_EMAIL: ToolApi;
  TOOL_SUPPORT: ToolApi;
  TOOL_CMS: ToolApi;
}

/** The binding of a tool, by its name: `crm` is TOOL_CRM. Undefined when no such tool is bound. */
export function toolBinding(env: Env, tool: string): ToolApi | undefined {
  const name = `TOOL_${tool.toUpperCase()}`;
  return Object.hasOwn(env, name) ? env[name as keyof Env & `TOOL_${string}`] : undefined;
}
