import { describe, expect, test } from 'vitest';
import { planPush } from '../../../bin/lib/flags-push.ts';
import type { AdminFlag } from '../../../bin/lib/unleash-admin.ts';
import { allSwitches } from '../../../flags/switches.ts';

const switches = allSwitches({
  workflows: [],
  agents: ['lead-router'],
  tools: ['crm'],
  actions: [],
});

function flag(name: string, on: boolean, type = 'kill-switch'): AdminFlag {
  return { name, type, environments: [{ name: 'production', enabled: on }] };
}

describe('a push of flags to Unleash', () => {
  test('creates what is missing and touches nothing that is there', () => {
    const plan = planPush(
      switches,
      [flag('gate.enabled', true), flag('tool.crm.enabled', false)],
      'production',
    );
    expect(plan.create.map(({ name }) => name)).toEqual(['agent.lead-router.enabled']);
    expect(plan.there).toEqual([
      { name: 'gate.enabled', on: true },
      { name: 'tool.crm.enabled', on: false },
    ]);
    expect(plan.warnings).toEqual([
      expect.stringMatching(/^tool\.crm\.enabled is off in production and stays so/),
    ]);
  });

  test('looks at its own environment only', () => {
    expect(planPush(switches, [flag('gate.enabled', true)], 'staging').there).toEqual([
      { name: 'gate.enabled', on: false },
    ]);
  });

  test.each([
    [flag('kill-all', true, 'release'), /"kill-all" is ON in production and DOES NOTHING.*gate\.enabled off/],
    [flag('emergency_stop', false, 'release'), /"emergency_stop" DOES NOTHING/],
    [flag('tool.crn.enabled', true), /"tool\.crn\.enabled" is ON in production and DOES NOTHING/],
  ])('says aloud that a flag nothing reads does nothing: %j', (unread, warning) => {
    expect(planPush([], [unread], 'production').warnings).toEqual([expect.stringMatching(warning)]);
  });

  test("names other products' flags in one line", () => {
    const flags = [flag('new-checkout', true, 'release'), flag('dark-mode', false, 'release')];
    expect(planPush([], flags, 'production').warnings).toEqual([
      'Not read by the gate, and not meant for it by their names: new-checkout, dark-mode.',
    ]);
  });

  test('warns about a switch of another type, which Unleash would come to call stale', () => {
    const plan = planPush(switches, [flag('gate.enabled', true, 'release')], 'production');
    expect(plan.warnings).toEqual([expect.stringMatching(/gate\.enabled is of the type release/)]);
  });
});
