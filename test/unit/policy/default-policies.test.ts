import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { modes, sensitivities } from '../../../shared/contract.ts';
import type { Governance } from '../../../shared/governance.ts';
import { decide, type PolicyDecision, type PolicyQuestion } from '../../../shared/policy.ts';
import { forAgent, invented, known, question, shipped, times } from './ask.ts';

const row = z.strictObject({
  says: z.string(),
  agent: z.string(),
  action: z.string().optional(),
  group: z.string().optional(),
  mode: z.enum(modes).optional(),
  input: z.record(z.string(), z.unknown()).default({}),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  explained: z.boolean().default(true),
  confidence: z.int().nullable().default(null),
  at: z.enum(['office', 'night', 'weekend']).default('office'),
  environment: z.string().default('sandbox'),
  sensitivity: z.enum(sensitivities).optional(),
  expect: z.enum(['allow', 'one', 'two', 'deny']),
  by: z.array(z.string()),
});
type Row = z.infer<typeof row>;

const file = join(import.meta.dirname, 'default-policies.yaml');
const rows = z.array(row).parse(parse(readFileSync(file, 'utf8')));

let governance: Governance;
beforeAll(async () => {
  governance = await shipped();
});

function ask(one: Row): PolicyDecision {
  const own = forAgent(governance, one.agent);
  const { input, facts, explained, confidence, environment } = one;
  const call: Partial<PolicyQuestion> = {
    input,
    facts,
    explained,
    confidence,
    environment,
    now: times[one.at],
  };
  if (one.group !== undefined) {
    const made = invented(own, one.group, one.sensitivity);
    return decide(made.governance, { ...made.question, ...call });
  }
  const action = one.action ?? '';
  return decide(own, question(one.agent, action, { ...call, mode: one.mode ?? known(action).mode }));
}

function words(decision: PolicyDecision): Row['expect'] {
  if (decision.kind !== 'approval') return decision.kind;
  return decision.needs === 1 ? 'one' : 'two';
}

test.each(rows.map((one) => [one.says, one] as const))('%s', (_, one) => {
  const decision = ask(one);
  expect({ expect: words(decision), by: decision.policies.map(({ id }) => id).sort() }).toEqual({
    expect: one.expect,
    by: one.by,
  });
});

describe('the set as a whole', () => {
  test('every policy decides at least one row', () => {
    const deciding = new Set(rows.flatMap(({ by }) => by));
    expect(governance.policies.map(({ id }) => id).filter((id) => !deciding.has(id))).toEqual([]);
  });

  test('without any policy nothing is allowed', () => {
    for (const one of rows.filter(({ action }) => action !== undefined)) {
      const bare = { ...forAgent(governance, one.agent), policies: [] };
      const decision = decide(
        bare,
        question(one.agent, one.action ?? '', { input: one.input, facts: one.facts }),
      );
      expect(decision).toEqual({ kind: 'deny', why: 'not-permitted', policies: [] });
    }
  });

  test('with the forbids alone nothing is allowed or approvable', () => {
    for (const one of rows) {
      const policies = governance.policies.filter(({ json }) => json.effect === 'forbid');
      const before = governance;
      governance = { ...governance, policies };
      expect(ask(one).kind).toBe('deny');
      governance = before;
    }
  });

  test('taking a forbid away never denies more, so adding one never allows more', () => {
    const rank = { allow: 0, one: 1, two: 2, deny: 3 };
    const full = governance;
    for (const { id } of full.policies.filter(({ json }) => json.effect === 'forbid')) {
      for (const one of rows) {
        const withIt = rank[words(ask(one))];
        governance = { ...full, policies: full.policies.filter((policy) => policy.id !== id) };
        expect(rank[words(ask(one))]).toBeLessThanOrEqual(withIt);
        governance = full;
      }
    }
  });
});
