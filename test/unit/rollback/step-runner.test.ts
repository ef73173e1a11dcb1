import { describe, expect, test } from 'vitest';
import { planOf } from '../../../shared/rollback/plan.ts';
import type { Step } from '../../../shared/rollback/step.ts';
import type { FailureReason } from '../../../shared/outcome.ts';
import type { OperatorAct } from '../../../shared/rpc.ts';
import type { Look } from '../../../shared/taking-back.ts';
import { tryStep, type LaneOfStep, type Tried } from '../../../workers/guard/rollback/step-runner.ts';
import { call, free, ground, look } from './kit.ts';

const of = call(1);
const [undo] = planOf(ground([of])).steps as [Step];
const [forced] = planOf(ground([of], { forced: new Map([[of.call, 'f']]) })).steps as [Step];
const cancelWay = {
  kind: 'cancel' as const,
  action: 'chat.message.unschedule',
  until: '2026-11-23T12:00:00Z',
};
const [cancel] = planOf(ground([call(1, { way: cancelWay })])).steps as [Step];

function act(outcome: OperatorAct['outcome'], more: Partial<OperatorAct> = {}): OperatorAct {
  const at = '2026-11-22T12:00:00Z';
  return {
    kind: 'undo',
    call: 'lane-1',
    of: of.call,
    agent: of.agent,
    action: of.action,
    person: 'p',
    at,
    outcome,
    ...more,
  };
}

interface Script {
  looks?: Look['state'][];
  state?: OperatorAct | null;
  order?: Awaited<ReturnType<LaneOfStep['order']>>;
  needs?: 0 | 1 | 2;
}

/** A guard that answers as it is told, and notes what it was asked. */
function guard({ looks = ['as-left', 'as-before'], state = null, order, needs = 0 }: Script = {}) {
  const asked: string[] = [];
  const left = [...looks];
  const lane: LaneOfStep = {
    state: async () => {
      asked.push('state');
      return state;
    },
    examine: async () => {
      asked.push('examine');
      const next = left.shift() ?? 'unknown';
      return { look: look(of, { state: next }), inverse: { ...free, needs } };
    },
    order: async (_step, id) => {
      asked.push(`order ${id}`);
      return order ?? { ok: true, value: act('succeeded') };
    },
  };
  return { lane, asked };
}

const first = { lane: 'lane-1', tries: 0 };
const fresh = { resumed: false, approved: 0 };
const tried = async (script: Script, step = undo, how = fresh, at = first): Promise<[Tried, string[]]> => {
  const { lane, asked } = guard(script);
  return [await tryStep(lane, step, at, how), asked];
};

describe('one try of a step', () => {
  test('looks, orders once under its own id, and looks again', async () => {
    const [result, asked] = await tried({});
    expect(result).toEqual({ kind: 'done', state: { kind: 'restored', lane: 'lane-1', seen: 'as-before' } });
    expect(asked).toEqual(['examine', 'order lane-1', 'examine']);
  });

  test('orders nothing where it was ordered before a crash: it asks how far that is', async () => {
    const [result, asked] = await tried({ state: act('succeeded', { verified: true }) }, undo, {
      ...fresh,
      resumed: true,
    });
    expect(result).toMatchObject({ state: { kind: 'restored' } });
    expect(asked).toEqual(['state']);
    const [running, again] = await tried({ state: act('running') }, undo, { ...fresh, resumed: true });
    expect(running).toMatchObject({ kind: 'again', fresh: false });
    expect(again).toEqual(['state']);
  });

  test('orders nothing where the vendor holds something else, holds it already, or cannot be seen', async () => {
    for (const [state, expected] of [
      ['changed', { state: { kind: 'left', why: 'conflict' } }],
      ['as-before', { state: { kind: 'nothing', why: 'as-before' } }],
      ['unknown', { kind: 'again', fresh: false }],
    ] as const) {
      const [result, asked] = await tried({ looks: [state] });
      expect(result, state).toMatchObject(expected);
      expect(asked, state).toEqual(['examine']);
    }
    const [given] = await tried({ looks: ['unknown'] }, undo, fresh, { lane: 'lane-1', tries: 12 });
    expect(given).toMatchObject({ state: { kind: 'left', why: 'unseen' } });
  });

  test('orders what a person forces over the change that was seen', async () => {
    const [, asked] = await tried({ looks: ['changed', 'as-before'] }, forced);
    expect(asked).toContain('order lane-1');
  });

  test('orders nothing where policies ask for more people by now than approved it', async () => {
    const [result, asked] = await tried({ needs: 2 }, undo, { resumed: false, approved: 1 });
    expect(result).toMatchObject({ state: { kind: 'left', why: 'refused' } });
    expect(asked).toEqual(['examine']);
    const [enough] = await tried({ needs: 2 }, undo, { resumed: false, approved: 2 });
    expect(enough).toMatchObject({ state: { kind: 'restored' } });
  });

  test('takes a new id only where nothing was sent, and never where it is unclear', async () => {
    const outcome = async (name: OperatorAct['outcome'], tries = 0) =>
      (await tried({ order: { ok: true, value: act(name) } }, undo, fresh, { lane: 'lane-1', tries }))[0];
    expect(await outcome('lapsed')).toMatchObject({ kind: 'again', fresh: true });
    expect(await outcome('indeterminate')).toMatchObject({ kind: 'again', fresh: false });
    expect(await outcome('indeterminate', 12)).toMatchObject({ state: { kind: 'left', why: 'unclear' } });
    expect(await outcome('unknown')).toMatchObject({ state: { kind: 'left', why: 'unclear' } });
  });

  test('is tried again, under a new id and not for ever, where a limit of the vendor stood in the way', async () => {
    const outcome = async (why: FailureReason, tries = 0) =>
      (
        await tried({ order: { ok: true, value: act('failed', { why }) } }, undo, fresh, {
          lane: 'lane-1',
          tries,
        })
      )[0];
    for (const why of ['vendor-limited', 'unavailable'] as const)
      expect(await outcome(why)).toMatchObject({ kind: 'again', fresh: true });
    expect(await outcome('vendor-limited', 12)).toMatchObject({ state: { kind: 'left', why: 'refused' } });
    expect(await outcome('refused')).toMatchObject({ state: { kind: 'left', why: 'refused' } });
  });

  test('tells a change that came in between from a refusal', async () => {
    const order = { ok: true as const, value: act('failed') };
    const [changed] = await tried({ order, looks: ['as-left', 'changed'] });
    expect(changed).toMatchObject({ state: { kind: 'left', why: 'conflict' } });
    const [refused] = await tried({ order, looks: ['as-left', 'as-left'] });
    expect(refused).toMatchObject({ state: { kind: 'left', why: 'refused' } });
  });

  test('waits for a lease, and leaves what the guard refuses', async () => {
    const refusal = (code: 'no-lease' | 'changed-since' | 'not-found') => ({
      order: { ok: false as const, problem: { code } },
    });
    expect((await tried(refusal('no-lease')))[0]).toMatchObject({ kind: 'again', fresh: false });
    expect((await tried(refusal('changed-since')))[0]).toMatchObject({ state: { why: 'conflict' } });
    expect((await tried(refusal('not-found')))[0]).toMatchObject({ state: { why: 'refused' } });
  });

  test('of a cancellation compares nothing', async () => {
    const [result] = await tried({ looks: [] }, cancel);
    expect(result).toMatchObject({ kind: 'again' });
    const { lane } = guard();
    const blind: LaneOfStep = { ...lane, examine: async () => ({ look: null, inverse: free }) };
    expect(await tryStep(blind, cancel, first, fresh)).toMatchObject({
      state: { kind: 'restored', seen: null },
    });
  });
});
