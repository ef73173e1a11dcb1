import { canonical } from './canonical.ts';
import { sha256 } from './crypto.ts';
import type { Directory } from './directory.ts';
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
  /** Who is who, and who is asked; absent: nothing of it is known. */
  people?: Directory;
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

/**
 * What one agent's guard gets of a set: its own manifest, the limits it shares, and the policies that can concern what it is
 * granted, without their text. The others decide no call of this agent, and a thousand of them would be sent to each.
 */
export function forAgent(
  { version, policies, contracts, manifests, shared }: Governance,
  agent: string,
): AgentGovernance {
  const manifest = Object.hasOwn(manifests, agent) ? (manifests[agent] ?? null) : null;
  return {
    version,
    policies: policies
      .filter(({ json }) => canConcern(json, manifest))
      .map(({ id, reason, json }) => ({ id, reason, json })),
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

/** Whether a policy may concern a granted action: not when its head names actions, none of which is granted. */
function canConcern({ action }: PolicyJson, manifest: Manifest | null): boolean {
  const { entity, entities = entity === undefined ? [] : [entity] } = action as ActionHead;
  const named = entities.map(({ id, __entity: inner }) => id ?? inner?.id ?? '');
  // Groups have no dot in their names; who is in them is the contracts' word.
  if (named.length === 0 || named.some((name) => !name.includes('.'))) return true;
  return manifest?.grants.some((grant) => named.includes(grant.action)) ?? false;
}

interface Uid {
  id?: string;
  __entity?: { id: string };
}
interface ActionHead {
  entity?: Uid;
  entities?: Uid[];
}
