import { describe, expect, test } from 'vitest';
import type { ProbedGuard } from '../../../shared/rpc.ts';
import { verdict } from '../../../workers/control/probe.ts';

const guard = (agent: string, found: ProbedGuard['found']): ProbedGuard => ({
  agent,
  found,
  milliseconds: 1,
});
const written = { ok: true, milliseconds: 1 };

describe('whether a stop would work now', () => {
  test('is yes with nobody to reach, and with guards reached, replaced or lapsed', () => {
    const guards = [guard('a', 'reached'), guard('b', 'replaced'), guard('c', 'lapsed')];
    expect(verdict(written, [])).toEqual({ canHalt: true, reasons: [] });
    expect(verdict(written, guards)).toEqual({ canHalt: true, reasons: [] });
  });

  test('is no when control cannot write, whoever is reached', () => {
    const { canHalt, reasons } = verdict({ ok: false, milliseconds: 2_000 }, [guard('a', 'reached')]);
    expect(canHalt).toBe(false);
    expect(reasons).toEqual([expect.stringContaining('could not write')]);
  });

  test('is no when a live guard is silent: named once, with what bounds the stop all the same', () => {
    const guards = [guard('a', 'silent'), guard('a', 'silent'), guard('b', 'reached')];
    const { canHalt, reasons } = verdict(written, guards);
    expect(canHalt).toBe(false);
    expect(reasons).toEqual([expect.stringMatching(/guard of a was not reached.*6000 ms/)]);
  });
});
