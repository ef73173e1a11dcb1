import { describe, expect, test } from 'vitest';
import type { DecisionSample, PolicyAnswer } from '../../../shared/cedar/sample.ts';
import { compare, differenceWords } from '../../../workers/control/rechecks.ts';
import { RecheckIntake } from '../../../workers/control/recheck-intake.ts';
import { checkWith } from '../../../workers/control/set-check.ts';

const allow: PolicyAnswer = { kind: 'allow', needs: 0, why: null, policies: ['granted-read'] };
const deny: PolicyAnswer = { kind: 'deny', needs: 0, why: 'forbidden', policies: ['below-its-ceiling'] };
const sample = (version: string, said = allow): DecisionSample => ({
  agent: 'lead-router',
  action: 'crm.company.read',
  version,
  request: '{"context":{"input":{"id":"a-secret"}}}',
  said,
});
const never = async (): Promise<null> => null;

describe('comparing samples with real Cedar', () => {
  test('counts what agrees and gives what differs, without a word of the input', async () => {
    const cedar = { recheck: async () => [allow, allow] };
    const told = await compare([sample('ps_a'), sample('ps_a', deny)], cedar, never);
    expect(told).toMatchObject({ agreed: 1, unanswered: 0, differences: [{ guard: deny, cedar: allow }] });
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(differenceWords(told.differences[0]!)).toContain(
      'guard deny (forbidden) by below-its-ceiling; Cedar allow by granted-read',
    );
  });

  test('asks each under its own set, whose policies it sends once they are asked for', async () => {
    const asked: [string, boolean, number][] = [];
    const cedar = {
      recheck: async (version: string, policies: unknown, samples: DecisionSample[]) => {
        asked.push([version, policies !== null, samples.length]);
        return policies === null && version === 'ps_b'
          ? ('send-policies' as const)
          : samples.map(() => allow);
      },
    };
    const told = await compare([sample('ps_a'), sample('ps_b'), sample('ps_a')], cedar, async () => []);
    expect(told).toMatchObject({ agreed: 3, unanswered: 0, differences: [] });
    expect(asked).toEqual([
      ['ps_a', false, 2],
      ['ps_b', false, 1],
      ['ps_b', true, 1],
    ]);
  });

  test('what cannot be asked is counted, and is no difference', async () => {
    const away = {
      recheck: async (): Promise<never> => {
        throw new Error('away');
      },
    };
    expect(await compare([sample('ps_a')], away, never)).toEqual({
      agreed: 0,
      unanswered: 1,
      differences: [],
    });
    const unknown = { recheck: async () => 'send-policies' as const };
    expect(await compare([sample('ps_a')], unknown, never)).toMatchObject({ unanswered: 1 });
    const unread = { recheck: async () => [null] };
    expect(await compare([sample('ps_a')], unread, never)).toMatchObject({ unanswered: 1 });
  });
});

describe('the intake', () => {
  const compared = async () => ({ agreed: 1, unanswered: 0, differences: [] });

  test('tells the authority sums, and a difference at once', async () => {
    const intake = new RecheckIntake();
    expect(await intake.take(compared(), 0, () => 10_000)).toMatchObject({ agreed: 1 });
    expect(await intake.take(compared(), 2, () => 11_000)).toBeNull();
    const difference = { agent: 'a', action: 'b', version: 'c', guard: allow, cedar: deny };
    const differs = Promise.resolve({ agreed: 0, unanswered: 0, differences: [difference] });
    expect(await intake.take(differs, 0, () => 11_500)).toMatchObject({
      agreed: 1,
      unsent: 2,
      differences: [difference],
    });
    expect(await intake.take(compared(), 0, () => 12_000)).toBeNull();
    expect(await intake.take(compared(), 0, () => 17_000)).toMatchObject({ agreed: 2, unsent: 0 });
  });

  test('takes no more than Cedar can bear', async () => {
    const intake = new RecheckIntake();
    expect(intake.room(1_000)).toBe(50);
    const slow = Promise.withResolvers<Awaited<ReturnType<typeof compared>>>();
    const taken = [1, 2, 3, 4].map(async () => intake.take(slow.promise, 0, () => 0));
    expect(intake.room(1)).toBe(0);
    slow.resolve(await compared());
    await Promise.all(taken);
    expect(intake.room(1)).toBe(1);
  });
});

describe('the check of a set before it is applied', () => {
  const set = {} as never;

  test('lets nothing past when real Cedar does not answer', async () => {
    const away = {
      check: async (): Promise<never> => {
        throw new Error('away');
      },
    };
    expect(await checkWith(away, set)).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('was not put in force'),
    });
  });

  test('tells all faults, or none', async () => {
    const errors = [{ pointer: '/policies/0', detail: 'x' }];
    expect(await checkWith({ check: async () => errors }, set)).toEqual({ code: 'invalid', errors });
    expect(await checkWith({ check: async () => [] }, set)).toBeNull();
  });
});
