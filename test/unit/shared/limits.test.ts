import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateHeaders, SlidingLog } from '../../../shared/limits.ts';

/** The most admissions that any window of `per` seconds holds. */
function worst(times: number[], per: number): number {
  return Math.max(
    0,
    ...times.map((start) => times.filter((time) => time >= start && time < start + per * 1000).length),
  );
}

describe('a sliding log', () => {
  test('never admits more than its limit in any window, whatever the arrivals', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 300 });
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        (gaps, max, per) => {
          const log = new SlidingLog({ max, per });
          const admitted: number[] = [];
          let now = 1_000_000;
          for (const gap of gaps) {
            now += gap;
            if (!log.check(now).ok) continue;
            log.admit(now);
            admitted.push(now);
          }
          expect(worst(admitted, per)).toBeLessThanOrEqual(max);
        },
      ),
    );
  });

  test('keeps the limit at the edge where a bucket would let twice as many through', () => {
    const log = new SlidingLog({ max: 100, per: 10 });
    const admit = (now: number): boolean => log.check(now).ok && (log.admit(now), true);
    const late = Array.from({ length: 150 }, () => admit(9_900)).filter(Boolean).length;
    const early = Array.from({ length: 150 }, () => admit(10_100)).filter(Boolean).length;
    expect([late, early]).toEqual([100, 0]);
    expect(admit(19_900)).toBe(true);
  });

  test('uses the room fully: the same rebuilt after a restart', () => {
    const before = [1_000, 1_500, 9_000];
    const log = new SlidingLog({ max: 4, per: 10 }, before);
    expect(log.check(10_000)).toMatchObject({ ok: true, remaining: 1 });
    expect(log.check(11_000)).toMatchObject({ ok: true, remaining: 2 });
  });

  test('says after how many seconds there is room', () => {
    const log = new SlidingLog({ max: 1, per: 10 });
    log.admit(0);
    const verdict = log.check(2_500);
    expect(verdict).toEqual({ ok: false, retryAfterSeconds: 8, resetSeconds: 8 });
    expect(rateHeaders({ max: 1, per: 10 }, verdict)).toEqual({
      'ratelimit-policy': '"rate";q=1;w=10',
      ratelimit: '"rate";r=0;t=8',
    });
    expect(log.check(2_500 + 8_000).ok).toBe(true);
  });

  test('admits nothing under a limit of none', () => {
    expect(new SlidingLog({ max: 0, per: 60 }).check(0)).toMatchObject({ ok: false, retryAfterSeconds: 60 });
  });

  test('a clock that steps back does not shorten the window', () => {
    const log = new SlidingLog({ max: 1, per: 10 });
    log.admit(100_000);
    expect(log.check(50_000).ok).toBe(false);
  });
});
