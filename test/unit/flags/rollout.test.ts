import { describe, expect, test } from 'vitest';
import { closedFor, differenceOf, killedBy, seenIn, stopsToChange } from '../../../flags/rollout.ts';
import { allSwitches } from '../../../flags/switches.ts';
import { parseFeatures, type Features } from '../../../flags/unleash.ts';

const switches = allSwitches({
  workflows: ['lead-routing'],
  agents: ['lead-router'],
  tools: ['crm'],
  actions: ['crm.contact.update'],
});
const every = new Set(switches.map(({ name }) => name));
const none = new Set<string>();
const holder = {
  agent: 'lead-router',
  workflow: 'lead-routing',
  environment: 'sandbox',
  grants: [{ action: 'crm.contact.update', mode: 'execute' as const }],
};
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** A document in which every switch is on, but for what is said of some. */
function features(differing: Record<string, object | null> = {}, segments: object[] = []): Features {
  const all = switches.flatMap(({ name }) => {
    const own = differing[name];
    return own === null ? [] : [{ name, enabled: true, strategies: [], ...own }];
  });
  const parsed = parseFeatures(JSON.stringify({ version: 2, features: all, segments }));
  if (!parsed) throw new Error('the document is not readable');
  return parsed;
}

function when(contextName: string, ...values: string[]): object {
  const constraints = [{ contextName, operator: 'IN', values, inverted: false }];
  return { strategies: [{ name: 'default', parameters: {}, constraints }] };
}

describe('a kill', () => {
  test('is a switch that is off or not there any more, and nothing else', () => {
    const found = killedBy(
      features({
        'tool.crm.enabled': { enabled: false },
        'agent.lead-router.enabled': null,
        'workflow.lead-routing.enabled': when('userId', 'nobody'),
      }),
      switches,
      every,
    );
    expect(found.map(({ switch: { target }, why }) => [target, why])).toEqual([
      ['agent:lead-router', 'missing'],
      ['tool:crm', 'off'],
    ]);
  });

  test('is every switch of a document that knows none of them, from a source that had them', () => {
    const empty = parseFeatures('{"features":[]}');
    expect(empty && killedBy(empty, switches, every)).toHaveLength(switches.length);
  });

  test('is a switch that is off at first sight, since somebody had turned it on', () => {
    const off = features({ 'tool.crm.enabled': { ...when('mode', 'read'), enabled: false } });
    expect(killedBy(off, switches, none).map(({ why }) => why)).toEqual(['off']);
  });
});

describe('a switch that its source has never had', () => {
  const newborn = { enabled: false, strategies: [] };
  test.each([
    ['is not there', null, 'never-seen'],
    ['was made and not turned on yet', newborn, 'never-on'],
  ])('because it %s is no kill, and closes every mode', (_, differing, why) => {
    const document = features({ 'tool.crm.enabled': differing });
    const seen = new Set(seenIn(document, switches));
    expect(seen.has('tool.crm.enabled')).toBe(false);
    expect(killedBy(document, switches, seen)).toEqual([]);
    expect(closedFor(document, seen, holder, NOW)).toEqual([
      {
        switch: 'tool.crm.enabled',
        why,
        action: 'crm.contact.update',
        modes: ['read', 'propose', 'execute'],
      },
    ]);
  });

  test('is a kill in the same documents once it was on', () => {
    const seen = new Set(seenIn(features(), switches));
    for (const differing of [null, newborn]) {
      const document = features({ 'tool.crm.enabled': differing });
      expect(killedBy(document, switches, seen).map(({ switch: { target } }) => target)).toEqual([
        'tool:crm',
      ]);
    }
  });
});

describe('a rollout', () => {
  test('closes nothing while every switch is on', () => {
    expect(closedFor(features(), every, holder, NOW)).toEqual([]);
  });

  test.each([
    ['the agent', when('userId', 'content-writer'), ['read', 'propose', 'execute']],
    ['the workflow', when('workflow', 'content'), ['read', 'propose', 'execute']],
    ['the environment', when('environment', 'production'), ['read', 'propose', 'execute']],
    ['the tool', when('tool', 'chat'), ['read', 'propose', 'execute']],
    ['the action', when('action', 'crm.contact.read'), ['read', 'propose', 'execute']],
    ['the mode', when('mode', 'read', 'propose'), ['execute']],
  ])('is evaluated by %s', (_, differing, modes) => {
    expect(closedFor(features({ 'tool.crm.enabled': differing }), every, holder, NOW)).toEqual([
      { switch: 'tool.crm.enabled', why: 'on', action: 'crm.contact.update', modes },
    ]);
  });

  test('closes what it says no to for that agent only', () => {
    const document = features({ 'gate.enabled': when('userId', 'lead-router') });
    expect(closedFor(document, every, holder, NOW)).toEqual([]);
    expect(closedFor(document, every, { ...holder, agent: 'other' }, NOW).length).toBeGreaterThan(0);
  });

  test('of ten per cent opens to about a tenth of the agents, and always to the same ones', () => {
    const parameters = { rollout: '10', stickiness: 'default', groupId: 'tool.crm.enabled' };
    const document = features({
      'tool.crm.enabled': { strategies: [{ name: 'flexibleRollout', parameters, constraints: [] }] },
    });
    const open = (): string[] =>
      Array.from({ length: 1_000 }, (_, n) => `agent-${n}`).filter(
        (agent) =>
          !closedFor(document, every, { ...holder, agent }, NOW).some(
            (item) => item.switch === 'tool.crm.enabled',
          ),
      );
    expect(open().length).toBeGreaterThan(60);
    expect(open().length).toBeLessThan(140);
    expect(open()).toEqual(open());
  });

  test('follows segments, and a segment that is not there closes', () => {
    const by = (segments: number[]): object => ({
      strategies: [{ name: 'default', parameters: {}, segments }],
    });
    const constraints = [{ contextName: 'userId', operator: 'IN', values: ['lead-router'] }];
    const known = features({ 'tool.crm.enabled': by([7]) }, [{ id: 7, constraints }]);
    expect(closedFor(known, every, holder, NOW)).toEqual([]);
    expect(closedFor(features({ 'tool.crm.enabled': by([8]) }), every, holder, NOW)).toHaveLength(1);
  });

  test('follows the clock, and says that it does', () => {
    const constraints = [
      { contextName: 'currentTime', operator: 'DATE_AFTER', value: '2026-11-22T12:00:00Z' },
    ];
    const document = features({
      'tool.crm.enabled': { strategies: [{ name: 'default', parameters: {}, constraints }] },
    });
    expect(document.timed).toBe(true);
    expect(features().timed).toBe(false);
    expect(closedFor(document, every, holder, NOW - 1)).toHaveLength(1);
    expect(closedFor(document, every, holder, NOW + 1)).toEqual([]);
  });

  test.each([
    ['a strategy that nobody here knows', { strategies: [{ name: 'moonPhase' }] }],
    [
      'an operator that nobody here knows',
      { strategies: [{ name: 'default', constraints: [{ contextName: 'userId', operator: 'ALMOST' }] }] },
    ],
    [
      'parameters that no strategy can read',
      { strategies: [{ name: 'remoteAddress', parameters: { IPs: 5 } }] },
    ],
    ['a parent that is not there', { dependencies: [{ feature: 'not-there' }] }],
  ])('closes on %s', (_, differing) => {
    expect(closedFor(features({ 'tool.crm.enabled': differing }), every, holder, NOW)).toHaveLength(1);
  });

  test('is told as what got narrower and what wider', () => {
    const before = closedFor(features({ 'tool.crm.enabled': when('mode', 'read') }), every, holder, NOW);
    const after = closedFor(features({ 'tool.crm.enabled': when('mode', 'propose') }), every, holder, NOW);
    const [was, is] = [before, after].map((closed) => new Map([['lead-router', closed]]));
    expect(differenceOf(was!, is!, new Set())).toEqual({
      narrower: ['tool.crm.enabled lead-router crm.contact.update:read'],
      wider: ['tool.crm.enabled lead-router crm.contact.update:propose'],
    });
    expect(differenceOf(was!, is!, new Set(['tool.crm.enabled']))).toEqual({ narrower: [], wider: [] });
  });
});

describe("a source's stops", () => {
  const wanted = [{ target: 'tool:crm' as const, reason: 'off' }];

  test('begin when it asks, once', () => {
    expect(stopsToChange(wanted, [])).toEqual({ latch: wanted, release: [] });
    expect(stopsToChange(wanted, [{ target: 'tool:crm', held: true }])).toEqual({ latch: [], release: [] });
  });

  test('become resumable when it no longer asks, and do not end', () => {
    expect(stopsToChange([], [{ target: 'tool:crm', held: true }])).toEqual({
      latch: [],
      release: ['tool:crm'],
    });
    expect(stopsToChange([], [{ target: 'tool:crm', held: false }])).toEqual({ latch: [], release: [] });
  });

  test('begin anew when it asks again before a person has resumed', () => {
    expect(stopsToChange(wanted, [{ target: 'tool:crm', held: false }])).toEqual({
      latch: wanted,
      release: [],
    });
  });
});

describe('a document', () => {
  test.each([
    ['no JSON', '<html>'],
    ['no features', '{"version":2}'],
    ['a flag that is neither on nor off', '{"features":[{"name":"gate.enabled","enabled":"true"}]}'],
    ['one flag twice', '{"features":[{"name":"a","enabled":true},{"name":"a","enabled":false}]}'],
    ['an array', '[]'],
  ])('is not read when it is %s', (_, text) => {
    expect(parseFeatures(text)).toBeUndefined();
  });
});
