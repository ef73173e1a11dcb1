import { describe, expect, test } from 'vitest';
import { GENESIS, type Entry } from '../../../shared/journal.ts';
import { stepsOf, timelineOf } from '../../../shared/timeline.ts';

function entry(kind: string, seconds: number, data: Entry['data'] = {}): Entry {
  const at = new Date(1_790_000_000_000 + seconds * 1000).toISOString();
  return { source: 'guard:one', seq: seconds + 1, at, kind, data, prev: GENESIS, hash: 'a'.repeat(64) };
}

const answersOf = (data: Entry['data']): string[] =>
  stepsOf(entry('call.denied', 0, data)).map(({ answer }) => answer);

describe('the steps of the column', () => {
  test.each([
    ['invalid', 1],
    ['stopped', 2],
    ['autonomy', 5],
    ['policy', 6],
    ['limited', 7],
    ['rejected', 8],
  ])('a call that was %s passed %i of them, and reached none after', (reason, passed) => {
    const answers = answersOf({ reason });
    expect(answers.filter((answer) => answer === 'passed')).toHaveLength(passed);
    expect(answers[passed]).toBe('refused');
    expect(answers.slice(passed + 1).every((answer) => answer === 'not reached')).toBe(true);
  });

  test('are not guessed of a reason that is not known, nor of what people have done', () => {
    expect(answersOf({ reason: 'brand-new' })).toEqual([]);
    expect(answersOf({ reason: 'constructor' })).toEqual([]);
    expect(stepsOf(entry('call.intent', 0, { lane: 'operators' }))).toEqual([]);
  });

  test('all pass of a call that runs, and people come last of one that waits', () => {
    expect(stepsOf(entry('call.intent', 0)).every(({ answer }) => answer === 'passed')).toBe(true);
    expect(stepsOf(entry('call.waiting', 0)).at(-1)).toMatchObject({ answer: 'asked people' });
  });
});

describe('a timeline', () => {
  const items = timelineOf(
    [
      entry('call.waiting', 0, { agent: 'one', policies: ['p1', 'p2'], needs: 1, user: null }),
      entry('approval.decided', 4, { person: 'a@acme.example', status: 'approved' }),
      entry('call.intent', 5),
      entry('call.outcome', 6, { outcome: 'failed', reason: 'credential' }),
      entry('brand.new-kind', 7, { anything: 1 }),
    ],
    new Map([['p1', 'People look at it.']]),
  );

  test('tells each entry in words, with how long it took', () => {
    expect(items.map(({ title }) => title)).toEqual([
      'Waits for people',
      'Decided by a@acme.example',
      'Allowed, and recorded to run',
      'Failed: credential',
      'Brand new kind',
    ]);
    expect(items.map(({ after }) => after)).toEqual([0, 4000, 1000, 1000, 1000]);
  });

  test('tells policies by their words of then, and says where these are not known', () => {
    expect(items[0]?.policies).toEqual([
      { id: 'p1', reason: 'People look at it.' },
      { id: 'p2', reason: null },
    ]);
  });

  test('keeps what an entry says besides, and its place in its chain', () => {
    expect(items[0]?.data).toEqual({ needs: 1 });
    expect(items[3]?.entry).toEqual({ source: 'guard:one', seq: 7, hash: 'a'.repeat(64), prev: GENESIS });
  });
});
