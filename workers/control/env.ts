import type { PeopleEnv } from '../../shared/people.ts';
import type { CedarChecks, Evidence, Leases, LedgerIntake, Objects, StopNotices } from '../../shared/rpc.ts';
import type { Control } from './control.ts';

export interface Env extends PeopleEnv {
  CONTROL: Objects<Control>;
  LEASES: Leases;
  LEDGER: LedgerIntake;
  EVIDENCE: Evidence;
  CEDAR: CedarChecks;
  APPROVALS: StopNotices;
  /** Absent or empty: no Unleash, and the embedded flags serve. */
  UNLEASH_URL?: string;
  /** A token of the client (backend) kind, which names its environment. */
  UNLEASH_TOKEN?: string;
  /** What Unleash's webhook sends as `Authorization`; absent or empty: no webhook is listened to. */
  UNLEASH_WEBHOOK_SECRET?: string;
  /** `enforce`: agents fall by themselves in the sandbox, too, where it is only noted otherwise. Elsewhere they always do. */
  AUTONOMY_FALLS?: string;
  /** Milliseconds between looks at what agents did; a minute when absent. */
  AUTONOMY_LOOK_MS?: string;
  /** Absent or empty: no break-glass set. */
  UPSTASH_REDIS_REST_URL?: string;
  UPSTASH_REDIS_REST_TOKEN?: string;
}

/** There is one authority. */
export const CONTROL_NAME = 'control';
