import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { ArtefactContent, ArtefactVersion } from '../../shared/artefacts.ts';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { OperatorAct } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let writer: GateClient;
beforeAll(async () => {
  gate = await bootGate();
  writer = gate.agent('content-writer');
});
afterAll(async () => gate?.close());
beforeEach(async () => void (await simulator('POST', 'wordpress/reset')));

const because = { goal: 'a test', explanation: 'of versions' };
let keys = 0;

async function simulator(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${gate.url.origin}/simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Has the agent write a draft of its own: each test has an artefact that no other test changed. */
async function drafted(title: string, content = '<p>One.</p>\n<p>Two.</p>'): Promise<number> {
  const options = { mode: 'execute' as const, key: `art-${(keys += 1)}`, because };
  const answer = await writer.call('cms.post.draft', { title, content, excerpt: 'Short.' }, options);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return (answer.body['output'] as { post: number }).post;
}

async function updated(post: number, texts: Record<string, string>): Promise<string> {
  const options = { mode: 'execute' as const, key: `art-${(keys += 1)}`, because };
  const answer = await writer.call('cms.post.update', { post, ...texts }, options);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return String(answer.body['call']);
}

/** Has the agent publish it, and two people approve. */
async function published(post: number): Promise<void> {
  const { body } = await writer.call('cms.post.read', { post }, { mode: 'read' });
  const { version } = body['output'] as { version: string };
  const options = { mode: 'execute' as const, key: `art-${(keys += 1)}`, because };
  const asked = await writer.call('cms.post.publish', { post, version }, options);
  expect(asked.status, JSON.stringify(asked.body)).toBe(202);
  const decision = { decision: 'approve', reason: 'as-expected' };
  for (const person of ['approver', 'approver2']) {
    const path = `/approvals/${String(asked.body['approval'])}/decision`;
    expect((await gate.ops(person, 'POST', path, decision)).status).toBe(200);
  }
  await eventually(async () => ((await held(post))['status'] === 'publish' ? true : undefined));
}

/** The versions, newest first, once there are so many. */
async function versions(post: number, count: number): Promise<ArtefactVersion[]> {
  return eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/artefacts/cms/page/${post}`);
    if (!answer.ok) return undefined;
    const { versions: found } = await answer.json<{ versions: ArtefactVersion[] }>();
    return found.length >= count ? found : undefined;
  });
}

const read = async (post: number, n: number, person = 'operator'): Promise<Response> =>
  gate.ops(person, 'GET', `/artefacts/cms/page/${post}/versions/${n}`);

async function restore(post: number, n: number, force?: string, person = 'operator'): Promise<Response> {
  const body = { reason: 'a test', ...(force !== undefined && { force }) };
  return gate.ops(person, 'POST', `/artefacts/cms/page/${post}/versions/${n}/restore`, body);
}

interface Post {
  title: string;
  content: string;
  excerpt: string;
  [field: string]: unknown;
}
const held = async (post: number): Promise<Post> =>
  (await simulator('GET', `wordpress/records/posts/${post}`)).json<Post>();
const byHand = async (post: number, changes: object): Promise<void> => {
  const answer = await simulator('PATCH', `wordpress/records/posts/${post}`, changes);
  expect(answer.status).toBe(200);
};
const writes = async (): Promise<number> =>
  (await simulatorLog(gate, 'wordpress')).filter(({ changed }) => changed).length;

describe('the versions of a page', () => {
  test('are one for each change: who, by which call, and the hash of what it says', async () => {
    const post = await drafted('First');
    const call = await updated(post, { title: 'Second' });
    const [newest, oldest] = await versions(post, 2);
    expect(newest).toMatchObject({ n: 2, source: 'agent', agent: 'content-writer', call, person: null });
    const said = { title: 'Second', content: '<p>One.</p>\n<p>Two.</p>', excerpt: 'Short.' };
    expect(newest?.hash).toBe(sha256(canonical(said)));
    expect(oldest).toMatchObject({ n: 1, source: 'agent' });
    const { content } = await (await read(post, 1)).json<ArtefactContent>();
    expect(content).toMatchObject({ title: 'First', excerpt: 'Short.' });
  });

  test('begin with what was found there, and show what somebody changed at the vendor in between', async () => {
    await updated(101, { title: 'Ours' });
    await versions(101, 2);
    await byHand(101, { excerpt: 'Theirs.' });
    await updated(101, { title: 'Ours again' });
    const all = await versions(101, 4);
    expect(all.map(({ source }) => source)).toEqual(['agent', 'vendor', 'agent', 'found']);
    const { content } = await (await read(101, 3)).json<ArtefactContent>();
    expect(content).toMatchObject({ title: 'Ours', excerpt: 'Theirs.' });
  });

  test('say nothing in the journal but their hashes, and who read what they say', async () => {
    const post = await drafted('Quietly', '<p>xyzzy-only-here</p>');
    const [version] = await versions(post, 1);
    await read(post, 1);
    const entries = await eventually(async () => {
      const answer = await gate.ops('auditor', 'GET', '/journal?tool=cms&limit=200');
      const text = await answer.text();
      return text.includes('artefact.read') && text.includes(version?.hash ?? '') ? text : undefined;
    });
    expect(entries).not.toContain('xyzzy-only-here');
  });

  test('are listed for every role and read by those who decide', async () => {
    const post = await drafted('Whose');
    await versions(post, 1);
    expect((await read(post, 1, 'auditor')).status).toBe(403);
    expect((await read(post, 1, 'approver')).status).toBe(200);
    for (const [person, status] of [
      ['auditor', 403],
      ['approver', 403],
      ['nobody', 401],
    ] as const)
      expect((await restore(post, 1, undefined, person)).status).toBe(status);
    expect((await gate.ops('nobody', 'GET', '/artefacts')).status).toBe(401);
    expect((await gate.ops('auditor', 'GET', '/artefacts/nothing/like/it')).status).toBe(404);
  });
});

describe('restoring a version', () => {
  test('writes it back byte for byte, is seen to hold at the vendor, and is a version itself', async () => {
    const post = await drafted('Before', '<p>Grüße, 世界 &amp; co.</p>\n\n  indented');
    await updated(post, { title: 'After', content: '<p>Other.</p>' });
    const [, first] = await versions(post, 2);
    const act = await (await restore(post, 1)).json<OperatorAct>();
    expect(act).toMatchObject({ kind: 'restore', outcome: 'succeeded', verified: true });
    expect(await held(post)).toMatchObject({
      title: 'Before',
      content: '<p>Grüße, 世界 &amp; co.</p>\n\n  indented',
      excerpt: 'Short.',
    });
    const [newest] = await versions(post, 3);
    expect(newest).toMatchObject({ source: 'person', person: 'operator@sandbox.example', call: act.call });
    expect(newest?.hash).toBe(first?.hash);
  });

  test('writes nothing over what somebody changed since; what is there becomes a version to compare', async () => {
    const post = await drafted('Before');
    await updated(post, { title: 'After' });
    await versions(post, 2);
    await byHand(post, { content: '<p>By hand.</p>' });
    const before = await writes();
    const answer = await restore(post, 1);
    expect(answer.status).toBe(409);
    const problem = await answer.json<{ code: string; found: string; conflicts: unknown[] }>();
    expect(problem).toMatchObject({ code: 'changed-since', conflicts: [{ field: 'content' }] });
    expect(await writes()).toBe(before);
    const [newest] = await versions(post, 3);
    expect(newest).toMatchObject({ source: 'vendor' });
    expect((await restore(post, 1)).status).toBe(409);
    await byHand(post, { content: '<p>By hand, again.</p>' });
    expect((await restore(post, 1, problem.found)).status).toBe(409);
    expect(await writes()).toBe(before);
    const { found } = await (await restore(post, 1)).json<{ found: string }>();
    expect(await (await restore(post, 1, found)).json()).toMatchObject({
      outcome: 'succeeded',
      forced: true,
      verified: true,
    });
    expect(await held(post)).toMatchObject({ title: 'Before', content: '<p>One.</p>\n<p>Two.</p>' });
  });

  test('is no way past approvals: what nobody let through to the site is not written there by one person', async () => {
    const post = await drafted('Nobody approved this');
    await updated(post, { title: 'Harmless' });
    await versions(post, 2);
    await byHand(post, { status: 'publish' });
    const before = await writes();
    const answer = await restore(post, 1);
    const { detail } = await answer.json<{ detail: string }>();
    expect([answer.status, detail]).toEqual([403, expect.stringContaining('two people')]);
    expect(await writes()).toBe(before);
    expect(await held(post)).toMatchObject({ title: 'Harmless', status: 'publish' });
  });

  test('takes the way for what is on the site where the draft’s is refused, for what two people let through to it', async () => {
    const post = await drafted('Approved');
    await published(post);
    await byHand(post, { title: 'By somebody at night' });
    // The keeper hears of the publishing a moment after it, and until then nothing was let through.
    const act = await eventually(async () => {
      const seen = await restore(post, 1);
      const { found } = await seen.json<{ found?: string }>();
      const answer = found === undefined ? undefined : await restore(post, 1, found);
      return answer?.ok ? answer.json<OperatorAct>() : undefined;
    });
    expect(act).toMatchObject({ action: 'cms.post.revise', outcome: 'succeeded', verified: true });
    expect(await held(post)).toMatchObject({ title: 'Approved', status: 'publish' });
  });

  test('can itself be undone', async () => {
    const post = await drafted('Before');
    await updated(post, { title: 'After' });
    await versions(post, 2);
    const act = await (await restore(post, 1)).json<OperatorAct>();
    const body = { reason: 'a test', agent: 'content-writer' };
    const undone = await gate.ops('operator', 'POST', `/calls/${act.call}/undo`, body);
    expect(await undone.json()).toMatchObject({ outcome: 'succeeded', verified: true });
    expect(await held(post)).toMatchObject({ title: 'After' });
  });

  test('refuses what there is nothing to write of', async () => {
    const post = await drafted('Only');
    await versions(post, 1);
    expect((await restore(post, 9)).status).toBe(404);
    const same = await restore(post, 1);
    expect([same.status, (await same.json<{ detail: string }>()).detail]).toEqual([
      409,
      'The vendor holds exactly this version already.',
    ]);
  });

  test('on the command line: lists, differs, restores', async () => {
    const post = await drafted('Before');
    await updated(post, { title: 'After' });
    await versions(post, 2);
    const name = `cms/page/${post}`;
    const listed = await runAs(gate, 'auditor', ['artefacts', '--tool', 'cms']);
    expect(listed.stdout).toContain(name);
    const differs = await runAs(gate, 'operator', ['artefact', name, '--diff', '1', '2']);
    expect([differs.code, differs.stdout]).toEqual([0, expect.stringMatching(/- Before\n\+ After/)]);
    const restored = await runAs(gate, 'operator', ['restore', name, '1', '--reason', 'a test']);
    expect([restored.code, restored.stdout]).toEqual([0, expect.stringContaining('yes: the vendor')]);
    expect((await runAs(gate, 'operator', ['restore', name, 'x', '--reason', 'a'])).code).toBe(2);
  });
});
