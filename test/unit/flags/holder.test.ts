import { describe, expect, test } from 'vitest';
import { holderStep, liveLease, newHolder, startBefore, type Holder } from '../../../flags/holder.ts';
import { mayStart } from '../../../flags/start.ts';
import { terms } from '../../../flags/terms.ts';

/** What a grant carries does not matter here. */
const snapshot = null;

function granted(
  holder: Holder<null>,
  askedAt: number,
  epoch: number,
  duration: number,
  now = askedAt,
): void {
  holderStep(holder, { kind: 'granted', askedAt, epoch, duration, snapshot }, now);
}

function push(holder: Holder<null>, epoch: number, ref = 1, incarnation = 'inc') {
  return holderStep(holder, { kind: 'push', incarnation, epoch, ref }, 0);
}

describe('a lease', () => {
  test('is not there until it is granted, and not from its expiry on', () => {
    const holder = newHolder<null>('inc');
    expect(liveLease(holder, 0)).toBeNull();
    granted(holder, 100, 1, 50);
    expect(liveLease(holder, 149)).toEqual({ epoch: 1, askedAt: 100, expiry: 150, snapshot });
    expect(liveLease(holder, 150)).toBeNull();
  });

  test('is counted from when it was asked for, not from when the answer came', () => {
    const holder = newHolder<null>('inc');
    granted(holder, 100, 1, 500, 1_000);
    expect(liveLease(holder, 1_000)).toBeNull();
  });

  test('is dropped by a push, and grants under an older epoch are refused from then on', () => {
    const holder = newHolder<null>('inc');
    granted(holder, 0, 1, 1_000);
    push(holder, 2);
    expect(liveLease(holder, 1)).toBeNull();
    granted(holder, 1, 1, 1_000);
    expect(liveLease(holder, 2)).toBeNull();
    granted(holder, 2, 2, 1_000);
    expect(liveLease(holder, 3)).not.toBeNull();
  });

  test('stays through a late or repeated push of its own epoch or an older one', () => {
    const holder = newHolder<null>('inc');
    granted(holder, 0, 3, 1_000);
    push(holder, 2);
    push(holder, 3);
    expect(liveLease(holder, 1)).toMatchObject({ epoch: 3, expiry: 1_000 });
  });

  test('is not shortened by an answer that was asked for before it and comes late or twice', () => {
    const holder = newHolder<null>('inc');
    granted(holder, 500, 1, 1_000);
    granted(holder, 100, 1, 1_000);
    expect(liveLease(holder, 501)).toMatchObject({ expiry: 1_500 });
  });

  test('is dropped when the clock steps back by more than the skew, and can be granted again', () => {
    const holder = newHolder<null>('inc');
    granted(holder, 1_000, 1, 5_000);
    liveLease(holder, 3_000);
    expect(liveLease(holder, 3_000 - terms.skew)).not.toBeNull();
    expect(liveLease(holder, 2_000 - terms.skew)).toBeNull();
    granted(holder, 1_800, 1, 5_000);
    expect(liveLease(holder, 1_900)).not.toBeNull();
  });

  test('is not taken when the clock has stepped back since it was asked for: it would last longer by as much', () => {
    const holder = newHolder<null>('inc');
    liveLease(holder, 1_000);
    liveLease(holder, 400); // Seen, and forgotten, before the grant comes.
    granted(holder, 1_000, 1, 500, 410);
    expect(liveLease(holder, 420)).toBeNull();
  });

  test('is asked for once at a time: when there is none, and when half of it is used', () => {
    const holder = newHolder<null>('inc');
    const need = (now: number) => holderStep(holder, { kind: 'need' }, now);
    expect(need(0)).toEqual([{ kind: 'ask', askedAt: 0 }]);
    expect(need(1)).toEqual([]);
    granted(holder, 0, 1, terms.lease);
    expect(need(terms.lease / 2 - 1)).toEqual([]);
    expect(need(terms.lease / 2)).toEqual([{ kind: 'ask', askedAt: terms.lease / 2 }]);
    holderStep(holder, { kind: 'refused', askedAt: terms.lease / 2 }, terms.lease);
    expect(need(terms.lease)).toEqual([{ kind: 'ask', askedAt: terms.lease }]);
  });

  test('never lets a call start past it', () => {
    expect(startBefore({ terms }, { expiry: 10_000 }, 1_000)).toBe(1_000 + terms.dispatch);
    expect(startBefore({ terms }, { expiry: 1_500 }, 1_000)).toBe(1_500);
  });
});

describe('an ack', () => {
  const issue = (holder: Holder<null>, token: number) => holderStep(holder, { kind: 'issued', token }, 0);
  const settle = (holder: Holder<null>, token: number) => holderStep(holder, { kind: 'settled', token }, 0);

  test('comes at once when no token is out', () => {
    expect(push(newHolder('inc'), 2)).toEqual([{ kind: 'ack', ref: 1, epoch: 2 }]);
  });

  test('waits for each token that is out, and for none that was given out later', () => {
    const holder = newHolder<null>('inc');
    issue(holder, 1);
    issue(holder, 2);
    expect(push(holder, 2)).toEqual([{ kind: 'wait', ref: 1, milliseconds: terms.dispatch + terms.margin }]);
    issue(holder, 3);
    expect(settle(holder, 1)).toEqual([]);
    expect(settle(holder, 2)).toEqual([{ kind: 'ack', ref: 1, epoch: 2 }]);
  });

  test('comes when P + M have passed on a timer, whatever the tools do', () => {
    const holder = newHolder<null>('inc');
    issue(holder, 1);
    push(holder, 2);
    expect(holderStep(holder, { kind: 'waited', ref: 1 }, 0)).toEqual([{ kind: 'ack', ref: 1, epoch: 2 }]);
  });

  test('of one push says nothing of another', () => {
    const holder = newHolder<null>('inc');
    issue(holder, 1);
    push(holder, 2, 1);
    issue(holder, 2);
    push(holder, 3, 2);
    expect(holderStep(holder, { kind: 'waited', ref: 1 }, 0)).toEqual([{ kind: 'ack', ref: 1, epoch: 2 }]);
    expect(settle(holder, 1)).toEqual([]);
    expect(settle(holder, 2)).toEqual([{ kind: 'ack', ref: 2, epoch: 3 }]);
  });

  test('is given again at once to a push that comes again, whatever was admitted since', () => {
    const holder = newHolder<null>('inc');
    push(holder, 2, 1);
    issue(holder, 1);
    expect(push(holder, 2, 2)).toEqual([{ kind: 'ack', ref: 2, epoch: 2 }]);
    expect(push(holder, 3, 3)).toEqual([expect.objectContaining({ kind: 'wait' })]);
  });

  test('of a push that comes again before the ack waits for what the first one waits for', () => {
    const holder = newHolder<null>('inc');
    issue(holder, 1);
    push(holder, 2, 1);
    issue(holder, 2);
    push(holder, 2, 2);
    expect(settle(holder, 1)).toEqual([
      { kind: 'ack', ref: 1, epoch: 2 },
      { kind: 'ack', ref: 2, epoch: 2 },
    ]);
  });

  test('of a later epoch is one of every epoch before it, too', () => {
    const holder = newHolder<null>('inc');
    issue(holder, 1);
    push(holder, 2, 1);
    push(holder, 3, 2);
    expect(holderStep(holder, { kind: 'waited', ref: 2 }, 0)).toHaveLength(2);
  });

  test('is not given for another incarnation, whose tokens are not known here', () => {
    const holder = newHolder<null>('inc');
    granted(holder, 0, 1, 1_000);
    expect(push(holder, 2, 1, 'other')).toEqual([{ kind: 'stranger', ref: 1 }]);
    expect(liveLease(holder, 1)).not.toBeNull();
  });
});

describe('a vendor request', () => {
  const window = { intentAt: 10_000, startBefore: 12_000 };

  test('may start until the moment itself, and not from then on', () => {
    expect(mayStart(window, 11_999)).toBe(true);
    expect(mayStart(window, 12_000)).toBe(false);
  });

  test('may not start by a clock that is behind the intent by more than the skew', () => {
    expect(mayStart(window, 10_000 - terms.skew)).toBe(true);
    expect(mayStart(window, 10_000 - terms.skew - 1)).toBe(false);
  });

  test.each([{ intentAt: NaN }, { startBefore: NaN }])(
    'may not start by a time that is no number: %j',
    (wrong) => {
      expect(mayStart({ ...window, ...wrong }, 11_000)).toBe(false);
    },
  );
});
