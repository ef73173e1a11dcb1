import { describe, expect, test } from 'vitest';
import type { Target } from '../../../flags/targets.ts';
import type { InFlight } from '../../../shared/rpc.ts';
import { concerns } from '../../../workers/control/receipts.ts';

const call: InFlight = {
  agent: 'lead-router',
  call: 'call_1',
  action: 'crm.contact.update',
  workflow: 'lead-routing',
  cancelled: 'no',
  ended: 'unknown',
};

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
