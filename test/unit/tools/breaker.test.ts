import { array, assert, boolean, constantFrom, integer, nat, option, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asks,
  closed,
  OPEN_MS,
  OPENS_AFTER,
  told,
  type Breaker,
  type Pass,
  type Word,
} from '../../../shared/tool/breaker.ts';
import { Door } from '../../../shared/tool/door.ts';

const pass: Pass = { ok: true, probe: null };

/** A breaker after so many dead answers in a row, at the time 0. */
function after(dead: number): Breaker {
  return Array.from({ length: dead }).reduce<Breaker>((now) => told(now, pass, 'dead', 0), closed);
}

describe('a breaker', () => {
  test('opens after so many dead answers in a row and not before', () => {
    expect(after(OPENS_AFTER - 1)).toEqual({ kind: 'closed', dead: OPENS_AFTER - 1 });
    expect(after(OPENS_AFTER)).toEqual({ kind: 'open', until: OPEN_MS });
  });

  test('forgets dead answers once the vendor answers, and none over a word that tells nothing', () => {
    expect(told(after(OPENS_AFTER - 1), pass, 'alive', 0)).toEqual(closed);
    expect(told(after(OPENS_AFTER - 1), pass, 'untold', 0)).toEqual(after(OPENS_AFTER - 1));
  });

  test('lets nothing through while it is open, and says for how long', () => {
    const open = after(OPENS_AFTER);
    expect(asks(open, false, 0).verdict).toEqual({ ok: false, retryAfter: 10 });
    expect(asks(open, false, OPEN_MS - 1).verdict).toEqual({ ok: false, retryAfter: 1 });
  });

  test('then lets one through, and the others when that one was answered', () => {
    const trying = asks(after(OPENS_AFTER), false, OPEN_MS);
    expect(trying.verdict).toMatchObject({ ok: true, probe: expect.any(Number) as number });
    expect(asks(trying.breaker, false, OPEN_MS + 1).verdict).toEqual({ ok: false, retryAfter: 1 });
    expect(told(trying.breaker, trying.verdict as Pass, 'alive', OPEN_MS + 2)).toEqual(closed);
  });

  test('stays open as long again when that one was not answered', () => {
    const trying = asks(after(OPENS_AFTER), false, OPEN_MS);
    const again = told(trying.breaker, trying.verdict as Pass, 'dead', OPEN_MS + 100);
    expect(again).toEqual({ kind: 'open', until: 2 * OPEN_MS + 100 });
  });

  test('lets the next one try at once when nobody can tell of that one, and after a while when nobody says so', () => {
    const trying = asks(after(OPENS_AFTER), false, OPEN_MS);
    const free = told(trying.breaker, trying.verdict as Pass, 'untold', OPEN_MS + 100);
    expect(asks(free, false, OPEN_MS + 100).verdict).toMatchObject({ ok: true });
    expect(asks(trying.breaker, false, OPEN_MS + 60_000).verdict).toMatchObject({ ok: true });
    // Another request's word makes no room.
    expect(told(trying.breaker, pass, 'untold', OPEN_MS + 100)).toEqual(trying.breaker);
  });

  test("lets a person's request through whenever it comes, and is not put off by its failing", () => {
    const open = after(OPENS_AFTER);
    const person = asks(open, true, 1);
    expect(person).toEqual({ breaker: open, verdict: pass });
    expect(told(open, pass, 'dead', 1)).toEqual(open);
    expect(told(open, pass, 'alive', 1)).toEqual(closed);
    const trying = asks(open, false, OPEN_MS).breaker;
    expect(asks(trying, true, OPEN_MS + 1).verdict).toEqual(pass);
  });

  test('is not kept open by a clock that is set back', () => {
    const open = told(after(OPENS_AFTER - 1), pass, 'dead', 1_000_000);
    expect(asks(open, false, 0).verdict).toMatchObject({ ok: true });
  });
});

const word = constantFrom<Word>('alive', 'dead', 'untold');
const step = record({ wait: integer({ min: 0, max: 20_000 }), word, person: boolean() });

describe('whatever happens, a breaker', () => {
  test('never refuses for longer than it may be open, and always lets a person through', () => {
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        let [breaker, now]: [Breaker, number] = [closed, 0];
        for (const { wait, word, person } of steps) {
          now += wait;
          const asked = asks(breaker, person, now);
          breaker = asked.breaker;
          if (!asked.verdict.ok) {
            expect(person).toBe(false);
            expect(asked.verdict.retryAfter).toBeGreaterThan(0);
            expect(asked.verdict.retryAfter * 1000).toBeLessThanOrEqual(OPEN_MS);
          } else breaker = told(breaker, asked.verdict, word, now);
        }
      }),
    );
  });

  test('has at most one agent’s request trying at a time', () => {
    const event = record({
      wait: integer({ min: 0, max: 3_000 }),
      ends: option(nat({ max: 5 })),
      word,
    });
    assert(
      property(array(event, { maxLength: 60 }), (events) => {
        let [breaker, now]: [Breaker, number] = [after(OPENS_AFTER), 0];
        const trying: Pass[] = [];
        for (const { wait, ends, word } of events) {
          now += wait;
          const asked = asks(breaker, false, now);
          breaker = asked.breaker;
          // Given up as lost: then it no longer counts as trying.
          if (asked.verdict.ok && asked.verdict.probe !== null) {
            const live = trying.filter((one) => (one.probe ?? 0) > now);
            expect(live).toEqual([]);
            trying.push(asked.verdict);
          }
          const [ended] = ends === null ? [] : trying.splice(ends, 1);
          if (ended) breaker = told(breaker, ended, word, now);
        }
      }),
    );
  });

  test('is closed by one answer, and opened by nothing but dead ones', () => {
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        let [breaker, now]: [Breaker, number] = [closed, 0];
        for (const { wait, word, person } of steps) {
          now += wait;
          const asked = asks(breaker, person, now);
          if (!asked.verdict.ok) continue;
          const before = asked.breaker;
          breaker = told(before, asked.verdict, word, now);
          if (word === 'alive') expect(breaker).toEqual(closed);
          if (before.kind === 'closed' && breaker.kind !== 'closed') expect(word).toBe('dead');
        }
      }),
    );
  });
});

describe('a door', () => {
  test('is shut to a credential for as long as the vendor said, and to no other', () => {
    const door = new Door();
    door.limited('X_READ', 7, 0);
    expect(door.asks('X_READ', false, 0)).toEqual({ ok: false, why: 'limited', retryAfter: 7 });
    expect(door.asks('X_READ', false, 6_999)).toMatchObject({ ok: false, retryAfter: 1 });
    expect(door.asks('X_READ', false, 7_000)).toMatchObject({ ok: true });
    expect(door.asks('X_WRITE', false, 0)).toMatchObject({ ok: true });
  });

  test('is shut for a minute at most, whatever the vendor says, and never to a person', () => {
    const door = new Door();
    door.limited('X_READ', 3_600, 0);
    expect(door.asks('X_READ', false, 59_999)).toMatchObject({ ok: false });
    expect(door.asks('X_READ', true, 1)).toMatchObject({ ok: true });
    expect(door.asks('X_READ', false, 60_000)).toMatchObject({ ok: true });
  });

  test('tells once that it is shut', () => {
    const door = new Door();
    const words = Array.from({ length: OPENS_AFTER + 2 }, () => door.told(pass, 'dead', 0));
    expect(words.filter(Boolean)).toHaveLength(1);
    expect(words[OPENS_AFTER - 1]).toBe(true);
  });
});
