import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../shared/crypto.ts';
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
  {
    act: ['cms.post.update', { post: 112, title: 'What they say', excerpt: 'Short.' }],
    since: ['cms.post.update', { post: 112, excerpt: 'Shorter.' }],
    at: 'wordpress/records/posts/112',
    field: 'excerpt',
  },
  {
    // To the byte: emoji, line ends of Windows, spaces at the end.
    act: ['cms.post.revise', { post: 110, title: 'News', content: '<p>New.</p>', excerpt: '' }],
    since: ['cms.post.revise', { post: 110, content: '<p>Newer.</p>' }],
    at: 'wordpress/records/posts/110',
    field: 'content',
  },
  {
    act: ['cms.post.publish', { post: 101, version: versionOf(['Spring & more', '<p>Soon.</p>', '']) }],
    since: ['cms.post.revise', { post: 101, content: '<p>Now.</p>' }],
    at: 'wordpress/records/posts/101',
    field: 'version',
  },
  {
    // One that waits for a review goes back to waiting for it.
    act: ['cms.post.publish', { post: 102, version: versionOf(['春のお知らせ', '<p>もうすぐ。</p>', '']) }],
    since: ['cms.post.unpublish', { post: 102 }],
    at: 'wordpress/records/posts/102',
    field: 'status',
  },
  {
    act: ['cms.post.unpublish', { post: 103 }],
    since: ['cms.post.update', { post: 103, title: 'Hello all' }],
    at: 'wordpress/records/posts/103',
    field: 'version',
  },
  {
    act: ['cms.post.unpublish', { post: 104 }],
    since: ['cms.post.trash', { post: 104 }],
    at: 'wordpress/records/posts/104',
    field: 'status',
  },
  {
    act: ['cms.post.trash', { post: 102 }],
    since: ['cms.post.untrash', { post: 102 }],
    at: 'wordpress/records/posts/102',
    field: 'status',
  },
  {
    act: ['cms.post.untrash', { post: 107 }],
    since: ['cms.post.update', { post: 107, content: 'Mine now.' }],
    at: 'wordpress/records/posts/107',
    field: 'content',
  },
];

function versionOf(texts: [title: string, content: string, excerpt: string]): string {
  return sha256(JSON.stringify(texts));
}

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

/** What is created, and what somebody makes of it before its undo takes it away. */
interface Creation {
  act: readonly [name: string, input: Record<string, unknown>];
  since: readonly [name: string, input: (output: Record<string, unknown>) => Record<string, unknown>];
  /** Where the simulator keeps it. */
  at: (output: Record<string, unknown>) => string;
  /** What is there after the undo. */
  left: Record<string, unknown>;
  field: string;
}

const creations: readonly Creation[] = [
  {
    act: ['cms.post.draft', { title: 'New', content: '<p>New.</p>' }],
    since: ['cms.post.update', ({ post }) => ({ post, content: '<p>A person wrote on.</p>' })],
    at: ({ post }) => `wordpress/records/posts/${String(post)}`,
    left: { status: 'trash' },
    field: 'content',
  },
];

describe.each(creations)('what $act.0 made', ({ act: [name, input], since, at, left, field }) => {
  const done = action(name);

  test('is taken away while nobody wrote on in it', async () => {
    const { output, undo } = await created(done, input);
    const undone = await kit.run(action(undo.action), { input: undo.input, expected: undo.images.after });
    expect(undone).toMatchObject({ kind: 'succeeded' });
    expect(await records(at(output))).toMatchObject(left);
  });

  test('stays where somebody wrote on in it, and the field is named', async () => {
    const { output, undo } = await created(done, input);
    await kit.run(action(since[0]), { input: since[1](output) });
    const now = await records(at(output));
    const undone = await kit.run(action(undo.action), { input: undo.input, expected: undo.images.after });
    expect(undone).toMatchObject({ kind: 'failed', reason: 'changed', conflicts: [{ field }] });
    expect(await records(at(output))).toEqual(now);
  });
});

async function created(done: ReturnType<typeof action>, input: Record<string, unknown>) {
  const outcome = await kit.run(done, { input });
  if (outcome.kind !== 'succeeded' || !outcome.undo?.images) throw new Error(JSON.stringify(outcome));
  expect(outcome.undo.images.before).toBeNull();
  return { output: outcome.output, undo: { ...outcome.undo, images: outcome.undo.images } };
}
