import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Image } from '../../shared/image.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, toolKit, vendorOf, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => kit.reset());

async function records(path: string): Promise<unknown> {
  return (await kit.simulator('GET', path)).json();
}

async function changed(vendor: string): Promise<number> {
  return (await kit.log(vendor)).filter(({ changed: one }) => one).length;
}

interface Trip {
  /** What is done, and by which action and input somebody else changes the same afterwards. */
  act: readonly [name: string, input: Record<string, unknown>];
  since: readonly [name: string, input: Record<string, unknown>];
  /** Where the simulator keeps what is changed. */
  at: string;
  /** Which field shows it. */
  field: string;
}

const campaign = { account: 'act_1010101010', campaign: '120210000000001' };
const adset = { ...campaign, campaign: '120210000000003', adset: '120310000000001' };
const euros = (dailyBudget: number) => ({ dailyBudget, currency: 'EUR' });

/** Each way to take something back at these tools. */
const trips: readonly Trip[] = [
  {
    act: ['ads.budget.update', { ...campaign, ...euros(7_500) }],
    since: ['ads.budget.update', { ...campaign, ...euros(9_000) }],
    at: 'meta/records/campaigns/120210000000001',
    field: 'dailyBudget',
  },
  {
    act: ['ads.adset.update', { ...adset, ...euros(1_500) }],
    since: ['ads.adset.update', { ...adset, ...euros(1_600) }],
    at: 'meta/records/adsets/120310000000001',
    field: 'dailyBudget',
  },
  {
    act: ['ads.campaign.pause', campaign],
    since: ['ads.campaign.resume', campaign],
    at: 'meta/records/campaigns/120210000000001',
    field: 'status',
  },
  {
    act: ['ads.adset.resume', { ...adset, adset: '120310000000002' }],
    since: ['ads.adset.pause', { ...adset, adset: '120310000000002' }],
    at: 'meta/records/adsets/120310000000002',
    field: 'status',
  },
];

/** A record without the fields that an undo may leave changed, wherever they stand in it. */
function without(leaves: readonly string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => without(leaves, item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !leaves.includes(name));
  return Object.fromEntries(kept.map(([name, item]) => [name, without(leaves, item)]));
}

describe.each(trips)('$act.0 at its vendor', ({ act: [name, input], since, at, field }) => {
  const done = action(name);
  const leaves = done.undo && 'action' in done.undo ? (done.undo.leaves ?? []) : [];

  async function acted(): Promise<UndoPlan & { images: { before: Image; after: Image } }> {
    const outcome = await kit.run(done, { input });
    if (outcome.kind !== 'succeeded' || !outcome.undo?.images) throw new Error(JSON.stringify(outcome));
    return { ...outcome.undo, images: outcome.undo.images };
  }

  test('is taken back while nobody changed it: what is there is what was there', async () => {
    const before = await records(at);
    const plan = await acted();
    expect(without(leaves, await records(at))).not.toEqual(without(leaves, before));
    const undoing = action(plan.action);
    expect(await kit.image(undoing, plan)).toEqual({ kind: 'image', image: plan.images.after });
    const undone = await kit.run(undoing, { input: plan.input, expected: plan.images.after });
    expect(undone).toMatchObject({ kind: 'succeeded' });
    expect(without(leaves, await records(at))).toEqual(without(leaves, before));
    expect(await kit.image(undoing, plan)).toEqual({ kind: 'image', image: plan.images.before });
  });

  test('is left alone where somebody changed it since, and the field is named', async () => {
    const plan = await acted();
    expect(await kit.run(action(since[0]), { input: since[1] })).toMatchObject({ kind: 'succeeded' });
    const [now, count] = [await records(at), await changed(vendorOf[done.tool] ?? '')];
    const undone = await kit.run(action(plan.action), { input: plan.input, expected: plan.images.after });
    expect(undone).toMatchObject({ kind: 'failed', reason: 'changed' });
    expect(undone.kind === 'failed' && undone.conflicts?.map((one) => one.field)).toContain(field);
    expect([await records(at), await changed(vendorOf[done.tool] ?? '')]).toEqual([now, count]);
  });
});
