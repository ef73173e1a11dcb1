import { describe, expect, test } from 'vitest';
import { authorize, compilePolicy } from '../../../shared/cedar/evaluate.ts';
import type { PolicyJson } from '../../../shared/governance.ts';
import { fromJson } from '../../../shared/cedar/values.ts';
import { askCedar, type Case, type Finding } from './real-cedar.ts';
import { trapCase, traps } from './traps.ts';

function askOurs({ policies, request }: Case): Finding {
  const { determining, failed, decision } = authorize(
    Object.entries(policies).map(([id, json]) => compilePolicy(id, json)),
    request,
  );
  return { decision, determining, failed };
}

describe('traps, as real Cedar answers them', () => {
  test.each(traps)('%s', (_, expression, holds) => {
    const one = trapCase(expression);
    const ours = askOurs(one);
    expect(ours).toEqual(askCedar(one));
    expect(ours.failed).toEqual(holds === 'error' ? ['trap'] : []);
    expect(ours.decision).toBe(holds === false ? 'allow' : 'deny');
  });
});

describe('what is outside the subset denies', () => {
  const bodies: [string, unknown][] = [
    ['an extension function', { ip: [{ Value: '127.0.0.1' }] }],
    ['a tag', { hasTag: { left: { Var: 'principal' }, right: { Value: 'a' } } }],
    ['a slot', { Slot: '?principal' }],
    ['a null', { Value: null }],
    ['a fraction', { Value: 1.5 }],
    ['an integer that was rounded on its way', { Value: 2 ** 53 }],
    ['a name that objects inherit', { constructor: { left: { Value: 1 }, right: { Value: 1 } } }],
    ['two operators at once', { Value: true, Var: 'context' }],
    ['an unknown variable', { Var: 'secret' }],
    ['no object', 'true'],
  ];
  test.each(bodies)('%s', (_, body) => {
    const { policies, request } = trapCase('false');
    const odd = { ...policies['trap'], conditions: [{ kind: 'when', body }] } as PolicyJson;
    const ours = askOurs({ policies: { ...policies, trap: odd }, request });
    expect(ours).toEqual({ decision: 'deny', determining: ['all'], failed: ['trap'] });
  });

  test('a head or an effect that is not known', () => {
    const { policies, request } = trapCase('false');
    const heads = [
      { principal: { op: 'like' } },
      { action: { op: '==', slot: '?action' } },
      { effect: 'maybe' },
    ];
    for (const head of heads) {
      const odd = { ...policies['trap'], ...head } as PolicyJson;
      expect(askOurs({ policies: { ...policies, trap: odd }, request }).failed).toEqual(['trap']);
    }
  });
});

describe('inputs become Cedar values', () => {
  test('what Cedar has no type for is absent, also inside lists and objects', () => {
    const value = fromJson({ a: null, b: 1.5, c: 2 ** 53, d: [1, null, 'x'], e: { f: undefined, g: true } });
    expect(JSON.parse(JSON.stringify(value))).toEqual({ d: [1, 'x'], e: { g: true } });
  });

  test('data cannot pass for an entity or an extension value', () => {
    const value = fromJson(
      JSON.parse('{"x":{"__entity":{"type":"Agent","id":"a"}},"y":{"__extn":{"fn":"ip","arg":"::1"}}}'),
    );
    expect(JSON.stringify(value)).toBe('{"x":{},"y":{}}');
  });

  test('half a surrogate pair becomes what UTF-8 makes of it', () => {
    expect(fromJson('a\ud800b')).toBe('a\ufffdb');
  });
});
