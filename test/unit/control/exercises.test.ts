import { describe, expect, test } from 'vitest';
import {
  beginExercise,
  checkExerciseEnd,
  checkExerciseStart,
  endExercise,
} from '../../../workers/control/exercises.ts';
import type { ExerciseRecord, ExerciseResult } from '../../../shared/exercise.ts';
import type { Receipt } from '../../../shared/rpc.ts';

const by = 'operator@sandbox.example';
const at = (ms: number): string => new Date(ms).toISOString();

const open: ExerciseRecord = {
  id: 'exer_01JD0000000000000000000000',
  scenario: 'budget-overrun',
  agent: 'exercise-agent',
  environment: 'sandbox',
  by,
  startedAt: at(1_000),
  state: 'open',
  endedAt: null,
  contacts: [
    {
      contact: 'incident',
      address: 'i@acme.example',
      askedAt: at(2_000),
      acknowledged: { by: 'x', at: at(2_500) },
    },
    {
      contact: 'business',
      address: 'b@acme.example',
      askedAt: at(2_100),
      acknowledged: { by: 'x', at: at(2_900) },
    },
  ],
  result: null,
};
const receipt = {
  id: 'rcpt_1',
  by,
  target: 'agent:exercise-agent',
  stopAt: at(1_500),
  confirmedAt: at(1_540),
  confirmMs: 40,
};
const result: ExerciseResult = {
  verdict: 'held',
  receipt: 'rcpt_1',
  times: { detect: 7, decide: 8, restore: 9 },
  checks: { passed: 10, failed: 0, open: 0 },
  report: 'ab'.repeat(32),
};
const end = (
  more: Partial<ExerciseResult> = {},
  was = open,
  stop: object | null = receipt,
  who = by,
): ReturnType<typeof endExercise> =>
  endExercise(was, { ...result, ...more }, stop as Receipt | null, who, 9_000);

describe('an exercise, as control keeps it', () => {
  test('takes stop, notify and target from its own records, whatever is reported', () => {
    expect(end()).toMatchObject({
      ok: true,
      value: {
        state: 'ended',
        result: {
          target: 'agent:exercise-agent',
          times: { detect: 7, decide: 8, stop: 40, notify: 900, restore: 9 },
        },
      },
    });
  });

  test.each<[string, ReturnType<typeof endExercise>]>([
    ['a check failed', end({ checks: { passed: 9, failed: 1, open: 0 } })],
    ['a check is open', end({ checks: { passed: 9, failed: 0, open: 1 } })],
    ['there was no stop', end({ receipt: null }, open, null)],
    ['the stop was not confirmed', end({}, open, { ...receipt, confirmedAt: null })],
    ['nobody was notified', end({}, { ...open, contacts: [] })],
    [
      'one did not acknowledge',
      end(
        {},
        {
          ...open,
          contacts: open.contacts.map((one, n) => (n === 0 ? { ...one, acknowledged: null } : one)),
        },
      ),
    ],
    ['the receipt is unknown', end({ verdict: 'violated' }, open, null)],
    [
      'the receipt is of somebody else',
      end({ verdict: 'violated' }, open, { ...receipt, by: 'other@sandbox.example' }),
    ],
    ['the receipt is older', end({ verdict: 'violated' }, open, { ...receipt, stopAt: at(999) })],
    [
      'somebody else began it',
      end({ verdict: 'violated' }, open, { ...receipt, by: 'o@x.example' }, 'o@x.example'),
    ],
    ['it is over', end({}, { ...open, state: 'abandoned' })],
  ])('is not recorded as it was reported when %s', (_, ended) => {
    expect(ended).toMatchObject({ ok: false, problem: { code: 'conflict' } });
  });

  test('may have failed without a stop and without anybody told, and is given up by anybody who may stop', () => {
    const bare = { ...open, contacts: [] };
    expect(end({ verdict: 'violated', receipt: null }, bare, null)).toMatchObject({
      value: { result: { receipt: null, target: null, times: { stop: null, notify: null } } },
    });
    expect(endExercise(open, { abandoned: true }, null, 'other@sandbox.example', 9_000)).toMatchObject({
      value: { state: 'abandoned', result: null, by },
    });
  });

  test('is one at a time', () => {
    const start = { scenario: 'data-leak' as const, agent: 'lead-router' };
    expect(beginExercise(start, open, by, 'sandbox', 1)).toMatchObject({ problem: { code: 'conflict' } });
    expect(beginExercise(start, null, by, 'sandbox', 1)).toMatchObject({
      value: { state: 'open', ...start },
    });
  });

  test('is refused where its body is not one', () => {
    expect(checkExerciseStart({ scenario: 'fire', agent: 'a-b' }).ok).toBe(false);
    expect(checkExerciseStart({ scenario: 'data-leak', agent: 'A' }).ok).toBe(false);
    expect(checkExerciseEnd({ ...result, report: 'no hash' }).ok).toBe(false);
    expect(checkExerciseEnd({ abandoned: false }).ok).toBe(false);
  });
});
