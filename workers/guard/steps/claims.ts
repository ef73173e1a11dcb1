import { claimsOf, noClaims, type FoundClaims } from '../../../shared/claims.ts';
import type { Manifest } from '../../../shared/manifest.ts';
import type { AskedCall } from '../call.ts';

const none = { forbidden: [], doubtful: [] };

type Asked = Pick<AskedCall, 'action' | 'input'>;
type Facts = Readonly<Record<string, unknown>>;

/** What was found of a call last, so that a call which is asked about several times is scanned once. */
const scanned = new WeakMap<Asked, { facts: Facts; manifest: Manifest; found: FoundClaims }>();

/**
 * What a call's texts claim of what its agent's manifest forbids or doubts: for policies, and for the agent, who may write
 * anew. The texts are those that the contract names, from the call and from what the tool itself looked up. Pure but for what
 * it keeps.
 */
export function claims(call: Asked, facts: Facts, manifest: Manifest | null): FoundClaims {
  const { says } = call.action;
  // Without a manifest nothing is decided but that there is none.
  if (!says || !manifest) return noClaims;
  const last = scanned.get(call);
  if (last?.facts === facts && last.manifest === manifest) return last.found;
  // A set that was stored before manifests had claims forbids none.
  const found = claimsOf(says, manifest.claims ?? none, call.input, facts);
  scanned.set(call, { facts, manifest, found });
  return found;
}
