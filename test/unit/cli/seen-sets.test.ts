import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overOf, sawApplied, seenSets } from '../../../bin/lib/seen-sets.ts';
import type { WaitingGovernance } from '../../../shared/rpc.ts';

let at: string;
beforeEach(() => void (at = mkdtempSync(join(tmpdir(), 'toolgate-seen-'))));
afterEach(() => rmSync(at, { recursive: true, force: true }));

const gate = 'http://127.0.0.1:8787';
const waits = {} as WaitingGovernance;

describe('what a checkout has seen', () => {
  test('is what it applied last, once that is in force, however it came to be', () => {
    expect(seenSets(at, gate)).toBeUndefined();
    sawApplied(at, gate, { version: 'ps_1', waits: null });
    expect(overOf(seenSets(at, gate), 'ps_1')).toBe('ps_1');
    sawApplied(at, gate, { version: 'ps_2', waits });
    expect(overOf(seenSets(at, gate), 'ps_1')).toBe('ps_1');
    // Approved by somebody else, elsewhere.
    expect(overOf(seenSets(at, gate), 'ps_2')).toBe('ps_2');
  });

  test('stays what it was when somebody else changed what is in force, so that the gate refuses', () => {
    sawApplied(at, gate, { version: 'ps_1', waits: null });
    expect(overOf(seenSets(at, gate), 'ps_other')).toBe('ps_1');
  });

  test('is nothing for another gate, and nothing is needed where nothing is in force', () => {
    sawApplied(at, gate, { version: 'ps_1', waits: null });
    expect(overOf(seenSets(at, 'https://gate.example'), 'ps_1')).toBeUndefined();
    expect(overOf(undefined, null)).toBeNull();
  });
});
