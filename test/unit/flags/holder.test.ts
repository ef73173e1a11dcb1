import { describe, expect, test } from 'vitest';
import { liveLease, newHolder, raiseFloor, spent, startBefore, take } from '../../../flags/holder.ts';
import { covers, isTarget } from '../../../flags/targets.ts';
import { terms } from '../../../flags/terms.ts';

describe('a holder', () => {
  test('has no lease until it is granted one, and none from its expiry on', () => {
    const holder = newHolder();
    expect(liveLease(holder, 0)).toBeNull();
    take(holder, 100, { epoch: 1, duration: 50 });
    expect(liveLease(holder, 149)).toEqual({ epoch: 1, expiry: 150 });
    expect(liveLease(holder, 150)).toBeNull();
  });

  test('counts a lease from when it asked, not from when the answer came', () => {
    const holder = newHolder();
    liveLease(holder, 1_000);
    take(holder, 100, { epoch: 1, duration: 500 });
    expect(liveLease(holder, 1_000)).toBeNull();
  });

  test('drops its lease on a push and refuses grants under an older epoch from then on', () => {
    const holder = newHolder();
    take(holder, 0, { epoch: 1, duration: 1_000 });
    raiseFloor(holder, 2);
    expect(liveLease(holder, 1)).toBeNull();
    expect(take(holder, 1, { epoch: 1, duration: 1_000 })).toBe(false);
    expect(liveLease(holder, 2)).toBeNull();
    expect(take(holder, 2, { epoch: 2, duration: 1_000 })).toBe(true);
    expect(liveLease(holder, 3)).not.toBeNull();
  });

  test('keeps its lease on a late or repeated push of its own epoch', () => {
    const holder = newHolder();
    take(holder, 0, { epoch: 3, duration: 1_000 });
    raiseFloor(holder, 2);
    raiseFloor(holder, 3);
    expect(liveLease(holder, 1)).toEqual({ epoch: 3, expiry: 1_000 });
  });

  test('drops its lease when the clock steps back by more than the skew, and can be granted one again', () => {
    const holder = newHolder();
    take(holder, 1_000, { epoch: 1, duration: 5_000 });
    liveLease(holder, 3_000);
    expect(liveLease(holder, 3_000 - terms.skew)).not.toBeNull();
    expect(liveLease(holder, 2_000 - terms.skew)).toBeNull();
    take(holder, 1_800, { epoch: 1, duration: 5_000 });
    expect(liveLease(holder, 1_900)).not.toBeNull();
  });

  test('never lets a call start past its lease', () => {
    expect(startBefore({ expiry: 10_000 }, 1_000)).toBe(1_000 + terms.dispatch);
    expect(startBefore({ expiry: 1_500 }, 1_000)).toBe(1_500);
  });

  test('counts a token as spent only after the margin', () => {
    expect(spent(1_000, 1_000 + terms.margin - 1)).toBe(false);
    expect(spent(1_000, 1_000 + terms.margin)).toBe(true);
  });
});

describe('targets', () => {
  const call = { agent: 'lead-router', workflow: 'lead-routing', tool: 'crm', action: 'crm.contact.update' };

  test.each(['all', 'agent:lead-router', 'workflow:lead-routing', 'tool:crm', 'action:crm.contact.update'])(
    '%s covers the call',
    (target) => {
      expect(isTarget(target) && covers(target, call)).toBe(true);
    },
  );

  test.each([
    'agent:lead',
    'agent:lead-router2',
    'workflow:content',
    'tool:cr',
    'tool:chat',
    'action:crm.contact.read',
  ])('%s does not', (target) => {
    expect(isTarget(target)).toBe(true);
    expect(isTarget(target) && covers(target, call)).toBe(false);
  });

  test.each([
    '',
    'ALL',
    'all ',
    'tool:',
    'tool:*',
    'agent:Ä',
    'action:crm',
    'everything',
    'tool:crm\n',
    `tool:${'a'.repeat(300)}`,
  ])('%j is no target', (text) => {
    expect(isTarget(text)).toBe(false);
  });
});
