import type { DecisionSample, PolicyAnswer, SampledRequest } from '../../shared/cedar/sample.ts';
import type { Policy } from '../../shared/governance.ts';
import type { Cedar } from './engine.ts';

/** The one policy set that real Cedar holds parsed, by this name. */
const PREPARED = 'prepared';

/**
 * What real Cedar says of a sample under the prepared policies; null when it cannot be asked. It shares no code with the
 * guards' decision: asked with no approval, one and two, the first that allows. One difference is meant: where Cedar passes over a
 * policy whose evaluation fails, a guard denies, so any such failure is a denial here.
 */
export function secondOpinion({ request: text }: DecisionSample, cedar: Cedar): PolicyAnswer | null {
  const request = JSON.parse(text) as SampledRequest;
  let held: string[] = [];
  for (const approvals of [0, 1, 2] as const) {
    const answer = cedar.statefulIsAuthorized({
      ...request,
      context: { ...request.context, approvals },
      preparsedPolicySetId: PREPARED,
    });
    if (answer.type === 'failure') return null;
    const { decision, diagnostics } = answer.response;
    const reasons = [...diagnostics.reason].sort();
    const failed = diagnostics.errors.map(({ policyId }) => policyId).sort();
    if (failed.length > 0) return denied('failed', failed);
    if (decision === 'allow') return allowed(approvals, reasons, held);
    if (reasons.length === 0) return denied('not-permitted', []);
    if (approvals === 0) held = reasons;
    if (approvals === 2) return denied('forbidden', reasons);
  }
  return null;
}

function allowed(needs: 0 | 1 | 2, permits: string[], held: string[]): PolicyAnswer {
  return needs === 0
    ? { kind: 'allow', needs, why: null, policies: permits }
    : { kind: 'approval', needs, why: null, policies: held };
}

function denied(why: 'failed' | 'not-permitted' | 'forbidden', policies: string[]): PolicyAnswer {
  return { kind: 'deny', needs: 0, why, policies };
}

/** Parses a set's policies, in place of those before. False: real Cedar does not take them. */
export function prepare(policies: readonly Policy[], cedar: Cedar): boolean {
  const staticPolicies = Object.fromEntries(policies.map(({ id, json }) => [id, json]));
  type Policies = Parameters<Cedar['preparsePolicySet']>[1];
  return cedar.preparsePolicySet(PREPARED, { staticPolicies } as Policies).type === 'success';
}
