import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../../flags/targets.ts';
import type { Stop } from '../../../shared/rpc.ts';
import {
  ALONE_REASON_LENGTH,
  refusalProblem,
  ruleOnResume,
  SECOND_PERSON_MS,
  stillWaits,
  whatStays,
  type FirstOfTwo,
  type ResumeAsk,
} from '../../../workers/control/resume.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const ada = 'ada@acme.example';
const bob = 'bob@acme.example';

function stop(target: Target, over: Partial<Stop> = {}): Stop {
  const since = new Date(NOW - 60_000).toISOString();
  return { target, source: 'people', since, by: ada, reason: 'a test', held: false, ...over };
}

function asks(target: Target, over: Partial<ResumeAsk> = {}): ResumeAsk {
  return {
    target,
    reason: 'seen',
    alone: false,
    by: ada,
    askedAt: NOW,
    stoppedLast: null,
    directory: { people: [{ name: 'Ada', identities: [ada, 'root@acme.example'] }], groups: {} },
    now: NOW,
    ...over,
  };
}

/** The first of two people for these stops. */
function firstFor(stops: readonly Stop[], by = ada, now = NOW): FirstOfTwo {
  const ruling = ruleOnResume(asks('all', { by, now, askedAt: now }), stops, null);
  if (ruling.kind !== 'waits') throw new Error(`expected to wait, not ${ruling.kind}`);
  return ruling.first;
}

describe('one person', () => {
  test.each<Target>(['tool:crm', 'agent:lead-router', 'workflow:content', 'action:crm.contact.update'])(
    'resumes %s',
    (target) => {
      const stops = [stop(target), stop('tool:chat')];
      expect(ruleOnResume(asks(target), stops, null)).toEqual({
        kind: 'lifted',
        lifted: [stops[0]],
        people: [ada],
        alone: false,
      });
    },
  );

  test('does not resume what is not stopped, and learns what stops it all the same', () => {
    const ruling = ruleOnResume(asks('tool:crm'), [stop('all')], null);
    expect(ruling).toMatchObject({ kind: 'refused', why: { kind: 'not-stopped', by: [{ target: 'all' }] } });
    expect(refusalProblem('tool:crm', { kind: 'not-stopped', by: [stop('all')] }).detail).toMatch(
      /stopped by all/,
    );
    expect(refusalProblem('tool:crm', { kind: 'not-stopped', by: [] }).detail).toBe(
      'tool:crm is not stopped.',
    );
  });

  test('does not resume what its source still stops, and learns where to turn it on', () => {
    const held = stop('tool:crm', { source: 'unleash', held: true });
    const ruling = ruleOnResume(asks('tool:crm'), [held], null);
    expect(ruling).toEqual({ kind: 'refused', why: { kind: 'held', stops: [held] } });
    for (const source of ['unleash', 'embedded', 'break-glass'] as const) {
      expect(refusalProblem('tool:crm', { kind: 'held', stops: [{ ...held, source }] }).detail).toMatch(
        /then resume here/,
      );
    }
  });

  test('resumes a latched stop once it was turned on at its source', () => {
    const latched = stop('tool:crm', { source: 'unleash', held: false });
    expect(ruleOnResume(asks('tool:crm'), [latched], null)).toMatchObject({
      kind: 'lifted',
      lifted: [latched],
    });
  });

  test('lifts only what sources let go of', () => {
    const mine = stop('tool:crm');
    const held = stop('tool:crm', { source: 'break-glass', held: true });
    expect(ruleOnResume(asks('tool:crm'), [mine, held], null)).toMatchObject({
      kind: 'lifted',
      lifted: [mine],
    });
    expect(whatStays('tool:crm', [held])).toMatch(/Redis still names tool:crm/);
  });

  test('does not lift a stop that was made after the asking', () => {
    const newer = stop('tool:crm', { since: new Date(NOW + 1).toISOString() });
    const why = { kind: 'stopped-since' };
    expect(ruleOnResume(asks('tool:crm', { now: NOW + 5_000 }), [newer], null)).toEqual({
      kind: 'refused',
      why,
    });
    const garbled = stop('tool:crm', { since: 'never' });
    expect(ruleOnResume(asks('tool:crm'), [garbled], null)).toEqual({ kind: 'refused', why });
  });
});

describe('what stays in force', () => {
  test('is said: under a stop of all, resuming a tool changes nothing for its calls', () => {
    expect(whatStays('tool:crm', [stop('all')])).toBe(
      'Calls of tool:crm stay stopped by all: this resume changes nothing for them until that is resumed, too.',
    );
    expect(whatStays('tool:crm', [])).toBeNull();
  });
});

describe('all', () => {
  const stops = [stop('all')];

  test('waits for a second person for ten minutes', () => {
    expect(firstFor(stops)).toEqual({
      target: 'all',
      by: ada,
      reason: 'seen',
      at: '2026-11-22T12:00:00.000Z',
      until: '2026-11-22T12:10:00.000Z',
      saw: ['people 2026-11-22T11:59:00.000Z'],
    });
  });

  test('is lifted by two different people', () => {
    const first = firstFor(stops);
    expect(ruleOnResume(asks('all', { by: bob }), stops, first)).toEqual({
      kind: 'lifted',
      lifted: stops,
      people: [ada, bob],
      alone: false,
    });
  });

  test.each([ada, 'ADA@acme.example', ' Ada@Acme.Example ', 'root@acme.example'])(
    'is not lifted by one person twice, as %j',
    (by) => {
      const first = firstFor(stops);
      expect(ruleOnResume(asks('all', { by }), stops, first)).toEqual({
        kind: 'refused',
        why: { kind: 'same-person', first },
      });
    },
  );

  test('waits anew once the first has waited ten minutes', () => {
    const first = firstFor(stops);
    const late = NOW + SECOND_PERSON_MS;
    expect(ruleOnResume(asks('all', { by: bob, now: late - 1 }), stops, first).kind).toBe('lifted');
    const ruling = ruleOnResume(asks('all', { by: bob, now: late }), stops, first);
    expect(ruling).toMatchObject({ kind: 'waits', first: { by: bob } });
  });

  test('waits anew when it was stopped again, or by another source, after the first', () => {
    const first = firstFor(stops);
    const again = [stop('all', { since: new Date(NOW - 10).toISOString() })];
    const other = [...stops, stop('all', { source: 'unleash' })];
    for (const now of [again, other, []]) expect(stillWaits(first, now, NOW)).toBe(false);
    for (const now of [again, other]) {
      expect(ruleOnResume(asks('all', { by: bob }), now, first)).toMatchObject({
        kind: 'waits',
        first: { by: bob },
      });
    }
  });

  test('goes on waiting when one of its sources lets go, and then lifts that, too', () => {
    const held = stop('all', { source: 'unleash', held: true });
    const first = firstFor([...stops, held]);
    const now = [...stops, { ...held, held: false }];
    expect(ruleOnResume(asks('all', { by: bob }), now, first)).toMatchObject({ kind: 'lifted', lifted: now });
  });

  test('needs only one who says that they are alone, and why', () => {
    const reason = 'x'.repeat(ALONE_REASON_LENGTH);
    expect(ruleOnResume(asks('all', { alone: true, reason }), stops, null)).toMatchObject({
      kind: 'lifted',
      people: [ada],
      alone: true,
    });
    for (const short of ['', 'x'.repeat(ALONE_REASON_LENGTH - 1), ' '.repeat(40)]) {
      expect(ruleOnResume(asks('all', { alone: true, reason: short }), stops, null)).toEqual({
        kind: 'refused',
        why: { kind: 'reason-too-short' },
      });
    }
  });

  test('is not lifted alone while its source still stops it', () => {
    const held = [stop('all', { source: 'break-glass', held: true })];
    const alone = asks('all', { alone: true, reason: 'x'.repeat(40) });
    expect(ruleOnResume(alone, held, null)).toMatchObject({ kind: 'refused', why: { kind: 'held' } });
  });
});

test('whatever is asked, all is lifted only by two people who meant these stops in time, or by one who says so', () => {
  const people = fc.constantFrom(ada, bob, 'ADA@acme.example');
  const move = fc.oneof(
    fc.record({ ask: people, alone: fc.boolean(), reason: fc.constantFrom('x', 'x'.repeat(30)) }),
    fc.record({ stop: fc.constantFrom('people', 'unleash') }),
    fc.record({ wait: fc.integer({ min: 1, max: SECOND_PERSON_MS }) }),
  );
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
      let now = NOW;
      let stops: Stop[] = [];
      let first: FirstOfTwo | null = null;
      let lastStop = 0;
      const said: { by: string; at: number }[] = [];
      for (const made of moves) {
        now += 1;
        if ('wait' in made) now += made.wait;
        else if ('stop' in made) {
          const since = new Date(now).toISOString();
          stops = [...stops, stop('all', { source: made.stop as Stop['source'], since })];
          lastStop = now;
        } else {
          const ask = asks('all', {
            by: made.ask,
            alone: made.alone,
            reason: made.reason,
            now,
            askedAt: now,
          });
          const ruling = ruleOnResume(ask, stops, first);
          if (ruling.kind === 'lifted' && ruling.alone)
            expect(made).toMatchObject({ alone: true, reason: 'x'.repeat(30) });
          if (ruling.kind === 'lifted' && !ruling.alone) {
            const others = said.filter(
              ({ by, at }) =>
                by.toLowerCase() !== made.ask.toLowerCase() && at > lastStop && now - at < SECOND_PERSON_MS,
            );
            expect(others.length).toBeGreaterThan(0);
          }
          said.push({ by: made.ask, at: now });
          if (ruling.kind === 'waits') ({ first } = ruling);
          if (ruling.kind === 'lifted') [stops, first] = [[], null];
        }
      }
    }),
    { numRuns: 2000 },
  );
});
