import { describe, expect, test } from 'vitest';
import {
  authorityStep,
  grantDuration,
  heldLeases,
  newAuthority,
  nextLook,
  type Authority,
  type AuthorityEffect,
} from '../../../flags/authority.ts';
import { terms } from '../../../flags/terms.ts';

const { lease: L, margin: M, skew: E, look } = terms;

/** An authority whose heartbeat was confirmed at `at`, with nothing unknown before it. */
function beating(at: number): Authority {
  const authority = newAuthority({ epoch: 7, heartbeat: null }, at);
  authorityStep(authority, { kind: 'written', issued: at }, at);
  return authority;
}

function ask(authority: Authority, agent: string, incarnation: string, now: number): AuthorityEffect[] {
  return authorityStep(authority, { kind: 'ask', agent, incarnation, ref: 1 }, now);
}

function stop(authority: Authority, now: number, agent: string | null = null): AuthorityEffect[] {
  return authorityStep(authority, { kind: 'stop', receipt: 'r', agent }, now);
}

function ack(authority: Authority, agent: string, incarnation: string, epoch: number, now: number) {
  return authorityStep(authority, { kind: 'ack', agent, incarnation, epoch }, now);
}

/** Looks at the clock as control does, whose latest look was at `from`, until `until`; the effects with their times. */
function lookUntil(authority: Authority, from: number, until: number): [number, AuthorityEffect][] {
  const seen: [number, AuthorityEffect][] = [];
  let now = from;
  for (let looks = 0; looks < 100; looks += 1) {
    const next = nextLook(authority, now);
    if (next === null || next > until) return seen;
    const waited = Math.max(next, now + 1) - now;
    now += waited;
    for (const effect of authorityStep(authority, { kind: 'look', waited }, now)) seen.push([now, effect]);
  }
  return seen;
}

const confirmed = expect.objectContaining({ kind: 'confirmed', receipt: 'r' });

describe('the printed assumption', () => {
  test('skew and pause fit into the margin', () => {
    expect(terms.skew + terms.pause).toBeLessThanOrEqual(terms.margin);
  });
});

describe('granting', () => {
  test('lasts L less the age of the heartbeat', () => {
    expect(grantDuration(beating(1_000), 1_000)).toBe(L);
    expect(grantDuration(beating(1_000), 1_400)).toBe(L - 400);
  });

  test('waits for a heartbeat when there is none or it is due; askers share one write', () => {
    const authority = newAuthority({ epoch: 7, heartbeat: null }, 0);
    expect(ask(authority, 'a', 'i', 0)).toEqual([{ kind: 'write', issued: 0 }]);
    expect(authorityStep(authority, { kind: 'ask', agent: 'b', incarnation: 'j', ref: 2 }, 5)).toEqual([]);
    expect(authorityStep(authority, { kind: 'written', issued: 0 }, 10)).toEqual([
      { kind: 'grant', ref: 1, epoch: 7, duration: L - 10 },
      { kind: 'grant', ref: 2, epoch: 7, duration: L - 10 },
    ]);
  });

  test('is refused when the write fails, and the next ask tries again', () => {
    const authority = newAuthority({ epoch: 7, heartbeat: null }, 0);
    ask(authority, 'a', 'i', 0);
    expect(authorityStep(authority, { kind: 'unwritten', issued: 0 }, 10)).toEqual([
      { kind: 'refuse', ref: 1 },
    ]);
    expect(ask(authority, 'a', 'i', 20)).toEqual([{ kind: 'write', issued: 20 }]);
  });

  test('is refused when the write took a lease long: an instance that is cut off grants nothing', () => {
    const authority = newAuthority({ epoch: 7, heartbeat: null }, 0);
    ask(authority, 'a', 'i', 0);
    expect(authorityStep(authority, { kind: 'written', issued: 0 }, L)).toEqual([{ kind: 'refuse', ref: 1 }]);
    expect(heldLeases(authority, L)).toEqual([]);
  });

  test('gives nothing under a heartbeat from the future: the clock stepped back', () => {
    expect(grantDuration(beating(10_000), 9_000)).toBe(0);
  });

  test('goes on with the next heartbeat after the clock stepped back, however far', () => {
    const authority = beating(10_000_000);
    expect(ask(authority, 'a', 'i', 5_000)).toEqual([{ kind: 'write', issued: 5_000 }]);
    expect(authorityStep(authority, { kind: 'written', issued: 5_000 }, 5_000)).toEqual([
      { kind: 'grant', ref: 1, epoch: 7, duration: L },
    ]);
  });

  test('remembers the latest end that any answer to an incarnation promised', () => {
    const authority = beating(1_000);
    ask(authority, 'a', 'i', 1_000);
    ask(authority, 'a', 'i', 1_500); // Shorter: the heartbeat is older.
    expect(heldLeases(authority, 1_500)).toEqual([{ agent: 'a', incarnation: 'i', until: 1_000 + L }]);
  });

  test('keeps no lease of dead incarnations, however many wake up', () => {
    const authority = beating(0);
    for (let n = 1; n < 1_000; n += 1) {
      authorityStep(authority, { kind: 'look', waited: 900 }, n * 900);
      authorityStep(authority, { kind: 'written', issued: n * 900 }, n * 900);
      ask(authority, 'a', `i${n}`, n * 900);
    }
    expect(authority.leases.get('a')?.size).toBeLessThan(10);
  });

  test('holds leases until the margin has passed, too', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    expect(heldLeases(authority, L + M - 1)).toHaveLength(1);
    expect(heldLeases(authority, L + M)).toHaveLength(0);
  });
});

describe('a stop', () => {
  test('with nothing leased is confirmed at once', () => {
    expect(stop(beating(0), 0)).toEqual([confirmed]);
  });

  test('is pushed to every incarnation that may hold a lease, under a new epoch', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    ask(authority, 'a', 'j', 0);
    expect(stop(authority, 10)).toEqual([
      { kind: 'push', agent: 'a', incarnation: 'i', epoch: 8 },
      { kind: 'push', agent: 'a', incarnation: 'j', epoch: 8 },
    ]);
  });

  test('is confirmed when each incarnation has acked, and not by an ack of another one of the same agent', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    ask(authority, 'a', 'j', 0);
    stop(authority, 10);
    expect(ack(authority, 'a', 'i', 8, 20)).toEqual([]);
    expect(ack(authority, 'a', 'k', 8, 20)).toEqual([]);
    expect(ack(authority, 'a', 'j', 8, 30)).toEqual([confirmed]);
  });

  test('is not confirmed by an ack of an epoch before it', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    authorityStep(authority, { kind: 'change' }, 5);
    stop(authority, 10);
    expect(ack(authority, 'a', 'i', 8, 20)).toEqual([]);
    expect(ack(authority, 'a', 'i', 9, 20)).toEqual([confirmed]);
  });

  test('is confirmed by a later ack of a later epoch: the floor covers it', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    stop(authority, 10);
    authorityStep(authority, { kind: 'change' }, 15);
    expect(ack(authority, 'a', 'i', 9, 20)).toEqual([confirmed]);
  });

  test('does not count a grant after it as an ack', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    stop(authority, 10);
    const effects = ask(authority, 'a', 'i', 20);
    expect(effects).toEqual([expect.objectContaining({ kind: 'grant', epoch: 8 })]);
    expect(authority.forming.size).toBe(1);
  });

  test('without an answer is confirmed when the lease and the margin have passed, and not before', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    stop(authority, 10);
    expect(lookUntil(authority, 0, 2 * (L + M))).toEqual([[L + M, confirmed]]);
  });

  test('of one agent waits for that agent only', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    ask(authority, 'b', 'j', 0);
    stop(authority, 10, 'b');
    expect(ack(authority, 'b', 'j', 8, 20)).toEqual([confirmed]);
  });

  test('is confirmed at stopAt + L + M whatever fails', () => {
    const authority = beating(0);
    authority.fence = 1_000_000; // Nothing short of the outermost bound would confirm.
    stop(authority, 10);
    const [at] = lookUntil(authority, 0, 20_000)[0] ?? [];
    expect(at).toBe(10 + L + M);
  });
});

describe('a restart of control', () => {
  test('fences off the grants of the instance before it, by its heartbeat and the skew of the two clocks', () => {
    const authority = newAuthority({ epoch: 7, heartbeat: 900 }, 3_000);
    stop(authority, 3_000);
    const [at] = lookUntil(authority, 3_000, 20_000)[0] ?? [];
    expect(at).toBe(900 + E + L + M);
  });

  test('never waits longer than restart + L + M, whatever the heartbeat says', () => {
    expect(newAuthority({ epoch: 7, heartbeat: 90_000 }, 3_000).fence).toBe(3_000 + L + M);
  });

  test('confirms a stop of the instance before it by the clock alone, and by the skew of the two clocks later', () => {
    const forming = [{ receipt: 'r', epoch: 7, stopAt: 2_000 }];
    const authority = newAuthority({ epoch: 7, heartbeat: 1_900, forming }, 3_000);
    expect(ack(authority, 'a', 'i', 7, 3_001)).toEqual([]);
    expect(lookUntil(authority, 3_000, 20_000)).toEqual([[2_000 + E + L + M, confirmed]]);
  });
});

describe("control's clock", () => {
  /** From the grant to the confirmation, by a timer that no clock can hurry, when the clock steps after the grant. */
  function waitedWith(step: number, stopped: 'before the step' | 'after the step'): number {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    if (stopped === 'before the step') stop(authority, 0);
    else expect(stop(authority, step)).toEqual([expect.objectContaining({ kind: 'push', incarnation: 'i' })]);
    let passed = 0;
    while (passed < 10 * (L + M)) {
      const waited = Math.max(1, (nextLook(authority, passed + step) ?? 0) - (passed + step));
      passed += waited;
      const effects = authorityStep(authority, { kind: 'look', waited }, passed + step);
      if (effects.length > 0) return passed;
    }
    return Infinity;
  }

  // However small: M is used up by the skew of guard and tool and by the tool's pause.
  test.each([1, E, look, look + E, 60_000])('that steps forward by %i ms confirms nothing early', (step) => {
    expect(waitedWith(step, 'before the step')).toBeGreaterThanOrEqual(L + M);
    expect(waitedWith(step, 'after the step')).toBeGreaterThanOrEqual(L + M);
  });

  test('that steps forward keeps the bound, counted by timers', () => {
    expect(waitedWith(60_000, 'before the step')).toBeLessThanOrEqual(L + M + look);
  });

  test('is trusted no further than its timer: an ack of one guard is no look at the lease of another', () => {
    const authority = beating(0);
    ask(authority, 'a', 'i', 0);
    ask(authority, 'b', 'j', 0);
    stop(authority, 10);
    expect(ack(authority, 'a', 'i', 8, 60_000)).toEqual([]);
  });

  test('that steps back makes the stop wait, never hurry', () => {
    const authority = beating(10_000);
    ask(authority, 'a', 'i', 10_000);
    stop(authority, 10_010);
    expect(authorityStep(authority, { kind: 'look', waited: look }, 5_000)).toEqual([]);
    expect(lookUntil(authority, 5_000, 9_999)).toEqual([]);
  });

  test('that steps back before a stop confirms it no earlier', () => {
    const authority = beating(100_000);
    ask(authority, 'a', 'i', 100_000);
    expect(stop(authority, 30_000)).toEqual([expect.objectContaining({ kind: 'push', incarnation: 'i' })]);
    expect(lookUntil(authority, 30_000, 30_000 + L + M - 1)).toEqual([]);
  });

  test('need not be looked at once nothing is leased or forming', () => {
    const authority = beating(0);
    expect(nextLook(authority, 0)).toBeNull();
    ask(authority, 'a', 'i', 0);
    expect(nextLook(authority, 0)).toBe(look);
    lookUntil(authority, 0, 20_000);
    expect(nextLook(authority, 20_000)).toBeNull();
    // So a long sleep afterwards is no step of the clock.
    const { fence } = authority;
    authorityStep(authority, { kind: 'look', waited: look }, 9_000_000);
    expect(authority.fence).toBe(fence);
  });
});
