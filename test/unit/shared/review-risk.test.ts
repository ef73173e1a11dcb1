import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groups, sensitivities } from '../../../shared/contract.ts';
import { isAudited, RANKED, risk, type RiskyCall } from '../../../shared/review-risk.ts';

const harmless: RiskyCall = {
  mode: 'execute',
  groups: [],
  sensitivity: 'public',
  irreversible: false,
  usage: { spend: 0, recipients: 0, records: 0 },
  untrusted: false,
  confidence: 100,
};
const worst: RiskyCall = {
  mode: 'execute',
  groups: ['delete'],
  sensitivity: 'restricted',
  irreversible: true,
  usage: { spend: 10 ** 9, recipients: 0, records: 0 },
  untrusted: true,
  confidence: null,
};

describe('risk', () => {
  test.each<[string, Partial<RiskyCall>, number]>([
    ['nothing', {}, 0],
    ['what changes nothing', { ...worst, mode: 'read' }, 0],
    ['what is only proposed', { ...worst, mode: 'propose' }, 0],
    ['the worst there is', worst, 100],
    ['the heaviest of its groups, once', { groups: ['notify', 'refund', 'send'] }, 23],
    ['regulated data', { sensitivity: 'regulated' }, 17],
    ['irreversible', { irreversible: true }, 15],
    ['one recipient', { usage: { ...harmless.usage, recipients: 1 } }, 2],
    ['ten thousand recipients', { usage: { ...harmless.usage, recipients: 10_000 } }, 20],
    ['a hundred of money', { usage: { ...harmless.usage, spend: 10_000 } }, 13],
    ['untrusted text', { untrusted: true }, 12],
    ['of unknown origin: half', { untrusted: null }, 6],
    ['no confidence told', { confidence: null }, 8],
    ['confidence that is none', { confidence: 5_000 }, 0],
  ])('%s', (_, over, score) => expect(risk({ ...harmless, ...over })).toBe(score));

  test('is from 0 to 100, and more of anything is never less', () => {
    const call = fc.record({
      mode: fc.constant('execute' as const),
      groups: fc.subarray([...groups]),
      sensitivity: fc.constantFrom(...sensitivities),
      irreversible: fc.boolean(),
      usage: fc.record({ spend: fc.nat(), recipients: fc.nat(), records: fc.nat() }),
      untrusted: fc.constantFrom(true, false, null),
      confidence: fc.option(fc.integer({ min: 0, max: 100 })),
    });
    fc.assert(
      fc.property(call, fc.nat(), (one, more) => {
        const score = risk(one);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(
          risk({ ...one, irreversible: true, untrusted: true, confidence: null }),
        ).toBeGreaterThanOrEqual(score);
        expect(
          risk({ ...one, usage: { ...one.usage, spend: one.usage.spend + more } }),
        ).toBeGreaterThanOrEqual(score);
        expect(risk({ ...one, groups: [...groups] })).toBeGreaterThanOrEqual(score);
      }),
    );
  });
});

describe('which approved calls are audited', () => {
  test('all, none, and the first', () => {
    expect(isAudited(0, [50, 60], 100)).toBe(true);
    expect(isAudited(99, [50, 60], 0)).toBe(false);
    expect(isAudited(1, [], 20)).toBe(true);
    expect(isAudited(1, [], 0)).toBe(false);
  });

  test('the riskiest are, the least risky are not', () => {
    const earlier = Array.from({ length: 100 }, (_, n) => n);
    expect(isAudited(99.5, earlier, 20)).toBe(true);
    expect(isAudited(50, earlier, 20)).toBe(false);
  });

  test('about that share, whatever the scores are like, also when all are alike', () => {
    for (const base of [() => 50, (n: number) => n % 100, (n: number) => (n * n) % 37]) {
      let seed = 7;
      const fraction = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
      const scores: number[] = [];
      let audited = 0;
      for (let n = 0; n < 5_000; n += 1) {
        const score = base(n) + fraction();
        if (isAudited(score, scores, 20)) audited += 1;
        scores.push(score);
        if (scores.length > RANKED) scores.shift();
      }
      expect(audited / 5_000).toBeGreaterThan(0.15);
      expect(audited / 5_000).toBeLessThan(0.26);
    }
  });
});
