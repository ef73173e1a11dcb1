import {
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  type AuthorizationAnswer,
} from '@cedar-policy/cedar-wasm/nodejs';
import { expect } from 'vitest';
import { schemaText } from '../../../bin/lib/cedar-schema.ts';
import { authorize, compilePolicy } from '../../../shared/cedar/evaluate.ts';
import { entitiesJson, recordJson, uid } from '../../../shared/cedar/json.ts';
import type { Request } from '../../../shared/cedar/expression.ts';
import { policyRequest } from '../../../shared/cedar/request.ts';
import { modes, type KnownAction } from '../../../shared/contract.ts';
import type { Governance, Policy } from '../../../shared/governance.ts';
import type { PolicyQuestion } from '../../../shared/policy.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { question, times } from './ask.ts';

/** Inputs that reach the branches of the shipped policies, besides each contract's own examples. */
const inputs: Record<string, Record<string, unknown>[]> = {
  'leads.lead.route': ['enterprise', 'human-queue', 'elsewhere'].map((queue) => ({
    lead: 'lead_01',
    queue,
    note: '',
  })),
  'crm.company.create': [{ name: 'Acme', employees: 1000 }],
  'crm.company.update': [
    { id: '501', employees: null, name: 'Acme' },
    { id: '501', employees: 5000 },
  ],
  'chat.message.post': [{ channel: 'C0LEADS001', text: 'x' }],
  'chat.message.schedule': [{ channel: 'C0LEADS001', text: 'x', postAt: '2026-12-01T09:00:00Z' }],
  'cms.post.publish': [{ post: 101, version: 'v1' }],
  'email.broadcast.schedule': [{ broadcast: 'b1', segment: 's1', sendAt: '2026-12-01T09:00:00Z' }],
};

const lead = { found: true, test: false, employees: 0, employeesKnown: false, value: 0, valueKnown: false };
const conversation = {
  found: true,
  special: false,
  payment: false,
  health: false,
  recovery: false,
  security: false,
};
const facts: Record<string, PolicyQuestion['facts'][]> = {
  'leads.lead.route': [
    lead,
    { ...lead, test: true },
    { ...lead, employees: 1000, employeesKnown: true, country: 'DE' },
    { ...lead, value: 5_000_000, valueKnown: true },
  ],
  'cms.post.publish': [
    { found: true, current: true, active: false, text: '' },
    { found: true, current: false, active: false, text: '' },
    { found: true, current: true, active: true, text: '' },
  ],
  'cms.post.revise': [{ active: false }, { active: true }],
  'email.message.send': [
    { consent: true, known: true, unsubscribed: false, suppressed: false },
    { consent: false, known: true, unsubscribed: true, suppressed: false },
  ],
  ...Object.fromEntries(
    ['assign', 'reply', 'close'].map((verb) => [
      `support.conversation.${verb}`,
      [
        conversation,
        { ...conversation, special: true, health: true },
        { ...conversation, security: true },
      ].map((told) => (verb === 'reply' ? { ...told, customer: '' } : told)),
    ]),
  ),
  'email.broadcast.schedule': [49, 50, 1000].map((recipients) => ({
    found: true,
    recipients,
    counted: true,
    text: '',
  })),
  'ads.budget.update': [0, 10_000, 100_000].map(budgeted),
  'ads.adset.update': [0, 10_000].map(budgeted),
};

/** The facts that a contract gives as examples; none at all for an action without facts. */
function examplesOf(told: KnownAction['facts']): PolicyQuestion['facts'][] {
  return (told?.meta()?.['examples'] as PolicyQuestion['facts'][] | undefined) ?? [{}];
}

/** A daily budget of 50.00 that is to be so much higher. */
function budgeted(increase: number): PolicyQuestion['facts'] {
  return { found: true, present: 5_000, increase };
}

function* grid(
  governance: Governance,
): Generator<[agent: string, question: PolicyQuestion, approvals: number]> {
  for (const agent of Object.keys(governance.manifests))
    for (const [action, { input, facts: told }] of catalogue)
      for (const one of [
        ...((input.meta()?.['examples'] ?? []) as Record<string, unknown>[]),
        ...(inputs[action] ?? []),
      ])
        for (const found of facts[action] ?? examplesOf(told))
          for (const mode of modes)
            for (const variant of variants)
              for (const approvals of mode === 'execute' ? [0, 1, 2] : [0])
                yield [
                  agent,
                  question(agent, action, { mode, input: one, facts: found, ...variant }),
                  approvals,
                ];
}

const found = { claim: 'risk-free', field: 'input.title', reason: '', instead: '' };

const variants: Partial<PolicyQuestion>[] = [
  { explained: true, confidence: null },
  { explained: false, confidence: 69, user: 'someone@acme.example' },
  { explained: true, confidence: 70, now: times.night },
  { explained: true, confidence: 10, environment: 'production' },
  { explained: true, claims: { forbidden: [found], doubtful: [] } },
  { explained: true, claims: { forbidden: [], doubtful: [found, found] } },
];

function real({ principal, action, resource, context, entities }: Request): AuthorizationAnswer {
  return statefulIsAuthorized({
    principal: uid(principal),
    action: uid(action),
    resource: uid(resource),
    context: recordJson(context),
    entities: entitiesJson(entities),
    preparsedPolicySetId: 'shipped',
    preparsedSchemaName: 'shipped',
    // So real Cedar also says that every request has the shape that policies were checked against.
    validateRequest: true,
  });
}

/** Holds the evaluator to real Cedar over the shipped policies: each of so many questions of the grid, every action's in turn. */
export function compareShipped(governance: Governance, each: number): { allow: number; deny: number } {
  prepare(governance);
  const compiled = governance.policies.map((policy) => compilePolicy<Policy>(policy, policy.json));
  const seen = { allow: 0, deny: 0 };
  let at = 0;
  for (const [agent, one, approvals] of grid(governance)) {
    at += 1;
    if (at % each !== 0) continue;
    const request = policyRequest(governance.manifests[agent]!, one, approvals);
    const theirs = real(request);
    if (theirs.type === 'failure') throw new Error(theirs.errors.map(({ message }) => message).join('\n'));
    const ours = authorize(compiled, request);
    expect({
      decision: ours.decision,
      determining: ours.determining.map(({ id }) => id).sort(),
      failed: ours.failed,
    }).toEqual({
      decision: theirs.response.decision,
      determining: [...theirs.response.diagnostics.reason].sort(),
      failed: theirs.response.diagnostics.errors,
    });
    seen[ours.decision] += 1;
  }
  return seen;
}

function prepare({ policies }: Governance): void {
  const staticPolicies = Object.fromEntries(policies.map(({ id, json }) => [id, json]));
  expect(preparsePolicySet('shipped', { staticPolicies: staticPolicies as never }).type).toBe('success');
  expect(preparseSchema('shipped', schemaText()).type).toBe('success');
}
