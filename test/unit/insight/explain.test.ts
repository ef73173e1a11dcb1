import { beforeAll, describe, expect, test, vi } from 'vitest';
import { cedarText } from '../../../bin/lib/cedar-text.ts';
import { explainPolicies, type Clause, type ExplainedPolicy } from '../../../bin/lib/explain.ts';
import { maskedIn } from '../../../bin/lib/masked.ts';
import type { Governance, PolicyJson } from '../../../shared/governance.ts';
import { decide } from '../../../shared/policy.ts';
import { recordedQuestion } from '../../../shared/recorded.ts';
import { forAgent, known, shipped, times } from '../policy/ask.ts';
import { changedSet, entryOf, policies, type Made } from './kit.ts';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';

// Real Cedar takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let set: Governance;
beforeAll(async () => {
  set = await shipped();
});

function explain(made: Made, from = set): Map<string, ExplainedPolicy> {
  const { data } = entryOf(from, made);
  const action = known(data.action ?? '');
  const read = recordedQuestion(data, action, made.at ?? times.office);
  if (!read.ok) throw new Error(read.why);
  const { policies: own, manifest } = forAgent(from, data.agent ?? '');
  if (!manifest) throw new Error('no manifest');
  const found = explainPolicies(own, manifest, read.question, maskedIn(action, read.question));
  return new Map(found.map((policy) => [policy.id, policy]));
}

function leaves(clauses: readonly Clause[]): Clause[] {
  return clauses.flatMap((one) => (one.parts.length > 0 ? leaves(one.parts) : [one]));
}

describe('an explanation', () => {
  test('shows each condition of the policy that held, with the values it saw', () => {
    const lead = {
      found: true,
      test: false,
      employees: 5000,
      employeesKnown: true,
      value: 0,
      valueKnown: false,
    };
    const input = { lead: 'lead_01JD00000000000000000000QA', queue: 'enterprise' };
    const policy = explain({ action: 'leads.lead.route', input, facts: lead }).get('large-lead-waits');
    expect(policy).toMatchObject({ effect: 'forbid', held: 'true', liftedBy: 1 });
    const told = leaves(policy?.conditions ?? []).map(({ text, truth, values }) => [
      text,
      truth,
      values[0]?.value,
    ]);
    expect(told).toContainEqual(['context.facts.employees >= 1000', 'true', 5000]);
    expect(told).toContainEqual(['context.facts.value >= 5000000', 'not-asked', undefined]);
    expect(told).toContainEqual(['context.input.queue != "human-queue"', 'true', 'enterprise']);
    expect(told).toContainEqual(['context.approvals >= 1', 'false', 0]);
  });

  test('shows which condition kept a policy from holding, and leaves away what is about other actions', () => {
    const found = explain({});
    expect(found.get('low-confidence-waits')).toMatchObject({ held: 'false', liftedBy: null });
    expect(leaves(found.get('low-confidence-waits')?.conditions ?? [])).toContainEqual(
      expect.objectContaining({ text: 'context has confidence', truth: 'false' }),
    );
    expect(found.has('approved-channels-only')).toBe(false);
  });

  test('does not claim to know what a masked field held', () => {
    const onPhone = policies(`@id("german-phones-stay") @reason("x")
      forbid (principal, action == Action::"crm.contact.update", resource)
      when { context.mode == "execute" } when { context.input has phone && context.input.phone like "+49*" };`);
    const input = { id: '1', phone: '+49 170 1234567' };
    const policy = explain({ input }, changedSet(set, onPhone)).get('german-phones-stay');
    expect(policy?.held).toBe('unknown');
    expect(JSON.stringify(policy)).not.toContain('170');
    expect(leaves(policy?.conditions ?? []).map(({ truth }) => truth)).toEqual(['true', 'true', 'unknown']);
  });

  test('agrees with the engine on what held, for every action and agent', () => {
    for (const agent of Object.keys(set.manifests)) {
      for (const action of set.manifests[agent]?.grants.map((grant) => grant.action) ?? []) {
        for (const confidence of [null, 10]) {
          const { data } = entryOf(set, { agent, action, confidence });
          const read = recordedQuestion(data, known(action), times.office);
          if (!read.ok) throw new Error(read.why);
          const decision = decide(forAgent(set, agent), read.question);
          if (decision.kind !== 'approval') continue;
          const held = [...explain({ agent, action, confidence }).values()]
            .filter((policy) => policy.held === 'true' && policy.effect === 'forbid')
            .map(({ id }) => id);
          expect(held.sort()).toEqual(decision.policies.map(({ id }) => id).sort());
        }
      }
    }
  });
});

test('every condition of the shipped policies is written so that Cedar reads the same of it', () => {
  for (const { json } of set.policies) {
    const conditions = json.conditions.map(({ kind, body }) => `${kind} { ${cedarText(body)} }`);
    const again = policyToJson(`forbid (principal, action, resource) ${conditions.join(' ')};`);
    expect(again.type === 'success' && (again.json as PolicyJson).conditions).toEqual(json.conditions);
  }
});
