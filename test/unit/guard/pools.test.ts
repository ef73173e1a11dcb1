import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Refusal, Rule } from '../../../shared/meters.ts';
import type { HoldWord, PoolApi, PoolAsk, PoolRules } from '../../../shared/rpc.ts';
import type { SharedLimits } from '../../../shared/shared-limits.ts';
import { usageOf, type Usage } from '../../../shared/usage.ts';
import type { PoolWords } from '../../../workers/guard/pool-words.ts';
import { Pools } from '../../../workers/guard/pools.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

vi.stubGlobal('scheduler', { wait: async (ms: number) => new Promise((done) => setTimeout(done, ms)) });

type Script = (asks: PoolAsk[]) => Promise<(Refusal | null)[]>;

/** A pool that does what it is told to and remembers what it was told. */
class ScriptedPool implements PoolApi {
  taken: { rules: PoolRules; asks: PoolAsk[] }[] = [];
  settled: { hold: string; word: HoldWord }[] = [];
  script: Script = async (asks) => asks.map(() => null);

  async take(_agent: string, rules: PoolRules, asks: PoolAsk[]): Promise<(Refusal | null)[]> {
    this.taken.push({ rules, asks });
    return this.script(asks);
  }

  async settle(words: { hold: string; word: HoldWord }[]): Promise<void> {
    this.settled.push(...words);
  }

  async view(): Promise<never[]> {
    return [];
  }
}

let workflow: ScriptedPool;
let vendor: ScriptedPool;
let pools: Pools;
beforeEach(() => {
  [workflow, vendor] = [new ScriptedPool(), new ScriptedPool()];
  const ctx = { waitUntil: () => undefined } as unknown as DurableObjectState;
  const named = { getByName: (name: string) => (name.startsWith('vendor:') ? vendor : workflow) };
  pools = new Pools('lead-router', ctx, named, { any: false } as PoolWords);
});

const shared: SharedLimits = {
  workflows: { 'lead-routing': { limits: [], budgets: [{ measure: 'records', max: 9, per: 'day' }] } },
  vendors: { crm: { max: 9, per: 10 } },
};
const at = { epoch: 3, workflow: 'lead-routing', shared };
const both = ['workflow:lead-routing', 'vendor:crm'];

function usage(action: string, mode: 'read' | 'propose' | 'execute'): Usage {
  return usageOf({ action: catalogue.get(action)!, mode, input: {} }, {});
}
const change = usage('crm.company.update', 'execute');

const rule: Rule = {
  kind: 'rate',
  measure: 'calls',
  currency: null,
  max: 9,
  per: 10,
  each: null,
  action: '*',
};
const refusal: Refusal = { of: 'vendor:crm', rule, asked: 1, left: 0, why: 'full', retryAfter: 4 };

describe('the pools that a call takes from', () => {
  test('are those with a limit that counts it: nothing else pays the way', () => {
    expect(pools.of(change, at)).toEqual(both);
    expect(pools.of(usage('crm.company.read', 'read'), at)).toEqual(['vendor:crm']);
    // A proposal changes no record.
    expect(pools.of(usage('crm.company.update', 'propose'), at)).toEqual(['vendor:crm']);
    expect(pools.of(usage('chat.message.post', 'execute'), at)).toEqual([]);
    expect(pools.of(change, { ...at, shared: undefined })).toEqual([]);
    expect(pools.of(change, { ...at, workflow: 'content' })).toEqual(['vendor:crm']);
  });
});

describe('taking', () => {
  test('from all of them gives the call two seconds from the asking', async () => {
    const before = Date.now();
    const hold = await pools.take('call_1', change, both, at);
    expect(hold).toMatchObject({ ok: true, value: { pools: both } });
    if (!hold.ok) throw new Error('refused');
    expect(hold.value.useBefore).toBeGreaterThanOrEqual(before + 2_000);
    expect(hold.value.useBefore).toBeLessThanOrEqual(Date.now() + 2_000);
    expect(workflow.taken[0]?.asks).toEqual([{ hold: hold.value.id, call: 'call_1', usage: change }]);
    expect(workflow.settled).toEqual([]);
  });

  test('is refused by one of them, and given back by the other', async () => {
    vendor.script = async (asks) => asks.map(() => refusal);
    expect(await pools.take('call_1', change, both, at)).toEqual({
      ok: false,
      denial: { kind: 'limited', refusal },
    });
    const held = workflow.taken[0]?.asks[0]?.hold;
    await vi.waitFor(() => expect(workflow.settled).toEqual([{ hold: held, word: 'released' }]));
    expect(vendor.settled).toEqual([]);
  });

  test.each<[string, Script]>([
    ['fails', () => Promise.reject(new Error('storage failed'))],
    ['is silent', () => new Promise(() => undefined)],
    ['answers less than it was asked', async () => []],
  ])('is denied when a pool %s, and what it may have given is given back', async (_, script) => {
    vendor.script = script;
    expect(await pools.take('call_1', change, both, at)).toEqual({
      ok: false,
      denial: { kind: 'pool-silent', pool: 'vendor:crm' },
    });
    await vi.waitFor(() =>
      expect([workflow.settled, vendor.settled].map(({ length }) => length)).toEqual([1, 1]),
    );
    expect(pools.open).toBe(0);
  });

  test('of calls that come while a message is under way goes in one next message, by the newest lease', async () => {
    const first = Promise.withResolvers<(Refusal | null)[]>();
    vendor.script = async () => first.promise;
    const alone = pools.take('call_0', change, ['vendor:crm'], at);
    const others = Array.from({ length: 5 }, async (_, n) =>
      pools.take(`call_${n + 1}`, change, ['vendor:crm'], { ...at, epoch: 4 + n }),
    );
    vendor.script = async (asks) => asks.map(({ call }) => (call === 'call_3' ? refusal : null));
    first.resolve([null]);
    expect((await alone).ok).toBe(true);
    expect((await Promise.all(others)).map(({ ok }) => ok)).toEqual([true, true, false, true, true]);
    expect(vendor.taken.map(({ asks, rules }) => [asks.length, rules.epoch])).toEqual([
      [1, 3],
      [5, 8],
    ]);
  });
});
