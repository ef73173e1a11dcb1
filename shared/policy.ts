import { authorize, compilePolicy, type CompiledPolicy, type Verdict } from './cedar/evaluate.ts';
import { contextOf, scopeOf, withApprovals, type PolicyQuestion, type Scope } from './cedar/request.ts';
import { record } from './cedar/values.ts';
import type { AgentGovernance, Policy } from './governance.ts';
import type { Manifest } from './manifest.ts';

export type { PolicyQuestion };

export interface DecidingPolicy {
  id: string;
  reason: string;
}

export type PolicyDecision =
  | { kind: 'allow'; policies: DecidingPolicy[] }
  | { kind: 'approval'; needs: 1 | 2; policies: DecidingPolicy[] }
  | { kind: 'deny'; why: DenialReason; policies: DecidingPolicy[] };

export type DenialReason =
  /** These policies forbid it, whoever approves. */
  | 'forbidden'
  /** No policy permits it; `policies` is empty. */
  | 'not-permitted'
  /** The evaluation of these policies failed. */
  | 'failed'
  /** The set has no manifest for this agent; `policies` is empty. */
  | 'no-manifest'
  /** The set was made for another version of the action's contract; `policies` is empty. */
  | 'contract-changed';

export type Decide = (governance: AgentGovernance, question: PolicyQuestion) => PolicyDecision;

/**
 * Whether the policies let an agent make this call, and how many people must approve it first. Asks with no approval,
 * then one, then two: policies mention approvals only so that more of them never forbid more. Denies whatever no policy
 * permits, and whenever a policy cannot be evaluated. Each mode is judged as what it is; what executing a proposal would
 * need is another question, with `mode: 'execute'`. Pure; what is compiled is kept per governance.
 */
export const decide: Decide = (governance, question) => {
  const { manifest } = governance;
  if (manifest?.agent !== question.agent) return deny('no-manifest');
  if (pinned(governance, question.action) !== question.contract) return deny('contract-changed');
  const { policies, scope } = prepare(governance, manifest, question);
  const context = contextOf(manifest, question);
  return settle((approvals) => authorize(policies, withApprovals(scope, context, approvals)));
};

/**
 * What verdicts come to: `ask` is asked with no approval, then one, then two, until it allows or cannot. For `decide`, and for
 * whoever asks another evaluator.
 */
export function settle(ask: (approvals: 0 | 1 | 2) => Verdict<Policy>): PolicyDecision {
  // Whoever is asked to approve sees all that held the call; a denial shows what no approval lifts.
  let held: Policy[] | undefined;
  let still: Policy[] = [];
  for (const approvals of [0, 1, 2] as const) {
    const verdict = ask(approvals);
    if (verdict.failed.length > 0) return deny('failed', verdict.failed);
    if (verdict.decision === 'allow') return allowed(approvals, verdict.determining, held ?? []);
    still = verdict.determining;
    if (still.length === 0) return deny('not-permitted');
    held ??= still;
  }
  return deny('forbidden', still);
}

function allowed(approvals: 0 | 1 | 2, permits: Policy[], held: Policy[]): PolicyDecision {
  if (approvals === 0) return { kind: 'allow', policies: deciding(permits) };
  return { kind: 'approval', needs: approvals, policies: deciding(held) };
}

function deny(why: DenialReason, policies: readonly Policy[] = []): PolicyDecision {
  return { kind: 'deny', why, policies: deciding(policies) };
}

function deciding(policies: readonly Policy[]): DecidingPolicy[] {
  return policies.map(({ id, reason }) => ({ id, reason }));
}

function pinned({ contracts }: AgentGovernance, action: string): string | undefined {
  return Object.hasOwn(contracts, action) ? contracts[action] : undefined;
}

interface Prepared {
  /** Only those whose action scope fits, so that policies about other actions cost nothing. */
  policies: CompiledPolicy<Policy>[];
  scope: Scope;
}
interface Kept {
  compiled: CompiledPolicy<Policy>[];
  byAction: Map<string, Prepared>;
}

/** By the governance object itself: a new version is a new object, and an old one takes its entry with it. */
const kept = new WeakMap<AgentGovernance, Kept>();

function prepare(governance: AgentGovernance, manifest: Manifest, question: PolicyQuestion): Prepared {
  const { compiled, byAction } = keptFor(governance);
  const known = byAction.get(question.action);
  if (known) return known;
  const scope = scopeOf(manifest, question);
  const asked = { ...scope, context: record([]) };
  const prepared = { scope, policies: compiled.filter((policy) => policy.concerns(asked)) };
  // Only pinned actions get here, so that what is kept is bounded by the catalogue.
  byAction.set(question.action, prepared);
  return prepared;
}

function keptFor(governance: AgentGovernance): Kept {
  const known = kept.get(governance);
  if (known) return known;
  const compiled = governance.policies.map((policy) => compilePolicy(policy, policy.json));
  const fresh = { compiled, byAction: new Map<string, Prepared>() };
  kept.set(governance, fresh);
  return fresh;
}
