import { canonical } from './canonical.ts';
import { sha256 } from './crypto.ts';
import type { Manifest } from './manifest.ts';

/** Cedar's JSON form of one policy (`policyToJson`), as the evaluator reads it. */
export interface PolicyJson {
  effect: 'permit' | 'forbid';
  principal: unknown;
  action: unknown;
  resource: unknown;
  conditions: { kind: 'when' | 'unless'; body: unknown }[];
  annotations?: Record<string, string | null>;
}

/** One policy, with the `@id` and the one-line `@reason` that an agent is shown. */
export interface Policy {
  id: string;
  reason: string;
  json: PolicyJson;
}

/** All that is applied at once: made from `governance/` by real Cedar, stored by control, evaluated by guards. */
export interface Governance {
  /** `ps_` and 16 hex digits of the hash over the rest. */
  version: string;
  policies: Policy[];
  /** Action name -> hash of its contract; a guard whose own contract differs denies. */
  contracts: Record<string, string>;
  manifests: Record<string, Manifest>;
}

/** The part of it that one agent's guard needs. */
export interface AgentGovernance {
  version: string;
  policies: Policy[];
  contracts: Record<string, string>;
  manifest: Manifest | null;
}

/**
 * The version that names a policy set by its content: `ps_` and 32 hex digits of the SHA-256 over its canonical form. Half as
 * many could be made to collide: one set would be looked at, and another of the same version approved.
 */
export function governanceVersion(content: Omit<Governance, 'version'>): string {
  return `ps_${sha256(canonical(content)).slice(0, 32)}`;
}
