import { describe, expect, test } from 'vitest';
import type { HoldWord } from '../../../shared/rpc.ts';
import { newest, settled, type HoldState } from '../../../workers/guard/pool-store.ts';
import { usableUntil } from '../../../workers/guard/pools.ts';
import { usageOf } from '../../../shared/usage.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

/** What a taking is after these words, in this order. */
function after(words: readonly HoldWord[]): HoldState | 'gone' {
  let state: HoldState = 'held';
  for (const word of words) {
    const next = settled(state, word);
    if (next === 'gone') return next;
    state = next ?? state;
  }
  return state;
}

describe('words on how a taking ended', () => {
  test.each<[HoldWord[], HoldState | 'gone']>([
    [[], 'held'],
    [['used'], 'used'],
    [['failed'], 'failed'],
    [['released'], 'gone'],
    // Told twice.
    [['used', 'used'], 'used'],
    [['failed', 'failed'], 'failed'],
    // Unclear at first; then a look-up says that it did not happen; then the tool itself that it did.
    [['used', 'failed'], 'failed'],
    [['used', 'failed', 'used'], 'used'],
    // Nothing was sent after all, which is learned late: the amounts go back, the call stays counted.
    [['used', 'released'], 'failed'],
    [['failed', 'released'], 'failed'],
  ])('%j leave it %s', (words, state) => {
    expect(after(words)).toBe(state);
  });
});

describe('rules that guards bring', () => {
  const rule = { kind: 'rate', measure: 'calls', currency: null, per: 10, each: null, action: '*' } as const;
  const strict = [{ ...rule, max: 1 }];
  const wide = [{ ...rule, max: 9 }];

  test('count from the newest epoch on, for all', () => {
    expect(newest(null, { epoch: 4, rules: wide })).toEqual({
      rules: { epoch: 4, rules: wide },
      changed: true,
    });
    const known = { epoch: 7, rules: strict };
    expect(newest(known, { epoch: 8, rules: wide })).toEqual({
      rules: { epoch: 8, rules: wide },
      changed: true,
    });
    expect(newest(known, { epoch: 8, rules: strict })).toEqual({
      rules: { epoch: 8, rules: strict },
      changed: false,
    });
  });

  test('of an older lease open nothing that is closed by now', () => {
    const known = { epoch: 7, rules: strict };
    for (const epoch of [6, 7])
      expect(newest(known, { epoch, rules: wide })).toEqual({ rules: known, changed: false });
  });
});

test('a call goes on only with all that it shares taken, and no longer than that may be used', () => {
  const usage = usageOf({ action: catalogue.get('crm.company.read')!, mode: 'read', input: {} }, {});
  const hold = { id: 'hold_1', pools: ['vendor:crm'], useBefore: 5_000 };
  expect(usableUntil([], { usage, hold: null })).toBe(Infinity);
  expect(usableUntil(['vendor:crm'], { usage, hold })).toBe(5_000);
  expect(usableUntil(['vendor:crm'], { usage, hold: null })).toBe(0);
  expect(usableUntil(['vendor:crm', 'workflow:x'], { usage, hold })).toBe(0);
});
