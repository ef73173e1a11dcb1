import { describe, expect, test } from 'vitest';
import type { Target } from '../../../flags/targets.ts';
import type { InFlight } from '../../../shared/rpc.ts';
import { concerns, learned } from '../../../workers/control/receipts.ts';

const call: InFlight = {
  agent: 'lead-router',
  call: 'call_1',
  action: 'crm.contact.update',
  workflow: 'lead-routing',
  cancelled: 'no',
  ended: 'unknown',
};

test('a receipt lists so many calls that it can be stored, counts the rest, and still learns how those ended', () => {
  const more = { inFlight: 0, deferred: 0, operators: 0 };
  const calls = Array.from({ length: 2_100 }, (_, n) => ({ ...call, call: `call_${n}` }));
  const found = learned({ target: 'all', inFlight: [], more }, calls);
  expect(found.inFlight).toHaveLength(2_000);
  expect(found.more.inFlight).toBe(100);
  const ended = learned({ target: 'all', ...found }, [{ ...call, call: 'call_7', ended: 'succeeded' }]);
  expect(ended.inFlight.find(({ call: id }) => id === 'call_7')?.ended).toBe('succeeded');
  expect(ended.inFlight).toHaveLength(2_000);
});

describe('a call under way is concerned by a stop of', () => {
  test.each<[target: Target, concerned: boolean]>([
    ['all', true],
    ['tool:crm', true],
    ['tool:chat', false],
    ['action:crm.contact.update', true],
    ['action:crm.contact.read', false],
    ['agent:lead-router', true],
    ['agent:content-writer', false],
    ['workflow:lead-routing', true],
    ['workflow:content', false],
  ])('%s: %s', (target, concerned) => {
    expect(concerns(target, call)).toBe(concerned);
  });

  test('any workflow, when its own is not known any more, but not of another tool', () => {
    const lost = { ...call, workflow: null };
    expect(concerns('workflow:content', lost)).toBe(true);
    expect(concerns('tool:chat', lost)).toBe(false);
  });
});
