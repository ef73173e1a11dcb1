import { describe, expect, test } from 'vitest';
import type { Target } from '../../../flags/targets.ts';
import type { Governance } from '../../../shared/governance.ts';
import { grantedAgents, unknownName } from '../../../workers/control/preview.ts';

const manifest = (agent: string, workflow: string, actions: string[]) => ({
  agent,
  workflow,
  grants: actions.map((action) => ({ action, mode: 'execute' })),
});

const governance = {
  contracts: { 'crm.contact.read': '', 'crm.contact.update': '', 'chat.message.post': '' },
  manifests: {
    router: manifest('router', 'leads', ['crm.contact.read', 'chat.message.post']),
    writer: manifest('writer', 'content', ['crm.contact.update']),
  },
} as unknown as Governance;

describe('the agents that a stop would hit are those with a grant that it covers', () => {
  test.each<[target: Target, agents: string[]]>([
    ['all', ['router', 'writer']],
    ['tool:crm', ['router', 'writer']],
    ['tool:chat', ['router']],
    ['action:crm.contact.update', ['writer']],
    ['workflow:leads', ['router']],
    ['agent:writer', ['writer']],
    ['tool:ads', []],
  ])('%s', (target, agents) => {
    expect(grantedAgents(target, governance)).toEqual(agents);
  });

  test('and none without a policy set', () => {
    expect(grantedAgents('all', null)).toEqual([]);
  });
});

describe('a name', () => {
  test.each<Target>(['all', 'tool:crm', 'agent:router', 'workflow:content', 'action:chat.message.post'])(
    'that is known raises no warning: %s',
    (target) => {
      expect(unknownName(target, governance)).toBeNull();
    },
  );

  test.each<[target: Target, warning: string]>([
    ['tool:crn', 'There is no such tool; tools are chat, crm.'],
    ['agent:crm', 'There is no such agent; agents are router, writer.'],
    ['workflow:router', 'There is no such workflow; workflows are content, leads.'],
    ['action:crm.contact.burn', 'There is no such action; actions are crm.contact.read, crm.contact.update.'],
    [
      'action:ads.campaign.pause',
      'There is no such action; actions are chat.message.post, crm.contact.read, crm.contact.update.',
    ],
  ])('that is not, does, with those that are: %s', (target, warning) => {
    expect(unknownName(target, governance)).toBe(warning);
  });

  test('cannot be checked without a policy set', () => {
    expect(unknownName('tool:crm', null)).toMatch(/No policy set/);
  });
});
