import { expect, test } from 'vitest';
import { backtestEvidence, testEvidence } from '../../../bin/lib/policy-evidence.ts';
import type { RowResult, TestRow } from '../../../bin/lib/policy-tests.ts';
import type { TestRun } from '../../../bin/lib/policy-test-run.ts';
import { policyEvidenceSchema } from '../../../shared/policy-evidence.ts';

const row = {
  says: 'A large lead waits for a person',
  agent: 'lead-router',
  input: { email: 'ada@acme.example' },
  expect: 'one',
  by: ['large-lead-waits'],
} as unknown as TestRow;
const ranAt = '2026-11-22T12:00:00.000Z';

function runOf(results: RowResult[]): TestRun {
  const rows = results.map((result, n) => ({ at: `governance/tests/held.yaml:${n + 1}`, result }));
  return { files: [{ path: 'governance/tests/held.yaml', rows }], errors: [], undecided: ['alone'] };
}

test('of tests the rows are recorded by policy, those that failed first, without what they send', () => {
  const evidence = testEvidence(
    runOf([
      { kind: 'pass', row },
      { kind: 'fail', row, got: { expect: 'allow', by: [] } },
      { kind: 'fault', row, fault: 'there is no manifest of "ada@acme.example"' },
    ]),
    ranAt,
  );
  expect(policyEvidenceSchema.parse(evidence)).toEqual(evidence);
  expect(evidence).toMatchObject({ passed: 1, failed: 2, undecided: ['alone'] });
  expect(evidence.rows.map(({ at, result }) => [at, result])).toEqual([
    ['governance/tests/held.yaml:2', 'fail'],
    ['governance/tests/held.yaml:3', 'fault'],
    ['governance/tests/held.yaml:1', 'pass'],
  ]);
  expect(evidence.rows[0]?.got).toEqual({ expect: 'allow', by: [] });
  expect(JSON.stringify(evidence)).not.toContain('ada@');
});

test('of too many tests the counts are of all, and every row that failed is there', () => {
  const long = { ...row, says: 'é'.repeat(500) };
  const passed = Array.from({ length: 2_000 }, (): RowResult => ({ kind: 'pass', row: long }));
  const failed: RowResult = { kind: 'fail', row: long, got: { expect: 'allow', by: [] } };
  const evidence = testEvidence(runOf([...passed, failed]), ranAt);
  expect(policyEvidenceSchema.safeParse(evidence).success).toBe(true);
  expect(evidence).toMatchObject({ passed: 2_000, failed: 1 });
  expect(evidence.rows[0]?.result).toBe('fail');
  expect(evidence.rows.length).toBeGreaterThan(150);
});

test('of a backtest the counts and what changed are recorded, and no call', () => {
  const difference = {
    was: 'allow' as const,
    would: '1 person' as const,
    policies: ['companies-wait'],
    agent: 'lead-router',
    actions: ['crm.company.read'],
    count: 2,
    calls: ['call_1', 'call_2'],
  };
  const ran = {
    decisions: 502,
    same: 1,
    different: 500,
    unsure: 1,
    differences: Array.from({ length: 250 }, () => difference),
    uncertain: [{ why: 'it reads a personal field', agent: 'lead-router', count: 1, calls: ['call_3'] }],
    versions: {},
  };
  const span = { since: '2026-11-21T12:00:00.000Z', until: ranAt, from: 'file' as const };
  const evidence = backtestEvidence(ran, span);
  expect(policyEvidenceSchema.parse(evidence)).toEqual(evidence);
  expect(evidence).toMatchObject({ ...span, ranAt, decisions: 502, different: 500 });
  expect(evidence.differences).toHaveLength(200);
  expect(JSON.stringify(evidence)).not.toContain('call_');
});
