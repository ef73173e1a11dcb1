import { describe, expect, test } from 'vitest';
import { planOf, takes } from '../../../shared/rollback/plan.ts';
import type { Plan, Step } from '../../../shared/rollback/step.ts';
import type { Takeable } from '../../../shared/taking-back.ts';
import { call, callId, free, ground, look, NOW, random } from './kit.ts';

const same = { record: 'contact', id: '7' };

function calls(plan: Plan): string[] {
  return plan.steps.map((step) => step.call);
}

function step(plan: Plan, n: number): Step {
  const found = plan.steps.find((one) => one.call === callId(n));
  if (!found) throw new Error(`no step of call ${n}`);
  return found;
}

describe('the order of a plan', () => {
  test('is the latest call first, whoever made it and however they arrive', () => {
    const made = [call(2, { agent: 'content-writer' }), call(1), call(3)];
    expect(calls(planOf(ground(made)))).toEqual([3, 2, 1].map(callId));
  });

  test('has what created a record after all else about it, even where a clock went wrong', () => {
    const created = call(5, { action: 'crm.contact.create', about: same });
    const updated = call(1, { about: same });
    const plan = planOf(ground([created, updated]));
    expect(calls(plan)).toEqual([1, 5].map(callId));
    expect(step(plan, 5)).toMatchObject({ after: callId(1), creates: true });
  });

  test('keeps records of two tools apart that are named alike', () => {
    const mail = call(2, { action: 'email.contact.update', about: same });
    const plan = planOf(ground([call(1, { about: same }), mail]));
    expect(plan.steps.map(({ after }) => after)).toEqual([null, null]);
  });
});

describe('what becomes of a call', () => {
  const fate = (of: Takeable, changed: Parameters<typeof ground>[1] = {}) =>
    planOf(ground([of], changed)).steps[0]?.fate;

  test('that was left as it was: it is taken back', () => {
    expect(fate(call(1))).toMatchObject({ kind: 'undo', action: 'crm.contact.update', forced: null });
  });

  test('that somebody has changed since: it is left, with the names of the fields and no value of them', () => {
    const of = call(1);
    const conflicts = [{ field: 'leadStatus', expected: 'NEW', found: 'OPEN' }];
    const looks = new Map([[of.call, look(of, { state: 'changed', conflicts })]]);
    const found = fate(of, { looks });
    expect(found).toMatchObject({ kind: 'left', why: 'conflict', instead: { kind: 'decide' } });
    expect(JSON.stringify(found)).not.toContain('OPEN');
    expect(fate(of, { looks, forced: new Map([[of.call, 'f']]) })).toMatchObject({
      kind: 'undo',
      forced: { found: 'f' },
    });
  });

  test('that nobody could look at: it is left, with or without a reason', () => {
    const of = call(1);
    const unknown = new Map([[of.call, look(of, { state: 'unknown', detail: 'no answer' })]]);
    expect(fate(of, { looks: unknown })).toMatchObject({ why: 'unseen', detail: 'no answer' });
    expect(fate(of, { looks: new Map() })).toMatchObject({ why: 'unseen' });
  });

  test('that is as before, was taken back, is unclear, irreversible or too long ago', () => {
    const of = call(1);
    expect(fate(of, { looks: new Map([[of.call, look(of, { state: 'as-before' })]]) })).toEqual({
      kind: 'nothing',
      why: 'as-before',
      by: null,
    });
    const back = { by: callId(9), at: '2026-11-22T11:00:00.000Z' };
    expect(fate(call(1, { takenBack: back }))).toMatchObject({ why: 'taken-back', by: callId(9) });
    expect(fate(call(1, { takenBack: { ...back, at: null } }))).toMatchObject({ why: 'unclear' });
    expect(fate(call(1, { outcome: 'indeterminate' }))).toMatchObject({
      why: 'indeterminate',
      instead: { kind: 'look-up' },
    });
    const none = { kind: 'none', why: 'gone', instead: null } as const;
    expect(fate(call(1, { way: none }))).toMatchObject({ why: 'no-way-back', detail: 'gone' });
    const until = new Date(NOW).toISOString();
    expect(fate(call(1, { way: { kind: 'undo', action: 'a.b.c', until } }))).toMatchObject({
      why: 'window-over',
    });
  });

  test('that sent something which cannot be called back: a draft of an apology, without any data', () => {
    const way = { kind: 'none', why: 'it is sent', instead: null } as const;
    const sent = call(1, { action: 'email.message.send', way });
    const found = planOf(ground([sent])).steps[0]?.fate;
    expect(found).toMatchObject({ kind: 'left', instead: { kind: 'apologise' } });
    expect(JSON.stringify(found)).toContain('Please disregard');
  });
});

describe('calls about one record', () => {
  const [first, second] = [call(1, { about: same }), call(2, { about: same })];
  const conflict = (field: string) => [{ field, expected: 1, found: 2 }];

  test('are all taken back, though the earlier one does not find what it left: the later one explains it', () => {
    const looks = new Map([
      [first.call, look(first, { state: 'changed', conflicts: conflict('phone') })],
      [second.call, look(second)],
    ]);
    expect(planOf(ground([first, second], { looks })).counts).toEqual({ takes: 2, nothing: 0, left: 0 });
  });

  test('are not, where the later one does not explain it', () => {
    const looks = new Map([
      [first.call, look(first, { state: 'changed', conflicts: conflict('company') })],
      [second.call, look(second)],
    ]);
    const plan = planOf(ground([first, second], { looks }));
    expect(step(plan, 1).fate).toMatchObject({ why: 'conflict' });
    expect(step(plan, 2).fate.kind).toBe('undo');
  });

  test('are not undone by looking right by chance: 1 to 2, then back to 1', () => {
    const looks = new Map([
      [first.call, look(first, { state: 'as-before' })],
      [second.call, look(second)],
    ]);
    expect(planOf(ground([first, second], { looks })).counts.takes).toBe(2);
  });

  test('block one another where a later one is left, and a person can force past it', () => {
    const stuck = { ...second, outcome: 'indeterminate' as const };
    expect(step(planOf(ground([first, stuck])), 1).fate).toMatchObject({ kind: 'left', why: 'blocked' });
    const forced = new Map([[first.call, null]]);
    expect(step(planOf(ground([first, stuck], { forced })), 1).fate).toMatchObject({
      kind: 'undo',
      forced: { found: null },
    });
  });

  test('do not block one another where the later one was taken back before', () => {
    const back = { ...second, takenBack: { by: callId(9), at: '2026-11-22T11:00:00.000Z' } };
    expect(step(planOf(ground([first, back])), 1).fate.kind).toBe('undo');
  });
});

describe('the people that a plan needs', () => {
  test('are as many as the inverse action needs that needs most, of those that run', () => {
    const [one, two] = [call(1), call(2, { outcome: 'indeterminate' })];
    const inverses = new Map([
      [one.call, { ...free, needs: 1 as const }],
      [two.call, { ...free, needs: 2 as const }],
    ]);
    expect(planOf(ground([one, two], { inverses })).needs).toBe(1);
  });

  test('are two where the policies were not asked', () => {
    const plan = planOf(ground([call(1)], { inverses: new Map() }));
    expect(plan).toMatchObject({ needs: 2 });
    expect(plan.steps[0]?.needsWhy).toBe('it could not be asked');
  });

  test('approve exactly this plan: whatever changes changes its digest', () => {
    const of = call(1);
    const base = planOf(ground([of])).digest;
    expect(planOf(ground([of])).digest).toBe(base);
    const others = [
      ground([of, call(2)]),
      ground([of], { looks: new Map([[of.call, look(of, { found: 'g' })]]) }),
      ground([of], { forced: new Map([[of.call, 'f']]) }),
      ground([of], { inverses: new Map([[of.call, { ...free, needs: 1 as const }]]) }),
    ];
    expect(new Set([base, ...others.map((one) => planOf(one).digest)]).size).toBe(5);
  });
});

/** A ground with chains, creations, clock faults, conflicts and what else goes wrong. */
function anything(seed: number): ReturnType<typeof ground> {
  const next = random(seed);
  const pick = <T>(...from: T[]): T => from[Math.floor(next() * from.length)] as T;
  const made = Array.from({ length: 40 }, (_, n) =>
    call(n, {
      agent: pick('a', 'b', 'c'),
      action: pick('crm.contact.update', 'crm.contact.create', 'email.message.send', 'ads.budget.update'),
      at: pick(new Date(NOW - Math.floor(next() * 1e6)).toISOString(), 'no time'),
      about: pick({ record: 'contact', id: pick('1', '2', '3') }, null),
      way: pick(call(n).way, call(n).way, { kind: 'none', why: 'gone', instead: null }),
      outcome: pick('succeeded', 'succeeded', 'indeterminate'),
      takenBack: pick(null, null, { by: 'x', at: null }, { by: 'x', at: new Date(NOW).toISOString() }),
    }),
  );
  const states = () => pick('as-left', 'changed', 'as-before', 'unknown') as 'as-left';
  return ground(made, {
    looks: new Map(made.map((of) => [of.call, look(of, { state: states() })])),
    forced: new Map(made.filter(() => next() < 0.1).map((of) => [of.call, 'f'])),
  });
}

describe('any plan', () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);

  test('holds every call once and no other', () => {
    for (const seed of seeds) {
      const base = anything(seed);
      expect(calls(planOf(base)).sort(), `seed ${seed}`).toEqual(base.calls.map((of) => of.call).sort());
      expect(planOf({ ...base, calls: [...base.calls, ...base.calls] }).steps).toHaveLength(
        base.calls.length,
      );
    }
  });

  test('is the same however the calls arrive', () => {
    for (const seed of seeds) {
      const base = anything(seed);
      const next = random(seed + 1);
      const shuffled = [...base.calls].map((of) => ({ of, at: next() })).sort((a, b) => a.at - b.at);
      expect(planOf({ ...base, calls: shuffled.map(({ of }) => of) })).toEqual(planOf(base));
    }
  });

  test('has no step before one that it depends on, and creations last of their record', () => {
    for (const seed of seeds) {
      const { steps } = planOf(anything(seed));
      const place = new Map(steps.map((one, n) => [one.call, n]));
      for (const [n, one] of steps.entries()) {
        if (one.after !== null) expect(place.get(one.after), `seed ${seed}`).toBeLessThan(n);
        const later = steps.slice(n + 1).filter(({ record }) => record !== null && record === one.record);
        if (one.creates)
          expect(
            later.every(({ creates }) => creates),
            `seed ${seed}`,
          ).toBe(true);
      }
    }
  });

  test('takes nothing back before a later call about the same record that is left, unless it is forced', () => {
    for (const seed of seeds) {
      const left = new Set<string>();
      for (const one of planOf(anything(seed)).steps) {
        const forced = 'forced' in one.fate && one.fate.forced !== null;
        if (takes(one) && !forced && one.record !== null)
          expect(left.has(one.record), `seed ${seed}`).toBe(false);
        if (one.fate.kind === 'left' && one.record !== null) left.add(one.record);
      }
    }
  });

  test('says of each step that runs how many people it needs, and needs the most of them', () => {
    for (const seed of seeds) {
      const plan = planOf(anything(seed));
      expect(plan.needs).toBe(Math.max(0, ...plan.steps.filter(takes).map(({ needs }) => needs)));
      const { takes: runs, nothing, left } = plan.counts;
      expect(runs + nothing + left).toBe(plan.steps.length);
    }
  });
});
