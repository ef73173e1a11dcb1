import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { beforeAll, describe, expect, test } from 'vitest';
import { sameAnswer, sampleOf, type DecisionSample } from '../../../shared/cedar/sample.ts';
import { modes } from '../../../shared/contract.ts';
import type { Governance, PolicyJson } from '../../../shared/governance.ts';
import { decide, type PolicyQuestion } from '../../../shared/policy.ts';
import { checkSet } from '../../../workers/cedar/check-set.ts';
import { prepare, secondOpinion } from '../../../workers/cedar/second-opinion.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { forAgent, question, shipped, times } from '../policy/ask.ts';

let set: Governance;
beforeAll(async () => void (set = await shipped()));

function sample(
  asked: PolicyQuestion,
  governance = forAgent(set, asked.agent),
): { sample: DecisionSample; kind: string } {
  const decision = decide(governance, asked);
  const made = sampleOf(governance, asked, decision);
  if (!made) throw new Error('not sampled');
  return { sample: made, kind: decision.kind };
}

test('the command line and the check agree that the shipped set holds', () => {
  expect(checkSet(set, catalogue, cedar)).toEqual([]);
});

test('a set whose people do not hold together is refused, with the place and the remedy', () => {
  const { people, manifests } = structuredClone(set);
  people!.people.push({ name: 'A second one', identities: ['Approver@sandbox.example'] });
  manifests['lead-router']!.approvals.group = 'aprovers';
  expect(checkSet({ ...set, people: people!, manifests }, catalogue, cedar)).toEqual(
    expect.arrayContaining([
      {
        pointer: expect.stringMatching(/^\/people\/people\/\d+\/identities\/0$/),
        detail: expect.any(String),
      },
      {
        pointer: '/manifests/lead-router/approvals/group',
        detail: expect.stringContaining('did you mean "approvers"?'),
      },
    ]),
  );
});

test(
  'real Cedar says of every granted action what the guard says, in every mode, by day and by night',
  { timeout: 60_000 },
  () => {
    expect(prepare(set.policies, cedar)).toBe(true);
    const seen = new Set<string>();
    for (const [agent, { grants }] of Object.entries(set.manifests)) {
      const governance = forAgent(set, agent);
      for (const { action } of grants) {
        for (const mode of modes) {
          for (const more of [
            {},
            { now: times.night, confidence: 40 },
            { explained: false, confidence: 95 },
          ]) {
            const made = sample(question(agent, action, { mode, ...more }), governance);
            expect(secondOpinion(made.sample, cedar), `${agent} ${action} ${mode}`).toEqual(made.sample.said);
            seen.add(made.kind);
          }
        }
      }
    }
    expect([...seen].sort()).toEqual(['allow', 'approval', 'deny']);
  },
);

describe('a policy whose evaluation fails', () => {
  const overflow = (effect: 'permit' | 'forbid'): PolicyJson => {
    const large = { Value: Number.MAX_SAFE_INTEGER };
    const body = { '>': { left: { '*': { left: large, right: large } }, right: { Value: 0 } } };
    return {
      effect,
      principal: { op: 'All' },
      action: { op: 'All' },
      resource: { op: 'All' },
      conditions: [{ kind: 'when', body }],
    };
  };

  test.each(['permit', 'forbid'] as const)('denies in both, a %s as well', (effect) => {
    const json = overflow(effect);
    const policies = [...set.policies, { id: 'overflows', reason: 'x', json }];
    prepare(policies, cedar);
    const governance = { ...forAgent(set, 'lead-router'), policies };
    const made = sample(question('lead-router', 'crm.company.read'), governance);
    expect(made.sample.said).toEqual({ kind: 'deny', needs: 0, why: 'failed', policies: ['overflows'] });
    expect(secondOpinion(made.sample, cedar)).toEqual(made.sample.said);
  });
});

test('a wrong answer of any kind is seen', () => {
  prepare(set.policies, cedar);
  const { sample: made } = sample(question('lead-router', 'crm.company.read'));
  const cedars = secondOpinion(made, cedar)!;
  for (const lie of [
    { ...made.said, kind: 'deny', why: 'forbidden' } as const,
    { ...made.said, kind: 'approval', needs: 1 } as const,
    { ...made.said, policies: [] },
    { ...made.said, policies: [...made.said.policies, 'another'] },
  ]) {
    expect(sameAnswer(lie, cedars)).toBe(false);
  }
  const deny = { kind: 'deny', needs: 0, policies: [] } as const;
  expect(
    sameAnswer({ ...deny, why: 'failed', policies: [] }, { ...deny, why: 'forbidden', policies: [] }),
  ).toBe(false);
  expect(sameAnswer(made.said, cedars)).toBe(true);
});

test('what Cedar cannot read is no answer, and an input may have any names', () => {
  prepare(set.policies, cedar);
  const { sample: made } = sample(question('lead-router', 'crm.company.read', { input: { id: 'x' } }));
  const broken = {
    ...made,
    request: made.request.replace('"id":"x"', '"id":{"__extn":{"fn":"nonsense","arg":"x"}}'),
  };
  expect(secondOpinion(broken, cedar)).toBeNull();
  const input = JSON.parse('{"__proto__":{"id":"y"},"constructor":"z","id":"x"}') as Record<string, unknown>;
  const odd = sample(question('lead-router', 'crm.company.read', { input }));
  expect(odd.sample.request).toContain('"__proto__"');
  expect(secondOpinion(odd.sample, cedar)).toEqual(odd.sample.said);
});

test('what was decided without asking policies is no sample', () => {
  const governance = forAgent(set, 'lead-router');
  const stranger = question('somebody', 'crm.company.read');
  expect(sampleOf(governance, stranger, decide(governance, stranger))).toBeNull();
  const changed = question('lead-router', 'crm.company.read', { contract: 'another' });
  expect(sampleOf(governance, changed, decide(governance, changed))).toBeNull();
});
