import { describe, expect, test } from 'vitest';
import { allSwitches, goesOnFor, switchKinds, switchesOf } from '../../../flags/switches.ts';
import { covers, isTarget } from '../../../flags/targets.ts';

const parts = {
  workflows: ['lead-routing', 'lead-routing'],
  agents: ['lead-router', 'content-writer'],
  tools: ['crm'],
  actions: ['crm.contact.update', 'crm.contact.read'],
};

describe('the table of switches', () => {
  test('names one switch for the gate and one for each thing behind it', () => {
    expect(allSwitches(parts).map(({ name, target }) => [name, target])).toEqual([
      ['gate.enabled', 'all'],
      ['workflow.lead-routing.enabled', 'workflow:lead-routing'],
      ['agent.content-writer.enabled', 'agent:content-writer'],
      ['agent.lead-router.enabled', 'agent:lead-router'],
      ['tool.crm.enabled', 'tool:crm'],
      ['action.crm.contact.read.enabled', 'action:crm.contact.read'],
      ['action.crm.contact.update.enabled', 'action:crm.contact.update'],
    ]);
  });

  test('says for each switch who owns it, what off means, and what silence means for each mode', () => {
    for (const found of allSwitches(parts)) {
      expect(isTarget(found.target)).toBe(true);
      expect(found.owner).not.toBe('');
      expect(found.off).toMatch(/^No call/);
      expect(found.silence.execute).toBeGreaterThan(0);
      expect(found.silence.execute).toBeLessThan(found.silence.propose);
      expect(found.silence.propose).toBeLessThanOrEqual(found.silence.read);
    }
  });

  test('has a switch on the way of a call for exactly the targets that cover it', () => {
    const call = { workflow: 'lead-routing', agent: 'lead-router', tool: 'crm', action: 'crm.contact.read' };
    const onItsWay = allSwitches(parts).filter(({ target }) => covers(target, call));
    expect(onItsWay.map(({ name }) => name)).toEqual(switchesOf(call));
  });
});

describe('a silent source', () => {
  const { execute, read } = switchKinds.gate.silence;

  test('closes execute at its stated age, to the millisecond, and reads later', () => {
    expect(goesOnFor(1_000, 1_000 + execute - 1)).toMatchObject({ execute: 1 });
    expect(goesOnFor(1_000, 1_000 + execute)).toMatchObject({ execute: 0, read: read - execute });
    expect(goesOnFor(1_000, 1_000 + read)).toEqual({ execute: 0, propose: 0, read: 0 });
  });

  test('that was never heard closes everything', () => {
    expect(goesOnFor(null, 5_000)).toEqual({ execute: 0, propose: 0, read: 0 });
  });

  test('opens nothing for longer when the clock stepped back', () => {
    expect(goesOnFor(1_000_000, 1_000)).toMatchObject({ execute, read });
  });
});
