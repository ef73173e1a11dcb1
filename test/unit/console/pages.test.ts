import { describe, expect, test } from 'vitest';
import type { ManifestVersion } from '../../../shared/rpc.ts';
import { cellsOf, comparedOf } from '../../../workers/console/pages/agent.tsx';
import { unchangedOf } from '../../../workers/console/pages/alike.tsx';
import { actsOf } from '../../../workers/console/pages/call.tsx';
import { toneOf } from '../../../workers/console/pages/calls.tsx';
import { costs } from '../../../workers/console/parts/approval.tsx';
import { givenTo } from '../../../workers/console/parts/decide.tsx';
import { givenOf } from '../../../workers/console/parts/search.tsx';
import { spanOf } from '../../../workers/console/parts/timeline.tsx';
import { waitingApproval } from '../approvals/fixture.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const later = '2026-11-22T13:00:00Z';
const earlier = '2026-11-22T11:00:00Z';

describe('what can be done about a call', () => {
  const kinds = (call: Record<string, unknown>): string[] => actsOf(call, now).map(({ kind }) => kind);
  test.each<[string, Record<string, unknown>, string[]]>([
    ['an undo while its time lasts', { undo: { until: later } }, ['undo']],
    ['none after', { undo: { until: earlier } }, []],
    ['none twice', { undo: { until: later }, undone: { by: 'call_1' } }, []],
    ['a cancellation before it takes effect', { deferred: { cancelUntil: later } }, ['cancel']],
    ['none after', { deferred: { cancelUntil: earlier } }, []],
    ['a look where nobody knows', { status: 'indeterminate' }, ['recovery']],
    ['nothing about what people have done themselves', { operator: {}, undo: { until: later } }, []],
    ['nothing by a time that is none', { undo: { until: 7 } }, []],
  ])('%s', (_, call, acts) => {
    expect(kinds(call)).toEqual(acts);
  });
});

describe('a search', () => {
  test('keeps what it knows, trimmed, and takes times for UTC', () => {
    const params = new URLSearchParams('agent=+lead-router+&since=2026-11-22T10:00&status=&colour=red');
    expect(givenOf(params, ['agent', 'since', 'status'])).toEqual({
      agent: 'lead-router',
      since: '2026-11-22T10:00:00Z',
    });
  });

  test('cuts what is too long to be a name', () => {
    const given = givenOf(new URLSearchParams({ agent: 'x'.repeat(5_000) }), ['agent']);
    expect(given['agent']).toHaveLength(200);
  });
});

describe('versions of a manifest', () => {
  const version = (n: number): ManifestVersion => ({ number: n, manifest: null, record: { n } }) as never;
  test('are compared where both are there', () => {
    expect(comparedOf([version(3), version(1)], '1', '3')?.to.number).toBe(3);
    expect(comparedOf([version(3), version(1)], '1', '2')).toBeNull();
    expect(comparedOf([version(3)], undefined, undefined)).toBeNull();
  });
});

test('a budget is told in its currency and window', () => {
  const rule = { measure: 'spend', currency: 'EUR', kind: 'budget', action: '*', each: null } as const;
  expect(cellsOf({ ...rule, per: 86_400, max: 50_000, used: 1_250, left: 0 })).toEqual([
    'spend',
    'in 24 hours',
    '12.50 EUR',
    '500.00 EUR',
  ]);
});

test('a state that a newer version knows has no tone, and spans are read by people', () => {
  expect(toneOf('brand-new')).toBe('plain');
  expect([spanOf(20), spanOf(2_500), spanOf(180_000), spanOf(7_300_000)]).toEqual([
    '20 ms',
    '2.5 s',
    '3 min',
    '2 h',
  ]);
});

test('what a request costs is told in whole units, and never in minor ones as if they were whole', () => {
  const spends = (spend: number, currency: string | null): string =>
    costs(waitingApproval({ usage: { ...waitingApproval({}).usage, spend, currency } }));
  expect([spends(0, null), spends(100_000, 'EUR'), spends(1_250, 'JPY'), spends(500, null)]).toEqual([
    'nothing',
    '1,000.00 EUR',
    '1,250 JPY',
    '500 in minor units',
  ]);
});

test('like requests are told apart by what they do not change', () => {
  const changes = [{ field: 'company', before: 'Acme', after: 'Globex' }];
  const preview = { before: {}, after: {}, changes, sideEffects: [] };
  const told = unchangedOf({ preview, input: { id: '102', company: 'Globex' } });
  expect(told.map(({ name, value }) => [name, value])).toEqual([['id', '102']]);
  expect(unchangedOf({ preview: null, input: { id: '102' } })).toEqual([]);
});

test('only who approved what is in force is counted as having approved', () => {
  const yes = { ...recorded, decision: 'approve' as const };
  const decisions = [
    { ...yes, digest: 'd0' },
    { ...yes, digest: 'd1' },
    { ...recorded, digest: 'd1' },
  ];
  expect(givenTo(waitingApproval({ digest: 'd1', needs: 2, decisions }))).toBe(1);
});

const recorded = {
  by: 'ada@acme.example',
  onBehalfOf: null,
  decision: 'reject' as const,
  reason: 'other' as const,
  note: '',
  at: earlier,
  digest: 'd1',
  credential: 'c1',
  preapproval: null,
  ofEditor: false,
};
