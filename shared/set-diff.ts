import { canonical } from './canonical.ts';
import type { Governance, Policy } from './governance.ts';
import { widenings } from './widening.ts';
import { lineDiff } from './line-diff.ts';

/** How the texts of two policy sets differ. */
export interface SetDiff {
  from: string;
  to: string;
  added: { id: string; reason: string; text: string }[];
  removed: { id: string; reason: string; text: string }[];
  /** `lines`: as `lineDiff` writes them. */
  changed: { id: string; lines: string[] }[];
  agents: { added: string[]; removed: string[]; changed: string[] };
  /** Actions whose contract the sets pin otherwise. */
  contracts: string[];
  /** What needs a second person, in words. */
  widens: string[];
}

/** How two policy sets differ, in what they say. Pure. */
export function setDiff(from: Governance, to: Governance): SetDiff {
  const [was, is] = [byId(from.policies), byId(to.policies)];
  const changed = [...is].flatMap(([id, policy]) => {
    const old = was.get(id);
    return old && !sameContent(old, policy) ? [{ id, lines: lineDiff(textOf(old), textOf(policy)) }] : [];
  });
  return {
    from: from.version,
    to: to.version,
    added: [...is].filter(([id]) => !was.has(id)).map(([, policy]) => told(policy)),
    removed: [...was].filter(([id]) => !is.has(id)).map(([, policy]) => told(policy)),
    changed,
    agents: keys(from.manifests, to.manifests),
    contracts: Object.values(keys(from.contracts, to.contracts)).flat().sort(),
    widens: widenings(from, to),
  };
}

function byId(policies: readonly Policy[]): Map<string, Policy> {
  return new Map(policies.map((policy) => [policy.id, policy]));
}

function sameContent(a: Policy, b: Policy): boolean {
  return a.reason === b.reason && canonical(a.json) === canonical(b.json);
}

function told(policy: Policy): { id: string; reason: string; text: string } {
  return { id: policy.id, reason: policy.reason, text: textOf(policy) };
}

/** Control keeps the text beside what is enforced; a set without it is compared by what is enforced. */
function textOf({ text, json }: Policy): string {
  return text ?? JSON.stringify(json, null, 2);
}

function keys(
  was: Readonly<Record<string, unknown>>,
  is: Readonly<Record<string, unknown>>,
): { added: string[]; removed: string[]; changed: string[] } {
  const both = Object.keys(is).filter((key) => Object.hasOwn(was, key));
  return {
    added: Object.keys(is).filter((key) => !Object.hasOwn(was, key)),
    removed: Object.keys(was).filter((key) => !Object.hasOwn(is, key)),
    changed: both.filter((key) => canonical(was[key]) !== canonical(is[key])),
  };
}
