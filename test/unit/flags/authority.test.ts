import { describe, expect, test } from 'vitest';
import {
  acknowledge,
  forming,
  grant,
  grantDuration,
  heldLeases,
  newAuthority,
  standing,
} from '../../../flags/authority.ts';
import { terms } from '../../../flags/terms.ts';

const { lease: L, margin: M } = terms;
const everybody = (): boolean => true;

/** An authority whose heartbeat was confirmed at `at`, with nothing unknown before it. */
function beating(at: number) {
  const authority = newAuthority(7, null, at);
  authority.heartbeat = at;
  return authority;
}

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

  test('gives nothing without a heartbeat, with one that is too old, or with one from the future', () => {
    expect(grant(newAuthority(7, null, 0), 'a', 'i', 1)).toBeNull();
    expect(grant(beating(0), 'a', 'i', L)).toBeNull();
    expect(grant(beating(10_000), 'a', 'i', 9_000)).toBeNull();
  });

  test('remembers the latest end that any answer to an incarnation promised', () => {
    const authority = beating(1_000);
    grant(authority, 'a', 'i', 1_000);
    authority.heartbeat = 900; // An older confirmed write makes the next grant shorter.
    grant(authority, 'a', 'i', 1_001);
    expect(heldLeases(authority, 1_001)).toEqual([{ agent: 'a', incarnation: 'i', until: 1_000 + L }]);
  });

  test('keeps no lease of dead incarnations, however many wake up', () => {
    const authority = beating(0);
    for (let n = 0; n < 1_000; n += 1) {
      authority.heartbeat = n * 10_000;
      grant(authority, 'a', `i${n}`, n * 10_000);
    }
    expect(authority.leases.get('a')?.size).toBe(1);
  });

  test('forgets leases only when the margin has passed, too', () => {
    const authority = beating(0);
    grant(authority, 'a', 'i', 0);
    expect(heldLeases(authority, L + M - 1)).toHaveLength(1);
    expect(heldLeases(authority, L + M)).toHaveLength(0);
  });
});

describe('confirming a stop', () => {
  test('is immediate when nobody holds a lease', () => {
    expect(standing(forming(beating(0), 100, everybody), 100).confirmed).toBe(true);
  });

  test('waits for every incarnation that held a lease, acks counting for that incarnation only', () => {
    const authority = beating(0);
    grant(authority, 'a', 'old', 0);
    grant(authority, 'a', 'new', 10);
    const stop = forming(authority, 20, everybody);
    acknowledge(stop, 'a', 'new');
    expect(standing(stop, 21)).toMatchObject({ confirmed: false, acked: 1, waiting: 1 });
    acknowledge(stop, 'a', 'old');
    expect(standing(stop, 22)).toMatchObject({ confirmed: true, acked: 2, lapsed: 0, waiting: 0 });
  });

  test('counts a silent incarnation as lapsed once its lease and the margin have passed, not before', () => {
    const authority = beating(0);
    grant(authority, 'a', 'i', 0);
    const stop = forming(authority, 20, everybody);
    expect(standing(stop, L + M - 1).confirmed).toBe(false);
    expect(standing(stop, L + M)).toMatchObject({ confirmed: true, lapsed: 1 });
  });

  test('leaves guards alone that it does not concern', () => {
    const authority = beating(0);
    grant(authority, 'a', 'i', 0);
    expect(
      standing(
        forming(authority, 20, (agent) => agent === 'b'),
        20,
      ).confirmed,
    ).toBe(true);
  });

  test('after a restart waits for leases that are no longer known, and never longer than L + M after the stop', () => {
    const authority = newAuthority(7, 9_500, 10_000);
    const stop = forming(authority, 10_100, everybody);
    expect(standing(stop, 9_500 + L + M - 1).confirmed).toBe(false);
    expect(standing(stop, 9_500 + L + M).confirmed).toBe(true);
  });

  test('after a restart long after the last heartbeat waits for nothing', () => {
    const authority = newAuthority(7, 1_000, 100_000);
    expect(standing(forming(authority, 100_001, everybody), 100_001).confirmed).toBe(true);
  });

  test('says by when it is confirmed without another message', () => {
    const authority = beating(0);
    grant(authority, 'a', 'i', 0);
    const stop = forming(authority, 20, everybody);
    const { confirmedBy } = standing(stop, 20);
    expect(standing(stop, confirmedBy - 1).confirmed).toBe(false);
    expect(standing(stop, confirmedBy).confirmed).toBe(true);
  });
});
