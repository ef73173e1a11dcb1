import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { entitiesJson, recordJson, uid } from '../../../shared/cedar/json.ts';
import type { Request } from '../../../shared/cedar/expression.ts';
import type { PolicyJson } from '../../../shared/governance.ts';

/** A policy set and a question, as both evaluators get them. */
export interface Case {
  policies: Record<string, PolicyJson>;
  request: Request;
}

/** What an evaluator says: ids sorted. */
export interface Finding {
  decision: 'allow' | 'deny';
  determining: string[];
  failed: string[];
}

/**
 * What real Cedar says, but for the one difference that is meant: a policy whose evaluation fails denies here, where Cedar
 * passes over it.
 */
export function askCedar({ policies, request }: Case): Finding {
  const answer = isAuthorized({
    principal: uid(request.principal),
    action: uid(request.action),
    resource: uid(request.resource),
    context: recordJson(request.context),
    policies: { staticPolicies: policies as never },
    entities: entitiesJson(request.entities),
  });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'));
  const { decision, diagnostics } = answer.response;
  const failed = diagnostics.errors.map(({ policyId }) => policyId).sort();
  return {
    decision: failed.length > 0 ? 'deny' : decision,
    determining: [...diagnostics.reason].sort(),
    failed,
  };
}
