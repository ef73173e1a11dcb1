import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Directory } from '../../../shared/directory.ts';
import type { Handoff } from '../../../shared/handoffs.ts';
import type { Role } from '../../../shared/people.ts';
import { filedNotice, rungNotice } from '../../../workers/approvals/triage/notices.ts';
import {
  act,
  clock,
  inOrder,
  isAsked,
  nextClock,
  type Rung,
} from '../../../workers/approvals/triage/triage.ts';
import { at, handoffOf, T } from './fixture.ts';

const directory: Directory = {
  people: [{ name: 'Ann', identities: ['ann@acme.example', 'ann@old.example'] }],
  groups: {
    'first-line': { members: ['ann@acme.example', 'bo@acme.example'], mail: [] },
    'second-line': { members: ['cy@acme.example'], mail: [] },
    leadership: { members: ['owner'], mail: [] },
  },
};
const person = (name: string, roles: Role[] = ['approver'], host = 'acme.example') => ({
  email: `${name}@${host}`,
  roles,
});
const ann = person('ann');
const taken = (owner = 'ann@acme.example') => handoffOf({ state: 'taken', owner, takenAt: at(1_000) });
const resolved = handoffOf({
  state: 'resolved',
  owner: 'ann@acme.example',
  resolution: 'done',
  resolvedAt: at(1),
});

describe('what a person does with a case', () => {
  type Row = [string, Handoff, 'take' | 'release' | 'resolve', ReturnType<typeof person>, number, object];
  test.each<Row>([
    [
      'taken',
      handoffOf(),
      'take',
      ann,
      1,
      { ok: true, handoff: { state: 'taken', owner: 'ann@acme.example' } },
    ],
    [
      'taken once more by another address',
      taken(),
      'take',
      person('ann', [], 'old.example'),
      1,
      { ok: true },
    ],
    [
      'not taken by a role alone',
      handoffOf(),
      'take',
      person('x', ['approver', 'owner']),
      1,
      { refusal: { why: 'not-asked' } },
    ],
    [
      'not by the next group, which is not asked yet',
      handoffOf(),
      'take',
      person('cy'),
      1,
      { refusal: { why: 'not-asked' } },
    ],
    [
      'by the next group once it is asked',
      handoffOf({ escalated: 1 }),
      'take',
      person('cy'),
      1,
      { ok: true },
    ],
    [
      'not by the incident contact in time',
      handoffOf({ escalated: 2 }),
      'take',
      person('incidents'),
      1,
      { refusal: { why: 'not-asked' } },
    ],
    [
      'by the incident contact in the end',
      handoffOf({ escalated: 3 }),
      'take',
      person('incidents'),
      1,
      { ok: true },
    ],
    [
      'by whom it is addressed to',
      handoffOf({ addressees: ['x@acme.example'] }),
      'take',
      person('x', ['auditor']),
      1,
      { ok: true },
    ],
    [
      'another’s in time',
      taken(),
      'take',
      person('bo'),
      99_999,
      { refusal: { why: 'taken', by: 'ann@acme.example' } },
    ],
    [
      'another’s overdue',
      taken(),
      'take',
      person('bo'),
      100_000,
      { ok: true, handoff: { owner: 'bo@acme.example' } },
    ],
    [
      'released',
      taken(),
      'release',
      ann,
      1,
      { ok: true, handoff: { state: 'open', owner: null, takenAt: null } },
    ],
    ['another’s released', taken(), 'release', person('bo'), 1, { refusal: { why: 'not-yours' } }],
    ['what nobody has, released', handoffOf(), 'release', ann, 1, { refusal: { why: 'not-yours' } }],
    [
      'resolved',
      taken(),
      'resolve',
      ann,
      5,
      { ok: true, handoff: { state: 'resolved', resolution: 'for billing', resolvedAt: at(5) } },
    ],
    ['resolved without having it', handoffOf(), 'resolve', ann, 1, { refusal: { why: 'not-yours' } }],
    ['another’s resolved', taken(), 'resolve', person('bo'), 1, { refusal: { why: 'not-yours' } }],
    ['taken when it is over', resolved, 'take', ann, 1, { refusal: { why: 'resolved' } }],
    ['released when it is over', resolved, 'release', ann, 1, { refusal: { why: 'resolved' } }],
    ['resolved again', resolved, 'resolve', ann, 1, { refusal: { why: 'resolved' } }],
  ])('%s', (_, handoff, does, who, ms, expected) => {
    const before = structuredClone(handoff);
    expect(act(handoff, { do: does, note: ' for billing ' }, who, directory, T + ms)).toMatchObject(expected);
    expect(handoff).toEqual(before);
  });

  test('a resolution without words is refused: the agent has to be told something', () => {
    expect(act(taken(), { do: 'resolve', note: '  ' }, ann, directory, T)).toMatchObject({
      refusal: { why: 'no-words' },
    });
  });

  test('an unknown group is whoever may decide at all, and nobody else', () => {
    const unknown = handoffOf({ group: 'elsewhere' });
    expect(isAsked(unknown, person('x', ['approver']), directory)).toBe(true);
    for (const role of ['operator', 'auditor', 'incident-commander'] as const)
      expect(isAsked(unknown, person('x', [role]), directory)).toBe(false);
  });
});

describe('clocks', () => {
  const rungAt = (ms: number, handoff = handoffOf()) => clock(handoff, T + ms);

  test.each<[string, number, Rung[], Partial<Handoff>]>([
    ['nothing before half of the time', 49_999, [], { reminded: 0, escalated: 0 }],
    ['a reminder at half', 50_000, [{ kind: 'reminder', percent: 50 }], { reminded: 50 }],
    ['only the later one after a sleep', 95_000, [{ kind: 'reminder', percent: 90 }], { reminded: 90 }],
    [
      'the next group when it is overdue',
      100_000,
      [{ kind: 'overdue', step: 1, group: 'second-line' }],
      { escalated: 1 },
    ],
    [
      'one more after the same time again',
      200_000,
      [
        { kind: 'overdue', step: 1, group: 'second-line' },
        { kind: 'overdue', step: 2, group: 'leadership' },
      ],
      { escalated: 2 },
    ],
  ])('%s', (_, ms, rung, after) => {
    const got = rungAt(ms);
    expect(got.rung).toEqual(rung);
    expect(got.handoff).toMatchObject(after);
  });

  test('the incident contact comes last, once, and the case stays open', () => {
    const last = rungAt(300_000);
    expect(last.rung.at(-1)).toEqual({ kind: 'overdue', step: 3, group: null });
    expect(last.handoff).toMatchObject({ state: 'open', escalated: 3 });
    expect(nextClock(last.handoff)).toBeNull();
    expect(clock(last.handoff, T + 10 ** 9)).toEqual({ handoff: last.handoff, rung: [] });
  });

  test('what is resolved rings no more, and what somebody has does', () => {
    expect(clock(resolved, T + 10 ** 9)).toEqual({ handoff: resolved, rung: [] });
    expect(nextClock(resolved)).toBeNull();
    expect(rungAt(100_000, taken()).rung).toHaveLength(1);
  });

  const looks = fc.array(fc.integer({ min: 0, max: 800_000 }), { maxLength: 30 });
  const cases = fc.record({
    groups: fc.subarray(['a', 'b', 'c', 'd']),
    seconds: fc.integer({ min: 1, max: 300 }),
  });

  test('however often it is looked at, each step rings once and in order, and none before its time', () => {
    fc.assert(
      fc.property(cases, looks, ({ groups, seconds }, times) => {
        let one = handoffOf({ escalation: groups, respondBy: at(seconds * 1000) });
        const steps: number[] = [];
        for (const ms of times.toSorted((a, b) => a - b)) {
          const { handoff, rung } = clock(one, T + ms);
          for (const ring of rung) {
            if (ring.kind === 'reminder') expect(ms).toBeGreaterThanOrEqual(seconds * 10 * ring.percent);
            else expect(ms).toBeGreaterThanOrEqual(seconds * 1000 * ring.step);
            steps.push(ring.kind === 'reminder' ? ring.percent / 100 : ring.step);
          }
          expect(clock(handoff, T + ms).rung).toEqual([]);
          expect(nextClock(handoff) ?? Infinity).toBeGreaterThan(T + ms);
          one = handoff;
        }
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect(one.state).toBe('open');
      }),
    );
  });

  test('looking exactly when the next clock is due misses nothing', () => {
    fc.assert(
      fc.property(cases, ({ groups, seconds }) => {
        let one = handoffOf({ escalation: groups, respondBy: at(seconds * 1000) });
        const rung: Rung[] = [];
        for (let due = nextClock(one), n = 0; due !== null && n < 20; due = nextClock(one), n += 1) {
          const looked = clock(one, due);
          expect(looked.rung).toHaveLength(1);
          rung.push(...looked.rung);
          one = looked.handoff;
        }
        expect(rung).toHaveLength(2 + groups.length + 1);
      }),
    );
  });
});

describe('what people are told', () => {
  test('of a new case its group is told; of misbehaviour the owners alone; never in the agent’s words', () => {
    const notice = filedNotice(handoffOf(), T);
    expect(notice).toMatchObject({ kind: 'handoff', groups: ['first-line'], addresses: [] });
    expect(JSON.stringify(notice)).not.toContain('rule knows');
    const owners = ['owner@acme.example'];
    expect(filedNotice(handoffOf({ kind: 'misbehaviour', addressees: owners }), T)).toMatchObject({
      kind: 'misbehaviour',
      groups: [],
      addresses: owners,
    });
  });

  test('who has it is reminded; an overdue step tells just whom it adds', () => {
    const reminder: Rung = { kind: 'reminder', percent: 50 };
    expect(rungNotice(taken(), reminder, T)).toMatchObject({ groups: [], addresses: ['ann@acme.example'] });
    expect(rungNotice(handoffOf(), reminder, T)).toMatchObject({ groups: ['first-line'], addresses: [] });
    const step: Rung = { kind: 'overdue', step: 2, group: 'leadership' };
    expect(rungNotice(taken(), step, T)).toMatchObject({ groups: ['leadership'], addresses: [] });
    const contact: Rung = { kind: 'overdue', step: 3, group: null };
    expect(rungNotice(taken(), contact, T)).toMatchObject({
      groups: [],
      addresses: ['incidents@acme.example'],
    });
    const ids = [reminder, step, contact].map((rung) => rungNotice(handoffOf(), rung, T).id);
    expect(new Set(ids).size).toBe(3);
  });
});

test('a list shows what is open first, the most urgent of it first', () => {
  const late = handoffOf({ id: 'handoff_b', respondBy: at(1) });
  expect([resolved, taken(), handoffOf(), late].sort(inOrder)).toEqual([
    late,
    handoffOf(),
    taken(),
    resolved,
  ]);
});
