import { describe, expect, test } from 'vitest';
import { Course, isFinal } from '../../../shared/rollback/course.ts';
import { planOf } from '../../../shared/rollback/plan.ts';
import type { Step, StepState } from '../../../shared/rollback/step.ts';
import type { Takeable } from '../../../shared/taking-back.ts';
import { call, callId, ground, random } from './kit.ts';

const same = { record: 'contact', id: '7' };
const restored: StepState = { kind: 'restored', lane: 'l', seen: 'as-before' };
const left: StepState = {
  kind: 'left',
  why: 'refused',
  detail: 'no',
  instead: { kind: 'by-hand', text: '', draft: null },
  lane: 'l',
};

function courseOf(...calls: Takeable[]): Course {
  return new Course(planOf(ground(calls)).steps);
}

function started(course: Course, max = 10): string[] {
  return course.next(max).start.map((step) => step.call);
}

describe('a course', () => {
  test('starts as many as it may at once, latest first, and no more while they are under way', () => {
    const course = courseOf(call(1), call(2), call(3));
    expect(started(course, 2)).toEqual([3, 2].map(callId));
    const [first] = course.steps;
    course.set(first as Step, { kind: 'under-way', lane: 'l', tries: 1 });
    expect(started(course, 1)).toEqual([]);
    expect(course.underWay).toEqual([first]);
    course.set(first as Step, restored);
    expect(started(course, 1)).toEqual([callId(2)]);
  });

  test('waits for the later call about the same record', () => {
    const course = courseOf(call(1, { about: same }), call(2, { about: same }));
    expect(started(course)).toEqual([callId(2)]);
    course.set(course.steps[0] as Step, restored);
    expect(started(course)).toEqual([callId(1)]);
  });

  test('leaves the earlier call where the later one came to nothing, and goes on with other records', () => {
    const course = courseOf(call(1, { about: same }), call(2, { about: same }), call(3));
    course.set(course.steps[1] as Step, left);
    const { start, blocked } = course.next(10);
    expect(start.map((step) => step.call)).toEqual([callId(3)]);
    expect(blocked).toMatchObject([{ step: { call: callId(1) }, by: callId(2) }]);
  });

  test('takes a creation back once nothing at its tool is open any more', () => {
    const created = call(2, { action: 'crm.contact.create' });
    const course = courseOf(call(1), created, call(3), call(4, { action: 'ads.budget.update' }));
    const steps = new Map(course.steps.map((step) => [step.call, step]));
    expect(started(course)).toEqual([4, 3, 1].map(callId));
    course.set(steps.get(callId(3)) as Step, restored);
    expect(started(course)).toContain(callId(2));
  });

  test('goes on where an earlier run of it ended', () => {
    const { steps } = planOf(ground([call(1), call(2), call(3)]));
    const known = new Map<string, StepState>([
      [callId(3), restored],
      [callId(2), { kind: 'under-way', lane: 'l', tries: 1 }],
    ]);
    const course = new Course(steps, known);
    expect(course.underWay.map((step) => step.call)).toEqual([callId(2)]);
    expect(started(course)).toEqual([callId(1)]);
    expect(course.ended).toBe(false);
  });

  test('ends, whatever comes of the steps, and starts each at most once', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const next = random(seed);
      const made = Array.from({ length: 30 }, (_, n) =>
        call(n, {
          about: next() < 0.5 ? { record: 'contact', id: String(Math.floor(next() * 3)) } : null,
          ...(next() < 0.2 && { action: 'crm.contact.create' }),
        }),
      );
      const course = courseOf(...made);
      const begun: string[] = [];
      for (let round = 0; !course.ended && round < 200; round += 1) {
        const { start, blocked } = course.next(4);
        for (const step of start) {
          begun.push(step.call);
          course.set(step, { kind: 'under-way', lane: 'l', tries: 1 });
        }
        for (const { step } of blocked) course.set(step, left);
        for (const step of course.underWay)
          if (next() < 0.7) course.set(step, next() < 0.8 ? restored : left);
      }
      expect(course.ended, `seed ${seed}`).toBe(true);
      expect(new Set(begun).size, `seed ${seed}`).toBe(begun.length);
      expect(course.steps.every(({ call: id }) => isFinal(course.state(id)))).toBe(true);
    }
  });
});
