import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import { forAgent, type Governance, type Policy } from '../../shared/governance.ts';
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

/**
 * Names a basis by its content. Texts and reasons of policies, policies that can't concern what it is granted, and the
 * manifest's number decide nothing of it and count for nothing.
 */
export function basisHash(basis: Basis): string {
  const { version: _, ...content } = basis.manifest;
  const policies = rulesOf(concerning(basis.policies, basis.manifest));
  return sha256(canonical({ manifest: content, contracts: basis.contracts, policies }));
}

/** Names policies by what they rule. */
export function policiesHash(policies: readonly Policy[]): string {
  return sha256(canonical(rulesOf(policies)));
}

function rulesOf(policies: readonly Policy[]): object[] {
  const rules = policies.map(({ id, json }) => ({ id, json: { ...json, annotations: undefined } }));
  return rules.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * What a person who signed `was` has not seen of `is`, in words; none: it is the same, or surely narrower, so that what was
 * signed holds. Whoever narrows must not lose the launch by it, or nobody would narrow. The criteria by which it is judged and
 * the map of its steps enforce nothing, and are signed for all the same. Pure.
 */
export function changedSince(was: Basis, is: Basis): string[] {
  if (basisHash(was) === basisHash(is)) return [];
  // Both by what it is granted now: a policy about a grant that was taken away is missed by nobody.
  const rights = widenings(setOf(was, is.manifest), setOf(is, is.manifest));
  return [...rights, ...toldLines(was.manifest, is.manifest)];
}

function setOf({ manifest, contracts, policies }: Basis, now: Manifest): Governance {
  const manifests = { [now.agent]: manifest };
  return { version: '', policies: concerning(policies, now), contracts, manifests };
}

/** Those that a guard of this agent gets. */
function concerning(policies: Policy[], manifest: Manifest): Policy[] {
  const manifests = { [manifest.agent]: manifest };
  return forAgent({ version: '', policies, contracts: {}, manifests }, manifest.agent).policies;
}

function toldLines(was: Manifest, is: Manifest): string[] {
  return (['acceptance', 'steps'] as const)
    .filter((key) => canonical(was[key]) !== canonical(is[key]))
    .map((key) => `${is.agent} ${key} changed`);
}
