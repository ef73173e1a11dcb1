import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Level } from './model/control.ts';
import { people, targets, World, type Move, type Step } from './model/world.ts';

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.stubGlobal('scheduler', { wait: async () => Promise.resolve() });
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const of = fc.nat({ max: 2 });
const by = fc.nat({ max: people.length - 1 });
const value = fc.nat({ max: 2 });
const times = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
const step: fc.Arbitrary<Step> = fc.oneof(
  times(
    2,
    value.map((value) => ({ do: 'ask', value })),
  ),
  times(
    8,
    fc.tuple(of, by, fc.nat({ max: 9 })).map(([of, by, no]) => ({ do: 'decide', of, by, yes: no > 0 })),
  ),
  times(
    3,
    fc.tuple(of, by, value).map(([of, by, value]) => ({ do: 'edit', of, by, value })),
  ),
  times(
    1,
    fc.nat({ max: targets.length - 1 }).map((target) => ({ do: 'stop', target })),
  ),
  times(2, fc.constant({ do: 'resume-all' })),
  times(
    3,
    fc.constantFrom<Level>(0, 1, 1, 2, 2, 2, 3).map((level) => ({ do: 'govern', level })),
  ),
  times(
    1,
    fc.constantFrom(1, 4, 60, 400).map((seconds) => ({ do: 'wait', seconds })),
  ),
  times(
    3,
    of.map((of) => ({ do: 'hint', of })),
  ),
  times(
    1,
    of.map((of) => ({ do: 'take-and-die', of })),
  ),
  times(1, fc.constant({ do: 'lose' })),
  times(1, fc.constant({ do: 'evict' })),
);
const move: fc.Arbitrary<Move> = fc
  .tuple(step, fc.boolean())
  .map(([one, thenSettle]) => ({ ...one, thenSettle }));

/** Whoever approved what was asked first, and edited it there and back, is no approver of it where two are needed. */
const thereAndBack: Move[] = [
  { do: 'decide', of: 0, by: 0, yes: true, thenSettle: true },
  { do: 'edit', of: 0, by: 0, value: 1, thenSettle: true },
  { do: 'edit', of: 0, by: 0, value: 0, thenSettle: true },
  { do: 'decide', of: 0, by: 1, yes: true, thenSettle: true },
];

test(
  'no sequence of decisions, edits, clock steps, stops and policy changes runs what too few people approved, or what is stopped',
  { timeout: 120_000 },
  async () => {
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Level>(1, 2),
        fc.array(move, { minLength: 5, maxLength: 40 }),
        async (level, moves) => {
          vi.setSystemTime(Date.parse('2026-11-23T12:00:00Z'));
          const world = await World.begin();
          world.control.govern(level);
          await world.do({ do: 'ask', value: 0, thenSettle: true });
          for (const one of moves) await world.do(one);
          await world.settle();
          ran += world.ran;
          expect(world.wrongs).toEqual([]);
        },
      ),
      { numRuns: 300, examples: [[2, thereAndBack]] },
    );
    // A world in which nothing runs would prove nothing.
    expect(ran).toBeGreaterThan(100);
  },
);
