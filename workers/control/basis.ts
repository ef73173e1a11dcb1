import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { Governance, Policy } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { widenings } from '../../shared/widening.ts';

/** What people sign off and launch: an agent's manifest with its model, the policies over it, the contracts of what it may call. */
export interface Basis {
  manifest: Manifest;
  /** Action -> hash, of what it is granted. */
  contracts: Record<string, string>;
  policies: Policy[];
}

/** The basis of an agent in a policy set; null: the set has no such agent. */
export function basisOf({ manifests, contracts, policies }: Governance, agent: string): Basis | null {
  const manifest = Object.hasOwn(manifests, agent) ? manifests[agent] : undefined;
  if (!manifest) return null;
  const granted = manifest.grants
    .filter(({ action }) => Object.hasOwn(contracts, action))
    .map(({ action }) => [action, contracts[action] ?? ''] as const);
  return { manifest, contracts: Object.fromEntries(granted), policies };
}

/** Names a basis by its content. Texts and reasons of policies, and the manifest's number, enforce nothing and count for nothing. */
export function basisHash({ manifest, contracts, policies }: Basis): string {
  const { version: _, ...content } = manifest;
  return sha256(canonical({ manifest: content, contracts, policies: policiesHash(policies) }));
}

const hashes = new WeakMap<readonly Policy[], string>();

/** Computed once per policy set, however many agents it has. */
export function policiesHash(policies: readonly Policy[]): string {
  const known = hashes.get(policies);
  if (known !== undefined) return known;
  const rules = policies.map(({ id, json }) => ({ id, json: { ...json, annotations: undefined } }));
  const hash = sha256(canonical(rules.sort((a, b) => (a.id < b.id ? -1 : 1))));
  hashes.set(policies, hash);
  return hash;
}

/**
 * What a person who signed `was` has not seen of `is`, in words; none: it is the same, or surely narrower, so that what was
 * signed holds. Whoever narrows must not lose the launch by it, or nobody would narrow. `is` null: the agent is gone. The
 * criteria by which it is judged and the map of its steps enforce nothing, and are signed for all the same. Pure.
 */
export function changedSince(was: Basis, is: Basis | null): string[] {
  if (!is) return ['the agent has no manifest any more'];
  if (basisHash(was) === basisHash(is)) return [];
  const { agent } = is.manifest;
  const rights = widenings(setOf(was, agent, is.policies), setOf(is, agent, is.policies));
  return [...policyLines(was.policies, is.policies), ...rights, ...toldLines(was.manifest, is.manifest)];
}

/** Policies are compared by themselves, once for all agents. */
const lines = new WeakMap<readonly Policy[], Map<string, string[]>>();

function policyLines(was: Policy[], is: Policy[]): string[] {
  const byWas = lines.get(is) ?? new Map<string, string[]>();
  lines.set(is, byWas);
  const hash = policiesHash(was);
  const known = byWas.get(hash);
  if (known) return known;
  const empty = { version: '', contracts: {}, manifests: {} };
  const fresh =
    hash === policiesHash(is) ? [] : widenings({ ...empty, policies: was }, { ...empty, policies: is });
  byWas.set(hash, fresh);
  return fresh;
}

function setOf({ manifest, contracts }: Basis, agent: string, policies: Policy[]): Governance {
  return { version: '', policies, contracts, manifests: { [agent]: manifest } };
}

function toldLines(was: Manifest, is: Manifest): string[] {
  return (['acceptance', 'steps'] as const)
    .filter((key) => canonical(was[key]) !== canonical(is[key]))
    .map((key) => `${is.agent} ${key} changed`);
}
