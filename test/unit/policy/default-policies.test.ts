import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runPolicyTests, testFiles, type TestRun } from '../../../bin/lib/policy-test-run.ts';
import { askRow, runRow, undecided, type TestRow } from '../../../bin/lib/policy-tests.ts';
import type { Governance } from '../../../shared/governance.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { root, shipped } from './ask.ts';

const rank = { allow: 0, one: 1, two: 2, deny: 3 };

let governance: Governance;
let run: TestRun;
let rows: TestRow[];
beforeAll(async () => {
  governance = await shipped();
  run = runPolicyTests(governance, catalogue, testFiles(root), true);
  rows = run.files.flatMap((file) => file.rows.map(({ result }) => result.row));
});

function policyFiles(): string[] {
  return readdirSync(join(root, 'governance/policies'));
}

/** How much a row is held back by a set of policies. */
function held(set: Governance, row: TestRow): number {
  const asked = askRow(set, catalogue, row);
  if (!asked.ok) throw new Error(asked.fault);
  const { decision } = asked;
  return decision.kind === 'approval' ? decision.needs : rank[decision.kind];
}

function only(keep: (policy: Governance['policies'][number]) => boolean): Governance {
  return { ...governance, policies: governance.policies.filter(keep) };
}

test('every row of governance/tests is answered as it says', () => {
  const wrong = run.files.flatMap(({ rows }) => rows.filter(({ result }) => result.kind !== 'pass'));
  expect({ wrong, errors: run.errors }).toEqual({ wrong: [], errors: [] });
  expect(rows.length).toBeGreaterThan(90);
});

test('every policy decides at least one row', () => {
  expect(run.undecided).toEqual([]);
});

test('each policy file has a table of its name, and each table a file', () => {
  const named = (paths: string[]): string[] => paths.map((path) => path.replace(/.*\/|\.\w+$/g, '')).sort();
  expect(named(run.files.map(({ path }) => path))).toEqual(named(policyFiles()));
});

test('without any policy nothing is allowed', () => {
  const bare = only(() => false);
  for (const row of rows) expect(held(bare, row)).toBe(rank.deny);
});

test('with the forbids alone nothing is allowed or approvable', () => {
  const forbids = only(({ json }) => json.effect === 'forbid');
  for (const row of rows) expect(held(forbids, row)).toBe(rank.deny);
});

test('taking a forbid away never denies more, so adding one never allows more', () => {
  const whole = rows.map((row) => held(governance, row));
  for (const { id } of governance.policies.filter(({ json }) => json.effect === 'forbid')) {
    const without = only((policy) => policy.id !== id);
    rows.forEach((row, index) => expect(held(without, row)).toBeLessThanOrEqual(whole[index]!));
  }
}, 30_000);

describe('a row that is not answered as it says', () => {
  const row = (): TestRow => rows.find(({ by }) => by.includes('high-impact-waits'))!;

  test('fails with what came instead', () => {
    const without = only(({ id }) => id !== 'high-impact-waits');
    expect(runRow(without, catalogue, row())).toMatchObject({
      kind: 'fail',
      got: { expect: 'allow', by: ['granted-execute'] },
    });
  });

  test('fails when another policy decides the same', () => {
    const renamed = {
      ...governance,
      policies: governance.policies.map((policy) => ({ ...policy, id: `x-${policy.id}` })),
    };
    expect(runRow(renamed, catalogue, row()).kind).toBe('fail');
  });

  test.each<[string, Partial<TestRow>, string]>([
    ['an agent without a manifest', { agent: 'nobody' }, 'no manifest of "nobody"'],
    [
      'an action that no tool has',
      { group: undefined, action: 'crm.contact.burn' },
      'no tool has "crm.contact.burn"',
    ],
    ['a manifest that cannot be', { suppose: { risk: 'none' } }, 'suppose.risk'],
    ['a key that no manifest has', { suppose: { rsik: 'low' } }, 'rsik'],
  ])('cannot be asked about %s, and says so', (_, change, fault) => {
    const asked = runRow(governance, catalogue, { ...row(), ...change });
    expect(asked.kind === 'fault' && asked.fault).toContain(fault);
  });

  test('is told with its line, and an unknown word with the one that was meant', () => {
    const text = '- says: A deletion waits\n  agent: lead-router\n  group: delete\n  expct: one\n  by: []\n';
    const { errors } = runPolicyTests(governance, catalogue, [{ path: 't.yaml', text }], false);
    expect(errors.join('\n')).toMatch(/t\.yaml:4: 0\.expct: unknown field "expct": did you mean "expect"\?/);
  });

  test('a policy that no row notices is named', () => {
    expect(
      undecided(
        governance,
        rows.filter(({ by }) => !by.includes('spend-waits')),
      ),
    ).toEqual(expect.arrayContaining(['spend-waits']));
  });
});
