import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../shared/rpc.ts';
import {
  approversOf,
  decide,
  expire,
  inOrder,
  pauseAfter,
  reasonOf,
  take,
  type Decision,
} from '../../../workers/approvals/decide.ts';
import { waitingApproval } from './fixture.ts';

const deadline = Date.parse('2026-11-22T13:00:00.000Z');
const before = deadline - 1;

function approval(over: Partial<Approval> = {}): Approval {
  return waitingApproval({ deadline: new Date(deadline).toISOString(), ...over });
}

function says(by: string, decision: 'approve' | 'reject' = 'approve'): Decision {
  return { by, decision, reason: 'as-expected', note: '' };
}

function afterAll(start: Approval, decisions: Decision[], now = before): Approval {
  return decisions.reduce((state, decision) => {
    const next = decide(state, decision, now);
    return next.ok ? next.approval : state;
  }, start);
}

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
      decide(approval(start), says(by), now);
    expect(why({ user: ada }, ada)).toEqual({ ok: false, refusal: { why: 'own-request' } });
    expect(why({ status: 'used' }, ada)).toEqual({ ok: false, refusal: { why: 'over', status: 'used' } });
    expect(why({}, ada, deadline)).toEqual({ ok: false, refusal: { why: 'over', status: 'expired' } });
    expect(why({ deadline: 'never' }, ada)).toEqual({
      ok: false,
      refusal: { why: 'over', status: 'expired' },
    });
    const once = afterAll(approval({ needs: 2 }), [says(ada)]);
    expect(decide(once, says(ada), before)).toEqual({ ok: false, refusal: { why: 'decided-before' } });
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
    const no = decide(approval(), { ...says(ada, 'reject'), reason: 'wrong-target' }, before);
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
    const taken = take(approval({ status }), digest, now);
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
            const next = decide(state, { ...says(move.by), ...move }, now);
            if (next.ok) expect(now).toBeLessThan(deadline);
            if (next.ok) state = next.approval;
            continue;
          }
          const taken = take(state, move.digest, now);
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
