import { canonical } from './canonical.ts';
import { sha256 } from './crypto.ts';
import type { Manifest } from './manifest.ts';
import type { Rights } from './rights.ts';
import type { SharedLimits } from './shared-limits.ts';

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
  /** Its Cedar text, for people. What is enforced is `json`; control sees to it that both say the same. */
  text?: string;
}

/** All that is applied at once: made from `governance/` by real Cedar, stored by control, evaluated by guards. */
export interface Governance {
  /** `ps_` and 32 hex digits of the hash over the rest. */
  version: string;
  policies: Policy[];
  /** Action name -> hash of its contract; a guard whose own contract differs denies. */
  contracts: Record<string, string>;
  manifests: Record<string, Manifest>;
  /** Budgets and quotas that agents share; absent: none. */
  shared?: SharedLimits;
  /** Who may change what of governance; absent: the defaults of `rights.ts`. */
  rights?: Rights;
}

/** The part of it that one agent's guard needs. */
export interface AgentGovernance {
  version: string;
  policies: Policy[];
  contracts: Record<string, string>;
  manifest: Manifest | null;
  /** Of its workflow and of all vendors. */
  shared?: SharedLimits;
}

/** What one agent's guard gets of a set: policies without their text, its own manifest, the limits it shares. */
export function forAgent(
  { version, policies, contracts, manifests, shared }: Governance,
  agent: string,
): AgentGovernance {
  const manifest = Object.hasOwn(manifests, agent) ? (manifests[agent] ?? null) : null;
  return {
    version,
    policies: policies.map(({ id, reason, json }) => ({ id, reason, json })),
    contracts,
    manifest,
    ...(shared && { shared }),
  };
}

/**
 * The version that names a policy set by its content: `ps_` and 32 hex digits of the SHA-256 over its canonical form. Half as
 * many could be made to collide: one set would be looked at, and another of the same version approved.
 */
export function governanceVersion(content: Omit<Governance, 'version'>): string {
  return `ps_${sha256(canonical(content)).slice(0, 32)}`;
}
