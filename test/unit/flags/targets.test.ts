import { describe, expect, test } from 'vitest';
import { covers, isTarget } from '../../../flags/targets.ts';

describe('targets', () => {
  const call = { agent: 'lead-router', workflow: 'lead-routing', tool: 'crm', action: 'crm.contact.update' };

  test.each(['all', 'agent:lead-router', 'workflow:lead-routing', 'tool:crm', 'action:crm.contact.update'])(
    '%s covers the call',
    (target) => {
      expect(isTarget(target) && covers(target, call)).toBe(true);
    },
  );

  test.each([
    'agent:lead',
    'agent:lead-router2',
    'workflow:content',
    'tool:cr',
    'tool:chat',
    'action:crm.contact.read',
  ])('%s does not', (target) => {
    expect(isTarget(target)).toBe(true);
    expect(isTarget(target) && covers(target, call)).toBe(false);
  });

  test.each([
    '',
    'ALL',
    'all ',
    'tool:',
    'tool:*',
    'agent:Ä',
    'action:crm',
    'everything',
    'tool:crm\n',
    `tool:${'a'.repeat(300)}`,
  ])('%j is no target', (text) => {
    expect(isTarget(text)).toBe(false);
  });
});
