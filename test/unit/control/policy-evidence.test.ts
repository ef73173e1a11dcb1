import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import {
  MAX_DIFFERENCES,
  MAX_EVIDENCE_BYTES,
  MAX_ROWS,
  type BacktestEvidence,
  type EvidenceRow,
  type PolicyEvidence,
  type TestEvidence,
} from '../../../shared/policy-evidence.ts';
import { migrations } from '../../../workers/control/migrations.ts';
import { checkEvidence, evidenceEntry, EvidenceStore } from '../../../workers/control/policy-evidence.ts';
import { sqlite } from '../journal/support.ts';

const row: EvidenceRow = {
  at: 'governance/tests/held.yaml:4',
  says: 'A large lead waits for a person',
  result: 'pass',
  expect: 'one',
  by: ['large-lead-waits'],
};
const tests: TestEvidence = {
  kind: 'tests',
  ranAt: '2026-11-22T12:00:00.000Z',
  passed: 1,
  failed: 1,
  undecided: [],
  errors: 0,
  rows: [row, { ...row, result: 'fail', got: { expect: 'allow', by: [] } }],
};
const difference: BacktestEvidence['differences'][number] = {
  was: 'allow',
  would: '1 person',
  policies: ['companies-wait'],
  agent: 'lead-router',
  actions: ['crm.company.read'],
  count: 1,
};
const backtest: BacktestEvidence = {
  kind: 'backtest',
  ranAt: '2026-11-22T12:00:00.000Z',
  since: '2026-10-22T12:00:00.000Z',
  until: '2026-11-22T12:00:00.000Z',
  from: 'audit-log',
  decisions: 12,
  same: 8,
  different: 3,
  unsure: 1,
  differences: [difference],
};

const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('what is recorded of a run is taken', () => {
  test.each<[string, PolicyEvidence]>([
    ['of tests', tests],
    ['of a backtest', backtest],
    ['of as many rows as are kept', { ...tests, passed: MAX_ROWS, failed: 0, rows: many(MAX_ROWS, row) }],
    [
      'of more rows than are kept, by their counts',
      { ...tests, passed: 5_000, failed: 0, rows: many(MAX_ROWS, row) },
    ],
    [
      'of as many differences as are kept',
      { ...backtest, decisions: 209, different: 200, differences: many(MAX_DIFFERENCES, difference) },
    ],
  ])('%s', (_, evidence) => {
    expect(checkEvidence(evidence)).toEqual({ ok: true, value: evidence });
  });
});

describe('nothing is taken', () => {
  const longSays = { ...row, says: 'é'.repeat(300) };
  test.each<[string, unknown]>([
    ['of another kind', { ...tests, kind: 'review' }],
    ['with an input of a call', { ...tests, rows: [{ ...row, input: { email: 'ada@acme.example' } }] }],
    ['with calls', { ...backtest, differences: [{ ...difference, calls: ['call_1'] }] }],
    ['of more rows', { ...tests, passed: 2_000, rows: many(MAX_ROWS + 1, row) }],
    [
      'of more differences',
      { ...backtest, decisions: 509, different: 500, differences: many(MAX_DIFFERENCES + 1, difference) },
    ],
    ['that is longer', { ...tests, passed: 600, failed: 0, rows: many(600, longSays) }],
    ['with a row that failed and was not counted', { ...tests, failed: 0 }],
    ['with a row that passed and was not counted', { ...tests, passed: 0 }],
    ['whose counts are no sum', { ...backtest, same: 9 }],
    [
      'with more differences than were different',
      { ...backtest, differences: [{ ...difference, count: 4 }] },
    ],
    ['without a time', { ...tests, ranAt: 'yesterday' }],
    ['of an answer that no policy gives', { ...tests, rows: [{ ...row, expect: 'perhaps' }] }],
    ['that is none', null],
  ])('%s', (_, evidence) => {
    expect(checkEvidence(evidence)).toMatchObject({ ok: false, problem: { code: 'invalid' } });
  });

  test('although most of it would fit: the bound is of bytes, not of letters', () => {
    const long = { ...tests, passed: 600, failed: 0, rows: many(600, longSays) };
    expect(JSON.stringify(long).length).toBeLessThan(MAX_EVIDENCE_BYTES);
    const shorter = { ...long, passed: 300, rows: many(300, longSays) };
    expect(checkEvidence(shorter).ok).toBe(true);
  });
});

describe('the store', () => {
  let store: EvidenceStore;
  beforeEach(() => {
    const storage = sqlite();
    migrate(storage, migrations);
    store = new EvidenceStore(storage.sql);
  });

  const version = (n: number): string => `ps_${String(n).padStart(32, '0')}`;
  const who = { by: 'operator@sandbox.example', credential: 'hash', at: '2026-11-22T12:00:01.000Z' };

  test('keeps the newest of each kind, each beside its version', () => {
    store.put(version(1), { ...who, evidence: tests });
    store.put(version(1), { ...who, evidence: backtest });
    store.put(version(1), { ...who, by: 'owner@sandbox.example', evidence: { ...tests, passed: 7 } });
    const view = store.view(version(1), ['in-force']);
    expect(view).toMatchObject({ version: version(1), standing: ['in-force'] });
    expect(view.tests).toMatchObject({ by: 'owner@sandbox.example', evidence: { passed: 7 } });
    expect(view.backtest).toEqual({ ...who, evidence: backtest });
    expect(store.view(version(2), [])).toMatchObject({ tests: null, backtest: null });
  });

  test('keeps fifty versions: those that something was recorded for last', () => {
    for (let n = 1; n <= 50; n += 1) store.put(version(n), { ...who, evidence: tests });
    // Looked at again, so it is not the oldest any more.
    store.put(version(1), { ...who, evidence: backtest });
    store.put(version(51), { ...who, evidence: tests });
    const kept = Array.from({ length: 51 }, (_, n) => n + 1).filter(
      (n) => store.view(version(n), []).tests !== null,
    );
    expect(kept).toHaveLength(50);
    expect(kept).not.toContain(2);
    expect(store.view(version(1), [])).toMatchObject({ tests: {}, backtest: {} });
  });
});

test('the journal has the counts and a hash of all that is shown, and neither rows nor differences', () => {
  const entry = evidenceEntry(tests);
  expect(entry).toMatchObject({ evidence: 'tests', passed: 1, failed: 1 });
  expect(entry['hash']).not.toBe(evidenceEntry({ ...tests, rows: [] })['hash']);
  expect(evidenceEntry(backtest)).toMatchObject({ evidence: 'backtest', decisions: 12, different: 3 });
  expect(JSON.stringify([entry, evidenceEntry(backtest)])).not.toMatch(/large-lead|companies-wait/);
});
