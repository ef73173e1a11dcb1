import { describe, expect, test } from 'vitest';
import { halt, type Halts } from '../../../workers/guard/steps/stopped.ts';

const call = { agent: 'lead-router', workflow: 'lead-routing', tool: 'crm', action: 'crm.contact.update' };
const open: Halts = { stops: [], closed: [], until: { read: 1_000, propose: 1_000, execute: 1_000 } };
const stop = { source: 'people' as const, since: 'then', by: 'x', reason: 'x', held: false };

describe('step 3', () => {
  test('lets a call through that nothing covers', () => {
    expect(halt(call, 'execute', open, 999)).toBeUndefined();
  });

  test('denies what a stop covers, first of all', () => {
    const closed = [
      { switch: 'gate.enabled', why: 'on' as const, action: call.action, modes: ['execute' as const] },
    ];
    const stops = [{ ...stop, target: 'tool:crm' as const }];
    expect(halt(call, 'execute', { ...open, stops, closed }, 5_000)).toMatchObject({
      kind: 'stopped',
      target: 'tool:crm',
    });
    const other = [{ ...stop, target: 'tool:chat' as const }];
    expect(halt(call, 'execute', { ...open, stops: other }, 0)).toBeUndefined();
  });

  test('denies the very action and mode that a flag closes, and no other', () => {
    const closed = [
      { switch: 'tool.crm.enabled', why: 'on' as const, action: call.action, modes: ['execute' as const] },
    ];
    const halts = { ...open, closed };
    expect(halt(call, 'execute', halts, 0)).toEqual({
      kind: 'switched-off',
      switch: 'tool.crm.enabled',
      why: 'on',
    });
    expect(halt(call, 'propose', halts, 0)).toBeUndefined();
    expect(halt({ ...call, action: 'crm.contact.read' }, 'execute', halts, 0)).toBeUndefined();
  });

  test('denies a mode from the moment that its source has been silent for too long', () => {
    const halts = { ...open, until: { ...open.until, execute: 500 } };
    expect(halt(call, 'execute', halts, 499)).toBeUndefined();
    expect(halt(call, 'execute', halts, 500)).toEqual({ kind: 'source-silent', mode: 'execute' });
    expect(halt(call, 'read', halts, 500)).toBeUndefined();
  });
});
