import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../flags/targets.ts';
import type { Approval } from '../../../shared/rpc.ts';
import { approversOf, reasonOf } from '../../../workers/approvals/counting.ts';
import { decide, type Decision } from '../../../workers/approvals/decide.ts';
import { expire, inOrder, pauseAfter, take, untaken, voidedBy } from '../../../workers/approvals/states.ts';
import { approverSays, nobodyKnown, waitingApproval } from './fixture.ts';

const deadline = Date.parse('2026-11-22T13:00:00.000Z');
const before = deadline - 1;

function approval(over: Partial<Approval> = {}): Approval {
  return waitingApproval({ deadline: new Date(deadline).toISOString(), ...over });
}

const says = approverSays;

function afterAll(start: Approval, decisions: Decision[], now = before): Approval {
  return decisions.reduce((state, decision) => {
    const next = decide(state, decision, nobodyKnown, open, now);
    return next.ok ? next.approval : state;
  }, start);
}

/** Control says that nothing stops the call, at its epoch 7. */
const open = { epoch: 7, stoppedBy: [] };

const ada = 'ada@acme.example';
const bob = 'bob@acme.example';

describe('deciding on a request', () => {
  it.each<[string, Partial<Approval>, Decision[], Approval['status']]>([
    ['one approval when it needs one', {}, [says(ada)], 'approved'],
    ['one approval when it needs two', { needs: 2 }, [says(ada)], 'waiting'],
    ['two approvals when it needs two', { needs: 2 }, [says(ada), says(bob)], 'approved'],
    ['two approvals by the same person', { needs: 2 }, [says(ada), says(ada)], 'waiting'],
    ['the same person in other letters', { needs: 2 }, [says(ada), says(' ADA@acme.example')], 'waiting'],
    ['a rejection', {}, [says(ada, 'reject')], 'rejected'],
    ['a rejection after an approval', { needs: 2 }, [says(ada), says(bob, 'reject')], 'rejected'],
    ['an approval after a rejection', { needs: 2 }, [says(ada, 'reject'), says(bob)], 'rejected'],
    ['an approval by whom the agent acts for', { user: ada }, [says(ada)], 'waiting'],
    [
      'a rejection by whom the agent acts for',
      { user: 'Ada@Acme.example' },
      [says(ada, 'reject')],
      'waiting',
    ],
    ['no person needed at all, and one approval', { needs: 0 }, [says(ada)], 'approved'],
  ])('%s leads to its state', (_, start, decisions, status) => {
    expect(afterAll(approval(start), decisions).status).toBe(status);
  });

  it('says why a decision does not count', () => {
    const why = (start: Partial<Approval>, by: string, now = before): unknown =>
      decide(approval(start), says(by), nobodyKnown, open, now);
    expect(why({ user: ada }, ada)).toEqual({ ok: false, refusal: { why: 'own-request' } });
    expect(why({ status: 'used' }, ada)).toEqual({ ok: false, refusal: { why: 'over', status: 'used' } });
    expect(why({}, ada, deadline)).toEqual({ ok: false, refusal: { why: 'over', status: 'expired' } });
    expect(why({ deadline: 'never' }, ada)).toEqual({
      ok: false,
      refusal: { why: 'over', status: 'expired' },
    });
    const once = afterAll(approval({ needs: 2 }), [says(ada)]);
    expect(decide(once, says(ada), nobodyKnown, open, before)).toEqual({
      ok: false,
      refusal: { why: 'decided-before' },
    });
  });

  it.each(['waiting', 'approved'] as const)('ends what is %s at the deadline and not before', (status) => {
    expect(expire(approval({ status }), before).status).toBe(status);
    expect(expire(approval({ status }), deadline).status).toBe('expired');
    expect(expire(approval({ status, deadline: 'never' }), before).status).toBe('expired');
  });

  it.each(['rejected', 'used', 'void'] as const)('leaves what is %s as it ended', (status) => {
    expect(expire(approval({ status }), deadline + 1e9).status).toBe(status);
  });

  it('gives the approvers and the code that decided', () => {
    const two = afterAll(approval({ needs: 2 }), [says(ada), says(bob)]);
    expect(approversOf(two)).toEqual([ada, bob]);
    expect(reasonOf(two)).toBe('as-expected');
    const no = decide(
      approval(),
      { ...says(ada, 'reject'), reason: 'wrong-target' },
      nobodyKnown,
      null,
      before,
    );
    expect(no.ok && [approversOf(no.approval), reasonOf(no.approval)]).toEqual([[], 'wrong-target']);
    expect(reasonOf(approval())).toBeNull();
  });
});

describe('taking a decision', () => {
  it.each<[Approval['status'], string, number, Approval['status'], Approval['status']]>([
    ['approved', 'd1', before, 'approved', 'used'],
    ['approved', 'd1', deadline, 'expired', 'expired'],
    ['approved', 'd2', before, 'void', 'void'],
    ['approved', 'd2', deadline, 'expired', 'expired'],
    ['waiting', 'd1', before, 'waiting', 'waiting'],
    ['waiting', 'd1', deadline, 'expired', 'expired'],
    ['waiting', 'd2', before, 'void', 'void'],
    ['used', 'd1', before, 'used', 'used'],
    ['used', 'd1', deadline, 'used', 'used'],
    ['used', 'd2', before, 'void', 'used'],
    ['rejected', 'd1', before, 'rejected', 'rejected'],
    ['expired', 'd1', before, 'expired', 'expired'],
    ['void', 'd1', before, 'void', 'void'],
  ])('%s, with digest %s, at %i tells %s and leaves %s', (status, digest, now, told, left) => {
    const taken = take(approval({ status }), [digest], now);
    expect(taken.told).toBe(told);
    expect(taken.approval.status).toBe(left);
  });
});

describe('the order that people see', () => {
  const at = (id: string, over: Partial<Approval>): Approval => approval({ id, ...over });
  const deadlineAt = (ms: number): string => new Date(ms).toISOString();

  it('is what waits, the most urgent first, and then the newest', () => {
    const shown = [
      at('appr_5', { status: 'used' }),
      at('appr_4', { deadline: deadlineAt(deadline + 2) }),
      at('appr_1', { status: 'rejected', deadline: deadlineAt(0) }),
      at('appr_2', { deadline: deadlineAt(deadline + 1) }),
      at('appr_9', { status: 'approved' }),
      at('appr_3', { deadline: deadlineAt(deadline + 3) }),
    ].toSorted(inOrder);
    expect(shown.map(({ id }) => id)).toEqual(['appr_2', 'appr_4', 'appr_3', 'appr_9', 'appr_5', 'appr_1']);
  });
});

describe('the pause after failures', () => {
  it('doubles from a quarter second, and stays bounded however many there were', () => {
    expect([0, 1, 2, 3].map(pauseAfter)).toEqual([0, 250, 500, 1000]);
    expect([7, 20, 5000].map(pauseAfter)).toEqual([15_000, 15_000, 15_000]);
  });
});

describe('whatever people and guards do', () => {
  const person = fc.constantFrom(ada, bob, 'cyd@acme.example', 'dan@acme.example');
  const move = fc.oneof(
    fc.record({ by: person, decision: fc.constantFrom('approve' as const, 'reject' as const) }),
    fc.record({ digest: fc.constantFrom('d1', 'd1', 'd1', 'd2') }),
  );
  const scene = fc.record({
    needs: fc.integer({ min: 1, max: 3 }),
    user: fc.option(person),
    moves: fc.array(fc.tuple(move, fc.integer({ min: -5, max: 2 })), { maxLength: 25 }),
  });

  it('is approved at most once, by enough other people, in time, for this digest, with nobody against', () => {
    fc.assert(
      fc.property(scene, ({ needs, user, moves }) => {
        let state = approval({ needs, user });
        let granted = 0;
        for (const [move, offset] of moves.toSorted(([, a], [, b]) => a - b)) {
          const now = deadline + offset;
          if ('by' in move) {
            const next = decide(state, { ...says(move.by), decision: move.decision }, nobodyKnown, open, now);
            if (next.ok) expect(now).toBeLessThan(deadline);
            if (next.ok) state = next.approval;
            continue;
          }
          const taken = take(state, [move.digest], now);
          state = taken.approval;
          if (taken.told === 'used') expect(move.digest).toBe('d1');
          if (taken.told !== 'approved') continue;
          granted += 1;
          expect(now).toBeLessThan(deadline);
          expect(move.digest).toBe('d1');
          const by = approversOf(state);
          expect(new Set(by).size).toBeGreaterThanOrEqual(needs);
          expect(by).not.toContain(user);
          expect(state.decisions.some(({ decision }) => decision === 'reject')).toBe(false);
        }
        expect(granted).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a stop', () => {
  const covering: Target[] = [
    'all',
    'workflow:lead-intake',
    'agent:lead-router',
    'tool:crm',
    'action:crm.contact.update',
  ];
  const given = afterAll(approval(), [says(ada)]);

  it.each(covering)('of %s voids what is approved and not taken, and says so', (target) => {
    expect(voidedBy(given, target, 8)).toMatchObject({ status: 'void', stoppedBy: target });
  });

  it.each<Target>(['tool:chat', 'agent:content-writer', 'workflow:content', 'action:crm.contact.read'])(
    'of %s leaves it approved',
    (target) => {
      expect(voidedBy(given, target, 8)).toBe(given);
    },
  );

  it.each(['waiting', 'rejected', 'expired', 'used'] as const)('leaves what is %s as it is', (status) => {
    const before = approval({ status, approvedUnder: status === 'used' ? 7 : null });
    expect(voidedBy(before, 'all', 8)).toBe(before);
  });

  it('of before the approval, told late or again, changes nothing', () => {
    expect(given.approvedUnder).toBe(7);
    expect(voidedBy(given, 'all', 7)).toBe(given);
    expect(voidedBy(given, 'all', 3)).toBe(given);
  });

  it('voids an approval of which it is not known when it was given', () => {
    expect(voidedBy({ ...given, approvedUnder: null }, 'all', 1).status).toBe('void');
    const { approvedUnder: _, ...old } = given;
    expect(voidedBy(old as Approval, 'all', 1).status).toBe('void');
  });

  it('in force refuses an approval and takes a rejection', () => {
    const stopped = { epoch: 8, stoppedBy: ['tool:crm' as const] };
    expect(decide(approval(), says(ada), nobodyKnown, stopped, before)).toEqual({
      ok: false,
      refusal: { why: 'stopped', by: ['tool:crm'] },
    });
    expect(decide(approval(), says(ada, 'reject'), nobodyKnown, stopped, before)).toMatchObject({
      ok: true,
      approval: { status: 'rejected' },
    });
  });

  it('counts from the approval that decided, not from the first of two', () => {
    const first = decide(approval({ needs: 2 }), says(ada), nobodyKnown, open, before);
    if (!first.ok) throw new Error('refused');
    expect(first.approval).toMatchObject({ status: 'waiting', approvedUnder: null });
    const second = decide(first.approval, says(bob), nobodyKnown, { epoch: 12, stoppedBy: [] }, before);
    expect(second).toMatchObject({ ok: true, approval: { status: 'approved', approvedUnder: 12 } });
  });

  it('is never left unasked before an approval counts', () => {
    expect(() => decide(approval(), says(ada), nobodyKnown, null, before)).toThrow('ask control first');
  });

  it('makes an approval void that its guard took and did not use, for that call only', () => {
    const { approval: used } = take(given, ['d1'], before);
    expect(untaken(used, 'd1', 'all')).toMatchObject({ status: 'void', stoppedBy: 'all' });
    expect(untaken(used, 'd2', 'all')).toBe(used);
    expect(untaken(given, 'd1', 'all')).toBe(given);
  });
});
