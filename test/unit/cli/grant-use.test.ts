import { describe, expect, test } from 'vitest';
import { grantedSince, type InForce } from '../../../bin/lib/granted-since.ts';
import { idleGrants, noteUse, type Uses } from '../../../bin/lib/grant-use.ts';
import type { EntryData } from '../../../shared/journal.ts';
import type { Manifest } from '../../../shared/manifest.ts';

const manifest = {
  agent: 'one',
  grants: [
    { action: 'crm.contact.read', mode: 'read' },
    { action: 'crm.contact.update', mode: 'execute' },
  ],
} as Manifest;

function idle(entries: EntryData[]): unknown[] {
  const uses: Uses = new Map();
  for (const data of entries) noteUse(uses, { data });
  return idleGrants([manifest], uses).map(({ action, used }) => [action, used]);
}

const read = { agent: 'one', action: 'crm.contact.read', mode: 'read' };
const execute = { agent: 'one', action: 'crm.contact.update', mode: 'execute' };

describe('a grant is listed', () => {
  test('when nobody used it', () => {
    expect(idle([])).toEqual([
      ['crm.contact.read', null],
      ['crm.contact.update', null],
    ]);
  });

  test('when it was used in no mode as high as it allows', () => {
    expect(idle([read, { ...execute, mode: 'propose' }])).toEqual([['crm.contact.update', 'propose']]);
  });

  test('when only another agent used it, or an operator in its name', () => {
    expect(idle([read, { ...execute, agent: 'two' }, { ...execute, operator: { kind: 'undo' } }])).toEqual([
      ['crm.contact.update', null],
    ]);
  });
});

test('a grant is not listed once it was used as far as it goes, whatever came before or after', () => {
  expect(idle([read, { ...execute, mode: 'propose' }, execute, { ...execute, mode: 'propose' }])).toEqual([]);
});

describe('a grant is there since', () => {
  const version = (at: string, mode: string | null): InForce => ({
    manifest:
      mode === null ? null : ({ grants: [{ action: 'crm.contact.update', mode }] } as unknown as Manifest),
    record: { at },
  });
  const since = (...versions: InForce[]) => grantedSince(versions, 'crm.contact.update', 'execute');

  test('the oldest version that has it without a break', () => {
    expect(since(version('3', 'execute'), version('2', 'execute'), version('1', 'propose'))).toBe('2');
    expect(since(version('3', 'execute'), version('2', null), version('1', 'execute'))).toBe('3');
    expect(since(version('3', 'execute'), version('2', 'execute'))).toBe('2');
  });

  test('nobody knows when, where it is not in force or nothing is told', () => {
    expect(since(version('3', 'propose'), version('2', 'execute'))).toBeNull();
    expect(since()).toBeNull();
  });
});
