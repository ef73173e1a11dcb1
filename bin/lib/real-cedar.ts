import {
  preparsePolicySet,
  statefulIsAuthorized,
  type StaticPolicySet,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { Verdict } from '../../shared/cedar/evaluate.ts';
import type { Request } from '../../shared/cedar/expression.ts';
import { entitiesJson, recordJson, uid } from '../../shared/cedar/json.ts';
import type { Policy } from '../../shared/governance.ts';

let prepared = 0;

/**
 * Real Cedar over some policies. Answers as `authorize` does: a policy whose evaluation fails denies, where Cedar itself passes
 * over it. Throws for policies or requests that Cedar cannot read: they were checked, so that is a bug.
 */
export function realCedar(policies: readonly Policy[]): (request: Request) => Verdict<Policy> {
  prepared += 1;
  const name = `policies-${prepared}`;
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  const staticPolicies = Object.fromEntries(policies.map(({ id, json }) => [id, json])) as StaticPolicySet;
  const answer = preparsePolicySet(name, { staticPolicies });
  if (answer.type === 'failure') throw new Error(messages(answer.errors));
  const named = (ids: readonly string[]): Policy[] => ids.flatMap((id) => byId.get(id) ?? []);
  return (request) => {
    const { decision, diagnostics } = ask(name, request);
    const failed = named(diagnostics.errors.map(({ policyId }) => policyId));
    return {
      decision: failed.length > 0 ? 'deny' : decision,
      determining: named(diagnostics.reason),
      failed,
    };
  };
}

function ask(
  name: string,
  { principal, action, resource, context, entities }: Request,
): { decision: 'allow' | 'deny'; diagnostics: { reason: string[]; errors: { policyId: string }[] } } {
  const answer = statefulIsAuthorized({
    principal: uid(principal),
    action: uid(action),
    resource: uid(resource),
    context: recordJson(context),
    entities: entitiesJson(entities),
    preparsedPolicySetId: name,
  });
  if (answer.type === 'failure') throw new Error(messages(answer.errors));
  return answer.response;
}

function messages(errors: readonly { message: string }[]): string {
  return errors.map(({ message }) => message).join('\n');
}
