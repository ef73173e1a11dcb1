import type { KnownAction } from '../../shared/contract.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { AgentTrail, ContactName, DrillRecord, ReadinessCheck, SignOff } from '../../shared/rpc.ts';

/** How a contact's test stands. The code itself is kept nowhere. */
export interface ContactRow {
  contact: ContactName;
  address: string;
  askedBy: string;
  /** Null: none is open. `exercise`: the notification of an exercise; absent: a test of its own. */
  open: { codeHash: string; until: string; misses: number; exercise?: string } | null;
  /** The last one that was answered, and from which address it was asked. */
  answered: { address: string; by: string; at: string } | null;
}

/** A sign-off, and what changed since in what was signed. */
export interface Signed extends SignOff {
  changed: string[];
}

/** All that the checks look at, read at the moment of asking. */
export interface ReadinessFacts {
  manifest: Manifest;
  /** Hashes of contracts in the policy set in force. */
  contracts: Readonly<Record<string, string>>;
  catalogue: ReadonlyMap<string, KnownAction>;
  environment: string;
  drills: readonly DrillRecord[];
  /** Null: the audit log did not answer. */
  trail: AgentTrail | null;
  contacts: readonly ContactRow[];
  signed: readonly Signed[];
  now: number;
}

export type Found = Pick<ReadinessCheck, 'status' | 'evidence' | 'next'>;

/** Evidence when it holds; else what is wrong and what to do. */
export function held(faults: readonly string[], evidence: string, next: string): Found {
  return faults.length === 0
    ? { status: 'pass', evidence, next: null }
    : { status: 'fail', evidence: faults.join('; '), next };
}
