import { describe, expect, test } from 'vitest';
import type { AgentEvidence, WaitingRaise } from '../../../shared/rpc.ts';
import {
  burn,
  evidenceSince,
  fallReasons,
  granted,
  lowered,
  MIN_PROPOSALS,
  MIN_SAMPLE,
  raised,
  RAISE_WAITS_MS,
  ruleOnRaise,
  shortfalls,
  startLevel,
  type RaiseAsk,
} from '../../../workers/control/autonomy.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const budget = { days: 30, overrides: 20, failures: 10, violations: 3 };

function evidence(found: Partial<AgentEvidence> = {}): AgentEvidence {
  const none = { proposals: MIN_PROPOSALS, executes: 0, failures: 0, decided: 0, rejected: 0, violations: 0 };
  return { agent: 'lead-router', since: new Date(now - 1_000).toISOString(), ...none, ...found };
}

describe('where an agent begins', () => {
  test.each([
    ['sandbox', 'execute'],
    ['staging', 'propose'],
    ['production', 'propose'],
    ['a name nobody knows', 'propose'],
  ])('in %s: %s', (environment, mode) => {
    expect(granted(startLevel('lead-router', environment))).toEqual({
      mode,
      why: 'start',
      since: null,
      executeSince: null,
    });
  });
});

describe('evidence counts', () => {
  test('for the days of the error budget', () => {
    const level = startLevel('lead-router', 'production');
    expect(evidenceSince(level, budget, now)).toBe('2026-10-23T12:00:00.000Z');
  });

  test('but only from the last change of the level on', () => {
    const level = lowered(startLevel('lead-router', 'production'), 'propose', 'fell', [], now - 5_000);
    expect(evidenceSince(level, budget, now)).toBe('2026-11-22T11:59:55.000Z');
  });
});

describe('an error budget', () => {
  test.each([
    [{ decided: 10, rejected: 2 }, []],
    [{ decided: 10, rejected: 3 }, ['overrides']],
    // A little more than 20 %: rounding must not forgive it.
    [{ decided: 1_000, rejected: 201 }, ['overrides']],
    [{ decided: MIN_SAMPLE - 1, rejected: MIN_SAMPLE - 1 }, []],
    [{ decided: MIN_SAMPLE, rejected: MIN_SAMPLE }, ['overrides']],
    [{ executes: 10, failures: 1 }, []],
    [{ executes: 10, failures: 2 }, ['failures']],
    [{ violations: 3 }, []],
    [{ violations: 4 }, ['violations']],
    [
      { decided: 10, rejected: 9, executes: 10, failures: 9, violations: 9 },
      ['overrides', 'failures', 'violations'],
    ],
  ] as const)('of %o burns %o', (found, burnt) => {
    const lines = burn(evidence(found), budget);
    expect(lines.filter((line) => line.burnt).map(({ of }) => of)).toEqual(burnt);
    const executing = startLevel('lead-router', 'sandbox');
    expect(fallReasons(executing, lines)).toHaveLength(burnt.length);
    expect(fallReasons(lowered(executing, 'propose', 'fell', [], now), lines)).toEqual([]);
  });
});

describe('what is missing before an agent executes', () => {
  test.each([
    ['nothing', evidence(), []],
    [
      'proposals',
      evidence({ proposals: MIN_PROPOSALS - 1 }),
      ['19 proposals since 2026-11-22T11:59:59.000Z, of 20 needed'],
    ],
    [
      'a clean record',
      evidence({ violations: 4 }),
      ['4 calls denied by policy, of 3 that its error budget allows'],
    ],
    ['any word of the audit log', null, ['the audit log did not answer, so there is no evidence']],
  ])('%s', (_, found, missing) => {
    expect(shortfalls(found, budget)).toEqual(missing);
  });
});

describe('a raise', () => {
  const base: RaiseAsk = {
    level: startLevel('lead-router', 'production'),
    to: 'execute',
    by: 'ada@acme.example',
    reason: 'its proposals were right',
    basis: 'b1',
    highest: 'execute',
    failing: [],
    missing: [],
    environment: 'production',
    directory: {
      people: [{ name: 'Bob', identities: ['bob@acme.example', 'root@acme.example'] }],
      groups: {},
    },
  };
  const first: WaitingRaise = {
    agent: 'lead-router',
    to: 'execute',
    by: 'bob@acme.example',
    reason: 'asked',
    at: new Date(now - 1_000).toISOString(),
    until: new Date(now + 1_000).toISOString(),
    basis: 'b1',
  };

  test.each<[string, Partial<RaiseAsk>, WaitingRaise | null, string]>([
    ['asked first', {}, null, 'waits'],
    ['asked by a second person', {}, first, 'raised'],
    ['asked twice by one person', { by: 'bob@acme.example' }, first, 'own'],
    ['asked twice by one person in capitals', { by: 'Bob@ACME.example ' }, first, 'own'],
    ['asked twice by one person with two addresses', { by: 'root@acme.example' }, first, 'own'],
    ['after the first one waited too long', {}, { ...first, until: new Date(now).toISOString() }, 'waits'],
    ['after what it is for changed', { basis: 'b2' }, first, 'waits'],
    ['to another mode than was asked first', {}, { ...first, to: 'propose' }, 'waits'],
    ['while a check fails', { failing: ['kill-switch fail'] }, first, 'locked'],
    ['while evidence is missing', { missing: ['no evidence'] }, first, 'locked'],
    ['above what is granted', { highest: 'propose' }, first, 'not-granted'],
    ['to what it may do', { to: 'propose' }, first, 'no-raise'],
    ['to less than it may do', { to: 'read' }, first, 'no-raise'],
    [
      'in the sandbox, where nothing is locked',
      {
        environment: 'sandbox',
        level: lowered(startLevel('lead-router', 'sandbox'), 'propose', 'lowered', [], now),
        failing: ['kill-switch fail'],
        missing: ['no evidence'],
      },
      first,
      'raised',
    ],
    [
      'in the sandbox by one person',
      {
        environment: 'sandbox',
        level: lowered(startLevel('lead-router', 'sandbox'), 'propose', 'lowered', [], now),
        by: 'bob@acme.example',
      },
      first,
      'own',
    ],
    [
      'from reading to proposing, which needs no launch',
      { level: lowered(base.level, 'read', 'lowered', [], now), to: 'propose', failing: ['x'] },
      { ...first, to: 'propose' },
      'raised',
    ],
  ])('%s', (_, change, waiting, kind) => {
    expect(ruleOnRaise({ ...base, ...change }, waiting, now).kind).toBe(kind);
  });

  test('waits for a day', () => {
    const ruling = ruleOnRaise(base, null, now);
    expect(ruling.kind === 'waits' && Date.parse(ruling.first.until) - now).toBe(RAISE_WAITS_MS);
  });

  test('is bound to what it was for, and remembers the first launch', () => {
    const level = raised(base.level, 'ada@acme.example', first, 'production', now);
    expect(level).toMatchObject({ mode: 'execute', basis: 'b1', executeSince: now });
    expect(level.by).toEqual(['bob@acme.example', 'ada@acme.example']);
    const fallen = lowered(level, 'propose', 'fell', [], now + 5);
    expect(fallen).toMatchObject({ mode: 'propose', basis: null, executeSince: now });
    expect(raised(fallen, 'ada@acme.example', first, 'production', now + 9).executeSince).toBe(now);
    expect(raised(base.level, 'ada@acme.example', first, 'sandbox', now).basis).toBeNull();
  });
});
