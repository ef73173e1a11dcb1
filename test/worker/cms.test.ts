import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, exampleOf, toolKit, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => kit.reset());

const inMinutes = (minutes: number) =>
  new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, '');
const record = async (post: unknown) =>
  (await kit.simulator('GET', `wordpress/records/posts/${String(post)}`)).json<Record<string, unknown>>();
const changes = async () => (await kit.log('wordpress')).filter(({ changed }) => changed).length;
const after = async (minutes: number) =>
  kit.simulator('POST', 'wordpress/clock', { aheadSeconds: minutes * 60 });
const run = async (name: string, input: Record<string, unknown>) => kit.run(action(name), { input });
const succeeded = async (name: string, input: Record<string, unknown>) => {
  const outcome = await run(name, input);
  if (outcome.kind !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  return outcome;
};
const undone = async ({ undo }: Awaited<ReturnType<typeof succeeded>>) => {
  if (!undo) throw new Error('no undo');
  return succeeded(undo.action, undo.input);
};

describe('reading', () => {
  test('a list shows one state, in any script, and goes on from page to page', async () => {
    const first = await succeeded('cms.post.list', { status: 'publish', limit: 2 });
    expect(first.output).toMatchObject({ posts: [{ post: 109 }, { post: 106 }], next: 2 });
    const second = await succeeded('cms.post.list', { status: 'publish', limit: 2, offset: 2 });
    expect(second.output).toMatchObject({
      posts: [{ post: 103, title: 'Hello "world"' }, { post: 110 }],
      next: null,
    });
    const pending = await succeeded('cms.post.list', { status: 'pending' });
    expect(pending.output).toMatchObject({ posts: [{ title: '春のお知らせ', publishedAt: null }] });
    expect((first.output['posts'] as object[])[0]).not.toHaveProperty('content');
  });

  test('a post and its revisions come as they were written, byte for byte', async () => {
    const { output } = await succeeded('cms.post.read', { post: 103 });
    expect(output['content']).toBe('<!-- wp:paragraph -->\r\n<p>New text.</p>\r\n<!-- /wp:paragraph -->');
    const list = await succeeded('cms.revision.list', { post: 103 });
    expect(list.output).toMatchObject({ revisions: [{ revision: 302 }, { revision: 301 }] });
    const first = await succeeded('cms.revision.read', { post: 103, revision: 301 });
    expect(first.output).toMatchObject({ content: '<p>First text.</p>', madeAt: '2026-01-10T09:00:00Z' });
    const none = await run('cms.revision.read', { post: 101, revision: 301 });
    expect(none).toMatchObject({ kind: 'failed', reason: 'not-found' });
  });
});

describe('changing texts', () => {
  test('a revision of what is published has the former texts as its undo, which brings them back to the byte', async () => {
    const before = await succeeded('cms.post.read', { post: 103 });
    const revised = await succeeded('cms.post.revise', { post: 103, content: '<p>Newer.</p>', title: 'Hi' });
    expect(await record(103)).toMatchObject({ content: '<p>Newer.</p>', title: 'Hi', excerpt: 'Hello.' });
    expect(revised.undo).toMatchObject({ action: 'cms.post.revise' });
    expect(revised.undo?.input).not.toHaveProperty('excerpt');
    await undone(revised);
    const { output } = await succeeded('cms.post.read', { post: 103 });
    expect(output['version']).toBe(before.output['version']);
  });

  test.each([
    ['cms.post.update', 103, 'published'],
    ['cms.post.update', 104, 'planned'],
    ['cms.post.update', 105, 'private'],
    ['cms.post.update', 107, 'in the trash'],
    ['cms.post.revise', 101, 'a draft'],
    ['cms.post.revise', 105, 'private'],
  ])('%s leaves %d alone, which is %s', async (name, post) => {
    const outcome = await run(name, { post, title: 'Other' });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'conflict' });
    expect(await changes()).toBe(0);
  });

  test('a text that could not be written back is not written over', async () => {
    const outcome = await run('cms.post.revise', { post: 109, title: 'Short' });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await changes()).toBe(0);
    // The part that fits may be changed.
    await succeeded('cms.post.revise', { post: 109, excerpt: 'In short.' });
  });

  test('texts that are too long to be kept are not written over, nor written', async () => {
    // Three bytes each in UTF-8, and what was there is kept twice.
    const content = 'あ'.repeat(45_000);
    expect(await run('cms.post.update', { post: 101, content })).toMatchObject({ reason: 'rejected' });
    expect(await changes()).toBe(0);
  });

  test('a draft that WordPress cleaned is not taken for lost, nor for written', async () => {
    const draft = action('cms.post.draft');
    const input = { ...exampleOf(draft), content: '<p>a</p><script>x()</script>' };
    const claims = { intentAt: Date.now() };
    const { output } = await succeeded('cms.post.draft', input);
    expect(await record(output['post'])).toMatchObject({ content: '<p>a</p>x()', status: 'draft' });
    expect(await kit.find(draft, { input, claims })).toBeNull();
  });
});

describe('publishing', () => {
  const publish = action('cms.post.publish');
  const example = exampleOf(publish);

  test('publishes the version that is named; its undo makes it a draft, and the undo of that publishes it again', async () => {
    const published = await succeeded('cms.post.publish', example);
    expect(published.output).toMatchObject({ status: 'publish', publishAt: null });
    expect(published.output['link']).toContain('https://');
    const back = await undone(published);
    expect(await record(101)).toMatchObject({ status: 'draft', content: '<p>Soon.</p>' });
    await undone(back);
    expect(await record(101)).toMatchObject({ status: 'publish' });
  });

  test('a draft that says something else by now is not published', async () => {
    await succeeded('cms.post.update', { post: 101, content: '<p>Buy now</p>' });
    expect(await kit.run(publish)).toMatchObject({ kind: 'failed', reason: 'conflict' });
    expect(await record(101)).toMatchObject({ status: 'draft' });
  });

  test('for later it is public at its time, and not when it was taken out before', async () => {
    const publishAt = inMinutes(10);
    const planned = await succeeded('cms.post.publish', { ...example, publishAt });
    expect(planned.output).toMatchObject({ status: 'future', publishAt });
    const back = await undone(planned);
    await after(11);
    expect(await record(101)).toMatchObject({ status: 'draft' });
    await kit.simulator('POST', 'wordpress/clock', { aheadSeconds: 0 });
    // The undo of that knows the time it had.
    expect(back.undo?.input).toMatchObject({ publishAt });
    await undone(back);
    await after(11);
    expect(await record(101)).toMatchObject({ status: 'publish' });
  });

  test('taken off twice is off, and the second time asks for no change', async () => {
    await succeeded('cms.post.unpublish', { post: 103 });
    await succeeded('cms.post.unpublish', { post: 103 });
    expect(await changes()).toBe(1);
  });

  test.each([
    ['publishing a post that is public', 'cms.post.publish', { post: 103 }, 'conflict'],
    ['publishing one that is private', 'cms.post.publish', { post: 105 }, 'conflict'],
    ['publishing one in the trash', 'cms.post.publish', { post: 107 }, 'conflict'],
    ['publishing one that is not there', 'cms.post.publish', { post: 999 }, 'not-found'],
    ['a time that has passed', 'cms.post.publish', { publishAt: '2020-01-01T00:00:00Z' }, 'rejected'],
    ['taking off what is private', 'cms.post.unpublish', { post: 105 }, 'conflict'],
    ['trashing what is public', 'cms.post.trash', { post: 103 }, 'conflict'],
  ])('%s is refused, and nothing changes', async (_what, name, more, reason) => {
    const input = name === 'cms.post.publish' ? { ...example, ...more } : more;
    expect(await run(name, input)).toMatchObject({ kind: 'failed', reason });
    expect(await changes()).toBe(0);
  });
});

describe('what a proposal shows', () => {
  test('of a revision: the texts before and after, and a version that covers what is not shown', async () => {
    const seen = await kit.preview(action('cms.post.revise'), { input: { post: 103, excerpt: 'In short.' } });
    expect(seen).toMatchObject({
      preview: {
        before: { excerpt: 'Hello.', version: expect.stringMatching(/^[0-9a-f]{64}$/) },
        changes: [{ field: 'excerpt', before: 'Hello.', after: 'In short.' }],
        sideEffects: ['Readers see it at once.'],
      },
    });
  });

  test('of publishing: which post; and that it fails for a version that is not there any more', async () => {
    const publish = action('cms.post.publish');
    expect(await kit.preview(publish)).toMatchObject({
      preview: { after: { title: 'Spring & more', status: 'publish' } },
    });
    await succeeded('cms.post.update', { post: 101, title: 'Other' });
    expect(await kit.preview(publish)).toMatchObject({ kind: 'failed', reason: 'conflict' });
  });
});

describe('what policies are told', () => {
  const publish = action('cms.post.publish');
  const told = async (more: Record<string, unknown>) =>
    kit.facts(publish, { input: { ...exampleOf(publish), ...more } });

  test('of the post as it is now: there, in that version, nothing but writing', async () => {
    const text = 'Spring & more\n\n<p>Soon.</p>\n\n';
    expect(await told({})).toEqual({ found: true, current: true, active: false, text });
    await succeeded('cms.post.update', { post: 101, title: 'Other' });
    expect(await told({})).toMatchObject({ found: true, current: false, active: false });
    expect((await told({}))['text']).toContain('Other');
    expect(await told({ post: 108 })).toMatchObject({ active: true });
    expect(await told({ post: 999 })).toEqual({ found: false, current: false, active: false, text: '' });
  });

  test.each(['500', '429', 'html', 'empty', 'redirect'])(
    'a site that answers %s is asked in vain, and no facts are made up',
    async (fault) => {
      await kit.fault('wordpress', { fault });
      await expect(told({})).rejects.toThrow('could not be read');
    },
  );

  test('of texts that are to be written into a public post, without asking the site', async () => {
    const revise = action('cms.post.revise');
    const facts = async (content: string) => kit.facts(revise, { input: { post: 103, content } });
    expect(await facts('<p>a</p>')).toEqual({ active: false });
    expect(await facts('<img src=x onerror=x()>')).toEqual({ active: true });
    expect(await kit.log('wordpress')).toEqual([]);
  });
});

describe('the simulated WordPress', () => {
  const api = async (path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(`/simulator/wordpress/api/wp-json/wp/v2${path}`, gate.url).href, { headers });
  const login = () => Buffer.from(gate.secrets.workers['cms']!['WORDPRESS_READ_LOGIN']!).toString('base64');

  test('says 401 without a login and to a wrong one, 404 for no post, 400 for a page too large', async () => {
    const basic = { authorization: `Basic ${login()}` };
    expect((await api('/posts')).status).toBe(401);
    const wrong = await api('/posts', { authorization: 'Basic d3Jvbmc6b25l' });
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'incorrect_password' }]);
    const none = await api('/posts/999', basic);
    expect([none.status, await none.json()]).toMatchObject([404, { code: 'rest_post_invalid_id' }]);
    expect((await api('/posts?per_page=101', basic)).status).toBe(400);
    const readers = await api('/posts/103', basic);
    expect(await readers.json()).toMatchObject({ content: { rendered: expect.any(String) } });
  });
});
