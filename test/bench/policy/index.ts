import { initSync, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/web';
import wasm from '@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm';
import { entitiesJson, recordJson, uid } from '../../../shared/cedar/json.ts';
import { policyRequest } from '../../../shared/cedar/request.ts';
import type { AgentGovernance, Policy } from '../../../shared/governance.ts';
import { decide, type PolicyQuestion } from '../../../shared/policy.ts';

interface Ask {
  governance: AgentGovernance;
  question: PolicyQuestion;
  engine: 'ours' | 'cedar';
  times: number;
}

initSync({ module: wasm });

/** The set and question of the last setting; the clock of workerd stands still while it computes, so whoever asks measures. */
let asked: Ask | undefined;
let prepared = 0;

export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/set') {
      asked = await request.json<Ask>();
      if (asked.engine === 'cedar') prepare(asked.governance.policies);
      return Response.json({ said: once(asked) });
    }
    const times = Number(await request.text());
    if (!asked) return new Response('set first', { status: 409 });
    let said = '';
    for (let n = 0; n < times; n += 1) said = once(asked);
    return Response.json({ said });
  },
};

function prepare(policies: readonly Policy[]): void {
  prepared += 1;
  const staticPolicies = Object.fromEntries(policies.map(({ id, json }) => [id, json]));
  const answer = preparsePolicySet(`set-${prepared}`, { staticPolicies: staticPolicies as never });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'));
}

function once({ engine, governance, question }: Ask): string {
  return engine === 'ours' ? decide(governance, question).kind : cedar(governance, question);
}

/** One authorisation, with no approval: `decide` asks up to three times, so this is the kind side of the comparison. */
function cedar({ manifest }: AgentGovernance, question: PolicyQuestion): string {
  if (!manifest) return 'deny';
  const request = policyRequest(manifest, question, 0);
  const answer = statefulIsAuthorized({
    principal: uid(request.principal),
    action: uid(request.action),
    resource: uid(request.resource),
    context: recordJson(request.context),
    preparsedPolicySetId: `set-${prepared}`,
    entities: entitiesJson(request.entities),
  });
  return answer.type === 'failure' ? 'failure' : answer.response.decision;
}
