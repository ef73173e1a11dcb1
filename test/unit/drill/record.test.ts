import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../../shared/rpc.ts';
import { checkDrill, drillRecord, type DrillInput } from '../../../workers/control/drills.ts';

const now = Date.parse('2026-11-22T12:01:00.000Z');
const input: DrillInput = {
  receipt: 'rcpt_01JD0000000000000000000000',
  verdict: 'held',
  violations: 0,
  report: 'ab'.repeat(32),
  times: { detect: 900, decide: 0, stop: 50, restore: null },
};
const receipt: Receipt = {
  id: input.receipt,
  target: 'tool:crm',
  source: 'people',
  reason: 'drill',
  by: 'operator@sandbox.example',
  stopAt: '2026-11-22T12:00:00.000Z',
  confirmMs: 30,
  epoch: 4,
  status: 'settled',
  confirmedAt: '2026-11-22T12:00:00.030Z',
  settledAt: '2026-11-22T12:00:00.035Z',
  guards: { acked: 1, lapsed: 0, unknown: 0, waiting: 0 },
  inFlight: [],
  unheard: [],
  assumption: '',
  cancel: false,
  deferred: [],
  operators: [],
  more: { inFlight: 0, deferred: 0, operators: 0 },
};
const by = receipt.by;

describe('what is kept of a drill', () => {
  test("is the report's, and the target and times of control's own receipt", () => {
    expect(drillRecord(input, receipt, by, 'sandbox', now)).toMatchObject({
      ok: true,
      value: {
        target: 'tool:crm',
        environment: 'sandbox',
        at: '2026-11-22T12:01:00.000Z',
        times: { detect: 900, decide: 0, stop: 50, restore: null, confirm: 30, settle: 35 },
      },
    });
  });

  test.each<[string, DrillInput, Receipt | null, string]>([
    ['of a receipt that does not exist', input, null, 'not-found'],
    ["of somebody else's stop", input, { ...receipt, by: 'other@sandbox.example' }, 'conflict'],
    ['that held with violations', { ...input, violations: 1 }, receipt, 'conflict'],
    ['that held unconfirmed', input, { ...receipt, confirmedAt: null }, 'conflict'],
  ])('is nothing %s', (_, given, found, code) => {
    expect(drillRecord(given, found, by, 'sandbox', now)).toMatchObject({ ok: false, problem: { code } });
  });

  test('may be a failure', () => {
    const failed = { ...input, verdict: 'violated' as const, violations: 3 };
    expect(drillRecord(failed, receipt, by, 'sandbox', now)).toMatchObject({
      ok: true,
      value: { violations: 3 },
    });
  });
});

test.each<[string, unknown]>([
  ['a time before the beginning', { ...input, times: { ...input.times, stop: -1 } }],
  ['a time of its own for confirm', { ...input, times: { ...input.times, confirm: 1 } }],
  ['a hash that is none', { ...input, report: 'x' }],
  ['a verdict that nobody knows', { ...input, verdict: 'fine' }],
  ['a receipt that is none', { ...input, receipt: 'call_01JD0000000000000000000000' }],
  ['a target of its own', { ...input, target: 'all' }],
])('%s is refused', (_, body) => {
  expect(checkDrill(body)).toMatchObject({ ok: false, problem: { code: 'invalid' } });
});

test('what the command sends is taken', () => {
  expect(checkDrill(input)).toEqual({ ok: true, value: input });
});
