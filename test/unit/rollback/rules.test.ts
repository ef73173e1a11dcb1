import { describe, expect, test } from 'vitest';
import {
  approvalFault,
  forceFault,
  haltFault,
  mayApprove,
  mayOperate,
  runFault,
  type Standing,
} from '../../../workers/guard/rollback/rules.ts';
import { checkForce, checkOpen } from '../../../workers/guard/rollback/input.ts';

const plan = 'a'.repeat(64);
const other = 'b'.repeat(64);
const waits: Standing = {
  status: 'planned',
  digest: plan,
  needs: 2,
  authors: ['asker@example.com'],
  approvers: [],
  ending: false,
};
/** Nobody is known by two addresses. */
const nobody = { people: [], groups: {} };
const person = (email: string) => ({ email, roles: ['operator' as const], credential: 'c' });

describe('who may approve a plan', () => {
  test('is somebody who neither asked for it nor changed it, once, of exactly this plan', () => {
    expect(approvalFault(person('b@example.com'), plan, waits, nobody)).toBeNull();
    expect(approvalFault(person('Asker@Example.com '), plan, waits, nobody)?.code).toBe('forbidden');
    const given = { ...waits, approvers: ['b@example.com'] };
    expect(approvalFault(person('B@example.com'), plan, given, nobody)?.code).toBe('conflict');
    expect(approvalFault(person('b@example.com'), other, waits, nobody)?.code).toBe('conflict');
    for (const status of ['planning', 'running', 'halted', 'ended', 'failed'] as const)
      expect(approvalFault(person('b@example.com'), plan, { ...waits, status }, nobody)?.code).toBe(
        'conflict',
      );
  });

  test('is nobody who asked for it, or approved it, under another address', () => {
    const directory = {
      people: [
        { name: 'Ada', identities: ['asker@example.com', 'ada@example.com'] },
        { name: 'Bob', identities: ['b@example.com', 'bob@example.com'] },
      ],
      groups: {},
    };
    expect(approvalFault(person('ada@example.com'), plan, waits, directory)?.code).toBe('forbidden');
    const given = { ...waits, approvers: ['b@example.com'] };
    expect(approvalFault(person('bob@example.com'), plan, given, directory)?.code).toBe('conflict');
    // Approved before it was known who is who.
    const twice = { ...waits, approvers: ['b@example.com', 'bob@example.com'] };
    expect(runFault(plan, twice, nobody)).toBeNull();
    expect(runFault(plan, twice, directory)?.detail).toContain('one person more');
    const own = { ...waits, needs: 1 as const, approvers: ['ada@example.com'] };
    expect(runFault(plan, own, directory)?.detail).toContain('one person more');
  });

  test('is nobody who only reads', () => {
    expect([...mayApprove, ...mayOperate]).not.toContain('auditor');
    expect(mayOperate).not.toContain('approver');
  });
});

describe('a plan runs', () => {
  test('once as many different people approved it as its inverse actions need', () => {
    expect(runFault(plan, waits, nobody)?.detail).toContain('2 people more');
    expect(runFault(plan, { ...waits, approvers: ['b@x.com', 'B@x.com'] }, nobody)?.detail).toContain(
      'one person more',
    );
    expect(runFault(plan, { ...waits, approvers: ['b@x.com', 'c@x.com'] }, nobody)).toBeNull();
    expect(runFault(plan, { ...waits, needs: 0 }, nobody)).toBeNull();
    expect(runFault(plan, { ...waits, needs: 0, status: 'halted' }, nobody)).toBeNull();
    const forGood = { ...waits, needs: 0, status: 'halted', ending: true } as const;
    expect(runFault(plan, forGood, nobody)?.detail).toContain('for good');
  });

  test('not when it is another plan, or has ended', () => {
    expect(runFault(other, { ...waits, needs: 0 }, nobody)?.code).toBe('conflict');
    for (const status of ['planning', 'running', 'ended', 'failed'] as const)
      expect(runFault(plan, { ...waits, needs: 0, status }, nobody)?.code).toBe('conflict');
  });
});

test('only what has not ended can be halted, and only what waits can be forced', () => {
  expect(haltFault({ status: 'running' })).toBeNull();
  expect(haltFault({ status: 'ended' })?.code).toBe('conflict');
  expect(forceFault(plan, waits)).toBeNull();
  expect(forceFault(other, waits)?.code).toBe('conflict');
  expect(forceFault(plan, { ...waits, status: 'running' })?.code).toBe('conflict');
});

test('a selection names somebody or a time, and nothing unknown', () => {
  const open = (selection: object) => checkOpen({ selection, reason: 'x' });
  expect(open({ agent: 'lead-router' })).toMatchObject({ value: { selection: { agent: 'lead-router' } } });
  expect(open({ since: '2026-11-22T12:00:00Z' }).ok).toBe(true);
  for (const wrong of [
    {},
    { until: '2026-11-22T12:00:00Z' },
    { agent: '../x' },
    { agent: 'a-b', tool: 'crm' },
  ])
    expect(open(wrong).ok, JSON.stringify(wrong)).toBe(false);
  expect(checkForce({ digest: plan, reason: 'x', calls: ['call_1'] }).ok).toBe(false);
});
