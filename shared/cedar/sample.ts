import type { AgentGovernance } from '../governance.ts';
import type { DenialReason, PolicyDecision } from '../policy.ts';
import { entitiesJson, recordJson, uid, type CedarJson, type EntityUid } from './json.ts';
import { policyRequest, type PolicyQuestion } from './request.ts';

/** What policies say of a call, in the form in which two evaluators are compared. */
export interface PolicyAnswer {
  kind: PolicyDecision['kind'];
  needs: 0 | 1 | 2;
  why: DenialReason | null;
  /** Ids of the deciding policies, sorted. */
  policies: string[];
}

/**
 * One decision of a guard with all that real Cedar needs to make it again. Holds the call's input, so it lives in memory only
 * and is written nowhere.
 */
export interface DecisionSample {
  agent: string;
  /** Full name. */
  action: string;
  /** The policy set under which it was decided. */
  version: string;
  /** Real Cedar's request, but for the approvals, as JSON text: an input's names may be such as no RPC carries. */
  request: string;
  said: PolicyAnswer;
}

/** What the text of a sample's request holds. */
export interface SampledRequest {
  principal: EntityUid;
  action: EntityUid;
  resource: EntityUid;
  entities: { uid: EntityUid; attrs: Record<string, CedarJson>; parents: EntityUid[] }[];
  context: Record<string, CedarJson>;
}

/** Makes a sample of a decision; null when it was made without asking policies, so that Cedar has no say in it. */
export function sampleOf(
  { version, manifest }: AgentGovernance,
  question: PolicyQuestion,
  decision: PolicyDecision,
): DecisionSample | null {
  if (!manifest || !askedPolicies(decision)) return null;
  const asked = policyRequest(manifest, question, 0);
  const { approvals: _, ...context } = recordJson(asked.context);
  const request: SampledRequest = {
    principal: uid(asked.principal),
    action: uid(asked.action),
    resource: uid(asked.resource),
    entities: entitiesJson(asked.entities),
    context,
  };
  return {
    agent: question.agent,
    action: question.action,
    version,
    request: JSON.stringify(request),
    said: answerOf(decision),
  };
}

function askedPolicies(decision: PolicyDecision): boolean {
  return decision.kind !== 'deny' || !['no-manifest', 'contract-changed'].includes(decision.why);
}

function answerOf(decision: PolicyDecision): PolicyAnswer {
  const policies = decision.policies.map(({ id }) => id).sort();
  switch (decision.kind) {
    case 'allow':
      return { kind: 'allow', needs: 0, why: null, policies };
    case 'approval':
      return { kind: 'approval', needs: decision.needs, why: null, policies };
    case 'deny':
      return { kind: 'deny', needs: 0, why: decision.why, policies };
  }
}

export function sameAnswer(a: PolicyAnswer, b: PolicyAnswer): boolean {
  return (
    a.kind === b.kind && a.needs === b.needs && a.why === b.why && a.policies.join() === b.policies.join()
  );
}

/** In words, for whoever looks into a difference. Names no value of the call. */
export function answerWords({ kind, needs, why, policies }: PolicyAnswer): string {
  const by = policies.length > 0 ? ` by ${policies.join(', ')}` : '';
  switch (kind) {
    case 'allow':
      return `allow${by}`;
    case 'approval':
      return `${needs} ${needs === 1 ? 'approval' : 'approvals'}${by}`;
    case 'deny':
      return `deny (${why ?? 'unknown'})${by}`;
  }
}
