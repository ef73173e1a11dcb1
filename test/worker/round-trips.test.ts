import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../shared/crypto.ts';
import type { Image } from '../../shared/image.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, exampleOf, toolKit, vendorOf, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => {
  await kit.reset();
  // Resend takes five requests a second; what is tested here is not that.
  await kit.fault('resend', { fault: 'unlimited' });
});

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

const leave = '{{{RESEND_UNSUBSCRIBE_URL}}}';

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
  {
    // One that was written at Resend, with line ends of Windows and a space at its end.
    act: ['email.broadcast.update', { broadcast: mail('b007'), subject: 'New', html: `<p>New ${leave}</p>` }],
    since: ['email.broadcast.update', { broadcast: mail('b007'), subject: 'Newer' }],
    at: `resend/records/broadcasts/${mail('b007')}`,
    field: 'subject',
  },
  {
    act: ['email.broadcast.schedule', { broadcast: mail('b001'), segment: mail('a001'), sendAt: inDays(2) }],
    since: ['email.broadcast.cancel', { broadcast: mail('b001') }],
    at: `resend/records/broadcasts/${mail('b001')}`,
    field: 'status',
  },
  {
    act: ['support.conversation.tag', { conversation: '2003', tag: '90' }],
    since: ['support.conversation.untag', { conversation: '2003', tag: '90' }],
    at: 'intercom/records/conversations/2003',
    field: 'tag',
  },
  {
    act: ['support.conversation.untag', { conversation: '2003', tag: '86' }],
    since: ['support.conversation.tag', { conversation: '2003', tag: '86' }],
    at: 'intercom/records/conversations/2003',
    field: 'tag',
  },
  {
    act: ['support.conversation.assign', { conversation: '2005', to: 'team-8005' }],
    since: ['support.conversation.assign', { conversation: '2005', to: 'team-8002' }],
    at: 'intercom/records/conversations/2005',
    field: 'team',
  },
  {
    act: ['support.conversation.assign', { conversation: '2001', to: 'admin-7002' }],
    since: ['support.conversation.assign', { conversation: '2001', to: 'admin-0' }],
    at: 'intercom/records/conversations/2001',
    field: 'admin',
  },
  {
    act: ['support.conversation.close', { conversation: '2001' }],
    since: ['support.conversation.reopen', { conversation: '2001' }],
    at: 'intercom/records/conversations/2001',
    field: 'state',
  },
  {
    act: ['support.conversation.reopen', { conversation: '2002' }],
    since: ['support.conversation.close', { conversation: '2002' }],
    at: 'intercom/records/conversations/2002',
    field: 'state',
  },
];

function mail(end: string): string {
  return `00000000-0000-4000-8000-00000000${end}`;
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, '');
}

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
  {
    act: [
      'email.broadcast.draft',
      { name: 'New', segment: mail('a001'), from: 'news@acme.example', subject: 'New', text: `Hi ${leave}` },
    ],
    since: ['email.broadcast.update', ({ broadcast }) => ({ broadcast, text: `A person wrote on ${leave}` })],
    at: ({ broadcast }) => `resend/records/broadcasts/${String(broadcast)}`,
    left: { error: expect.stringContaining('No such') as string },
    field: 'text',
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

test('a draft that was taken out of its plan is not planned again once somebody edited it: nobody approved that', async () => {
  const broadcast = mail('b001');
  await kit.run(action('email.broadcast.schedule'), {
    input: { broadcast, segment: mail('a001'), sendAt: inDays(2) },
  });
  const outcome = await kit.run(action('email.broadcast.cancel'), { input: { broadcast } });
  if (outcome.kind !== 'succeeded' || !outcome.undo?.images) throw new Error(JSON.stringify(outcome));
  await kit.run(action('email.broadcast.update'), { input: { broadcast, text: `Buy now ${leave}` } });
  const { undo } = outcome;
  const again = await kit.run(action(undo.action), {
    input: undo.input,
    expected: undo.images?.after ?? null,
  });
  expect(again).toMatchObject({ kind: 'failed', reason: 'changed', conflicts: [{ field: 'version' }] });
  expect(await records(`resend/records/broadcasts/${broadcast}`)).toMatchObject({ status: 'draft' });
});

test('a scheduled message is cancelled by its undo, and left alone once it was sent', async () => {
  const one = action('email.message.schedule');
  const first = await created(one, exampleOf(one));
  const second = await created(one, { ...exampleOf(one), subject: 'Another' });
  const cancel = async ({ undo }: typeof first) =>
    kit.run(action(undo.action), { input: undo.input, expected: undo.images.after });
  expect(await cancel(first)).toMatchObject({ kind: 'succeeded', output: { status: 'canceled' } });
  await kit.simulator('POST', 'resend/clock', { aheadSeconds: 2 * 86_400 });
  expect(await cancel(second)).toMatchObject({
    kind: 'failed',
    reason: 'changed',
    conflicts: [{ field: 'status', expected: 'scheduled', found: 'delivered' }],
  });
});

test("a team's rules that give its conversation to one of its people are nobody's later change", async () => {
  const assign = action('support.conversation.assign');
  const outcome = await kit.run(assign, { input: { conversation: '2001', to: 'team-8002' } });
  if (outcome.kind !== 'succeeded' || !outcome.undo?.images) throw new Error(JSON.stringify(outcome));
  await kit.run(assign, { input: { conversation: '2001', to: 'admin-7003' } });
  const { input, images } = outcome.undo;
  expect(await kit.run(assign, { input, expected: images.after })).toMatchObject({
    kind: 'succeeded',
    output: { team: null, admin: '7003' },
  });
});
