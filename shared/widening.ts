import { canonical } from './canonical.ts';
import type { Governance, Policy } from './governance.ts';
import { directoryWidenings } from './widening/directory.ts';
import { manifestWidenings } from './widening/manifests.ts';
import { rightsWidenings, sharedWidenings } from './widening/shared.ts';
import { otherKeys } from './widening/words.ts';

/**
 * What a policy set lets happen that the one in force does not, one line each, in words for whoever answers for it; none
 * when it is surely no wider. Only what cannot allow more is left out: a forbid added; a permit, agent, grant, mode, field,
 * site or list entry taken away; a limit, deadline or retention made smaller. Everything else that changed counts, what
 * this code does not know included. `before` null: no set is in force. Pure.
 */
export function widenings(before: Governance | null, after: Governance): string[] {
  const was = before ?? { version: '', policies: [], contracts: {}, manifests: {} };
  return [
    ...policyWidenings(was.policies, after.policies),
    ...contractWidenings(was.contracts, after.contracts),
    ...manifestWidenings(was, after),
    ...sharedWidenings(was.shared, after.shared, after),
    ...rightsWidenings(was.rights, after.rights),
    ...directoryWidenings(was.people, after.people),
    ...otherKeys('the policy set', was, after, [
      'version',
      'policies',
      'contracts',
      'manifests',
      'shared',
      'rights',
      'people',
    ]),
  ];
}

// ── policies ───────────────────────────────────────────────────────────────────────────────────────────────────────

function policyWidenings(before: readonly Policy[], after: readonly Policy[]): string[] {
  const [was, is] = [byId(before), byId(after)];
  if (!was || !is)
    return ['two policies have the same id, so the sets cannot be compared: treated as widening'];
  const ids = new Set([...was.keys(), ...is.keys()]);
  return [...ids].flatMap((id) => policyWidening(id, was.get(id), is.get(id)) ?? []);
}

function policyWidening(id: string, was: Policy | undefined, is: Policy | undefined): string | undefined {
  if (!was)
    return is?.json.effect === 'permit' ? `policy ${id} added, which permits: ${is.reason}` : undefined;
  const forbade = was.json.effect === 'forbid';
  if (!is) return forbade ? `policy ${id} removed, which forbade: ${was.reason}` : undefined;
  if (ruleOf(was) === ruleOf(is)) return undefined;
  // A permit that became a forbid is a permit taken away and a forbid added.
  return forbade || is.json.effect === 'permit' ? `policy ${id} changed: treated as widening` : undefined;
}

/** The policy without what is only told about it: its reason may be put better by one person. */
function ruleOf({ json }: Policy): string {
  return canonical({ ...json, annotations: undefined });
}

function byId(policies: readonly Policy[]): Map<string, Policy> | undefined {
  const found = new Map(policies.map((policy) => [policy.id, policy]));
  return found.size === policies.length ? found : undefined;
}

function contractWidenings(before: Governance['contracts'], after: Governance['contracts']): string[] {
  return Object.entries(after).flatMap(([action, hash]) => {
    if (!Object.hasOwn(before, action)) return [`contract of ${action} added: the action can be called`];
    return before[action] === hash ? [] : [`contract of ${action} changed: treated as widening`];
  });
}
