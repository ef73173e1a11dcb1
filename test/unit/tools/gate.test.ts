import { expect, test } from 'vitest';
import { Gate } from '../../../shared/tool/gate.ts';

const failed = { kind: 'failed', reason: 'rejected', detail: 'no' } as const;

test('opens until the moment itself, and is closed from then on', () => {
  let now = 99;
  const gate = new Gate({ intentAt: 0, startBefore: 100 }, () => now);
  expect(gate.mayStart(false)).toBe(true);
  now = 100;
  expect(gate.mayStart(false)).toBe(false);
});

test('stays closed when the time to start is no number', () => {
  expect(new Gate({ intentAt: 0, startBefore: NaN }).mayStart(false)).toBe(false);
  expect(new Gate({ intentAt: 0, startBefore: undefined as unknown as number }).mayStart(false)).toBe(false);
});

test('is closed for good once the work is over', () => {
  const gate = new Gate({ intentAt: 0, startBefore: Infinity });
  gate.close();
  expect(gate.mayStart(false)).toBe(false);
});

test('a failure stays one while nothing may have changed', () => {
  const gate = new Gate({ intentAt: 0, startBefore: Infinity });
  gate.mayStart(false);
  expect(gate.settled(failed)).toEqual(failed);
  gate.mayStart(true);
  gate.nothingChanged();
  expect(gate.settled(failed)).toEqual(failed);
  expect(gate.settled({ kind: 'lapsed' })).toEqual({ kind: 'lapsed' });
});

test('after a possible change there is no clean failure, also when a later request was refused', () => {
  const gate = new Gate({ intentAt: 0, startBefore: Infinity });
  gate.mayStart(true);
  gate.mayStart(true);
  gate.nothingChanged();
  expect(gate.settled(failed)).toMatchObject({ kind: 'indeterminate' });
  expect(gate.settled({ kind: 'lapsed' })).toMatchObject({ kind: 'indeterminate' });
  expect(gate.settled({ kind: 'succeeded', output: {} })).toEqual({ kind: 'succeeded', output: {} });
});

test('a request that was not let through counts for nothing', () => {
  const gate = new Gate({ intentAt: 0, startBefore: 0 }, () => 1);
  expect(gate.mayStart(true)).toBe(false);
  expect(gate.settled({ kind: 'lapsed' })).toEqual({ kind: 'lapsed' });
});

test('called off, it lets nothing more through, and says whether something may have changed', () => {
  const unanswered = { kind: 'failed', reason: 'unavailable', detail: 'no answer' } as const;
  const reading = new Gate({ intentAt: 0, startBefore: Infinity });
  reading.mayStart(false);
  reading.callOff();
  expect(reading.mayStart(false)).toBe(false);
  expect(reading.settled(unanswered)).toMatchObject({ kind: 'failed', reason: 'cancelled' });
  // What the vendor itself said before stays its word.
  expect(reading.settled(failed)).toEqual(failed);

  const changing = new Gate({ intentAt: 0, startBefore: Infinity });
  changing.mayStart(true);
  changing.callOff();
  expect(changing.settled(unanswered)).toMatchObject({ kind: 'indeterminate' });
  expect(changing.settled({ kind: 'succeeded', output: {} })).toEqual({ kind: 'succeeded', output: {} });
});

test('the gate of a look-up lets reads through and no change, and says which it was', () => {
  const gate = Gate.reading({ intentAt: 0, startBefore: Infinity });
  expect(gate.mayStart(false)).toBe(true);
  expect(gate.mayStart(true)).toBe(false);
  expect(gate.unstarted(true)).toMatchObject({ kind: 'failed', reason: 'refused' });
  expect(gate.unstarted(false)).toEqual({ kind: 'lapsed' });
  // What was not let through was not sent.
  expect(gate.settled(failed)).toEqual(failed);
});

test('a look-up with a bound lets nothing start after it, and says how long is left', () => {
  const bounded = Gate.reading({ intentAt: 0, startBefore: Infinity }, 10_000);
  expect(bounded.left).toBeGreaterThan(1_000);
  expect(bounded.left).toBeLessThanOrEqual(10_000);
  expect(bounded.mayStart(false)).toBe(true);
  const over = Gate.reading({ intentAt: 0, startBefore: Infinity }, 0);
  expect([over.left, over.mayStart(false)]).toEqual([0, false]);
  expect(new Gate({ intentAt: 0, startBefore: Infinity }).left).toBe(Infinity);
});
