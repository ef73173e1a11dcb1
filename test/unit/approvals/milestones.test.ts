import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../shared/rpc.ts';
import { advance, nextMilestone, percentPassed } from '../../../workers/approvals/milestones.ts';
import { mayHaveButtons, noticeOf, type Occasion } from '../../../workers/approvals/notice-of.ts';
import { occasionsOf } from '../../../workers/approvals/occasions.ts';
import { waitingApproval } from './fixture.ts';

const at = (minutes: number): number => Date.parse('2026-11-22T12:00:00.000Z') + minutes * 60_000;

/** An hour in all, half an hour for the first group. */
function asked(over: Partial<Approval> = {}): Approval {
  return waitingApproval({ escalation: ['leads', 'owners', 'board'], ...over });
}

describe('the clocks of a request', () => {
  it.each<[number, number, number]>([
    [0, 0, 0],
    [29.99, 0, 0],
    [30, 50, 1],
    [39.99, 50, 1],
    [40, 50, 2],
    [50, 50, 3],
    [53.99, 50, 3],
    [54, 90, 3],
    [59, 90, 3],
  ])('at minute %d have reminded at %d %% and asked %d more groups', (minute, reminded, escalated) => {
    expect(advance(asked(), at(minute)).approval).toMatchObject({ reminded, escalated });
  });

  it('are the same whether one looks every minute or once', () => {
    let state = asked();
    const all: string[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      const { approval, passed } = advance(state, at(minute));
      state = approval;
      all.push(...passed.map((one) => (one.kind === 'reminder' ? `${one.percent} %` : one.group)));
    }
    expect(all).toEqual(['50 %', 'leads', 'owners', 'board', '90 %']);
    expect(state).toEqual(advance(asked(), at(59)).approval);
  });

  it('tell of reminders that were missed only the last, and of each group', () => {
    expect(advance(asked(), at(55)).passed).toEqual([
      { kind: 'reminder', percent: 90 },
      { kind: 'escalation', group: 'leads', escalated: 1 },
      { kind: 'escalation', group: 'owners', escalated: 2 },
      { kind: 'escalation', group: 'board', escalated: 3 },
    ]);
  });

  it('ring next when something is due', () => {
    let state = asked();
    const rings: number[] = [];
    for (let next = nextMilestone(state); next !== null; next = nextMilestone(state)) {
      rings.push((next - at(0)) / 60_000);
      state = advance(state, next).approval;
    }
    expect(rings).toEqual([30, 40, 50, 54]);
  });

  it.each(['approved', 'rejected', 'expired', 'used', 'void'] as const)(
    'stand still once it is %s',
    (status) => {
      const over = asked({ status });
      expect(advance(over, at(55))).toEqual({ approval: over, passed: [] });
      expect(nextMilestone(over)).toBeNull();
    },
  );

  it('never escalate by a time that is none, or past the deadline', () => {
    expect(advance(asked({ respondBy: 'soon' }), at(59)).approval.escalated).toBe(0);
    expect(nextMilestone(asked({ respondBy: 'soon', reminded: 90 }))).toBeNull();
    expect(nextMilestone(asked({ respondBy: new Date(at(61)).toISOString(), reminded: 90 }))).toBeNull();
  });

  it('tell how much of the time has passed', () => {
    expect([-5, 0, 15, 59.9, 90].map((minute) => percentPassed(asked(), at(minute)))).toEqual([
      0, 0, 25, 99, 100,
    ]);
    expect(percentPassed(asked({ deadline: 'never' }), at(1))).toBe(100);
  });
});

describe('what people are told', () => {
  const told = (approval: Approval, occasion: Occasion) => noticeOf(approval, occasion, at(30));

  it('is what waits and where to look, and no word of what the agent wrote', () => {
    const notice = told(asked(), { kind: 'asked' });
    expect(notice).toMatchObject({
      kind: 'approval',
      groups: ['approvers'],
      addresses: [],
      action: 'crm.contact.update',
      digest: 'd1',
      needs: 1,
      status: 'waiting',
      percent: 50,
      path: `/console/approvals/${asked().id}`,
      buttons: true,
    });
    const words = JSON.stringify(notice);
    for (const secret of ['route it', 'it is big', 'over 500 employees', '42'])
      expect(words).not.toContain(secret);
  });

  it('goes to all that are asked by now, an escalation only to the group that is new', () => {
    const escalated = asked({ escalated: 2 });
    expect(told(escalated, { kind: 'reminder', percent: 90 }).groups).toEqual([
      'approvers',
      'leads',
      'owners',
    ]);
    expect(told(escalated, { kind: 'escalation', group: 'owners', escalated: 2 })).toMatchObject({
      kind: 'approval-escalated',
      groups: ['owners'],
    });
  });

  it('has one id for one occasion, and another for each other', () => {
    const occasions: Occasion[] = [
      { kind: 'asked' },
      { kind: 'over' },
      { kind: 'reminder', percent: 50 },
      { kind: 'reminder', percent: 90 },
      { kind: 'escalation', group: 'leads', escalated: 1 },
      { kind: 'escalation', group: 'owners', escalated: 2 },
    ];
    const ids = [asked(), asked({ revision: 1 }), asked({ needs: 2 })].flatMap((approval) =>
      occasions.map((occasion) => told(approval, occasion).id),
    );
    expect(new Set(ids).size).toBe(18);
    expect(noticeOf(asked(), { kind: 'asked' }, at(31)).id).toBe(told(asked(), { kind: 'asked' }).id);
  });

  it.each<[string, Partial<Approval>]>([
    ['two are needed', { needs: 2 }],
    ['it cannot be undone', { irreversible: true }],
    ['it was edited', { revision: 1 }],
    ['nobody could tell where arguments come from', { provenance: [] }],
    ['an argument is untrusted', { provenance: [{ pointer: '/id', level: 'untrusted', from: null }] }],
    ['it is regulated', { sensitivity: 'regulated' }],
    ['it is restricted', { sensitivity: 'restricted' }],
  ])('has no buttons when %s', (_, over) => {
    expect(mayHaveButtons(asked(over))).toBe(false);
    expect(told(asked(over), { kind: 'asked' })).toMatchObject({ buttons: false });
  });

  it('has no buttons once it is over', () => {
    expect(told(asked({ status: 'used' }), { kind: 'over' })).toMatchObject({ buttons: false });
  });

  it('is told anew when it waits for more people or for something else, and once that it is over', () => {
    const waits = asked();
    expect(occasionsOf(null, waits)).toEqual([{ kind: 'asked' }]);
    expect(occasionsOf(waits, { ...waits, reminded: 50 })).toEqual([]);
    expect(occasionsOf(waits, { ...waits, digest: 'd2' })).toEqual([{ kind: 'asked' }]);
    expect(occasionsOf({ ...waits, status: 'used' }, { ...waits, needs: 2 })).toEqual([{ kind: 'asked' }]);
    expect(occasionsOf(waits, { ...waits, status: 'approved' })).toEqual([{ kind: 'over' }]);
    expect(occasionsOf({ ...waits, status: 'approved' }, { ...waits, status: 'used' })).toEqual([]);
  });
});
