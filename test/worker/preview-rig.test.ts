import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { freshSecrets } from '../../bin/lib/secrets.ts';
import type { Previewed } from '../../shared/preview.ts';
import { root } from '../harness.ts';

let server: TestHarness;
let url: URL;
let keys: { privateKey: string; publicKey: string };

beforeAll(async () => {
  const { workers } = await freshSecrets([]);
  keys = {
    privateKey: workers['guard']!['DISPATCH_PRIVATE_KEY']!,
    publicKey: workers['crm']!['DISPATCH_PUBLIC_KEY']!,
  };
  const configPath = join(root, 'test/worker/preview-rig/wrangler.toml');
  server = createTestHarness({ root, workers: [{ configPath }] });
  url = (await server.listen()).url;
});
afterAll(async () => server?.close());

/** Asks the rig's tool for a preview; `seen`: the methods of what reached its vendor. */
async function ask(action: string, purpose = 'preview', input = '{"id":"1"}') {
  const body = JSON.stringify({ action, purpose, keys, input });
  const answer = await fetch(url, { method: 'POST', body });
  return answer.json<{ answer: Previewed; seen: string[] }>();
}

test.each(['thing.post', 'thing.patch', 'thing.remove'])(
  'a tool that tries a change in its preview of %s is told no, and nothing reaches its vendor',
  async (action) => {
    const { answer, seen } = await ask(action);
    expect(answer).toEqual({
      kind: 'failed',
      reason: 'refused',
      detail: 'a look-up starts nothing that changes something',
    });
    expect(seen).toEqual([]);
  },
);

test('nor does it when the tool goes on as if nothing was', async () => {
  const { answer, seen } = await ask('thing.hide');
  expect(answer).toMatchObject({ preview: { changes: [{ field: 'owner', before: 'ada', after: 'bob' }] } });
  expect(seen).toEqual([]);
});

test('fields that the contract does not know are dropped, and side effects are bounded', async () => {
  const { answer } = await ask('thing.invent');
  if (answer.kind !== 'foreseen') throw new Error(answer.kind);
  const { preview } = answer;
  expect(preview.before).toEqual({ id: '1' });
  expect(preview.after).toEqual({ id: '1', owner: null });
  expect(preview.sideEffects).toHaveLength(10);
  expect(preview.sideEffects[0]).toHaveLength(300);
  expect(JSON.stringify(answer)).not.toContain('secret');
});

test('a handler that throws, or answers what does not fit, makes no preview and quotes nothing', async () => {
  const thrown = await ask('thing.throw');
  expect(thrown.answer).toEqual({ kind: 'failed', reason: 'unavailable', detail: 'Error' });
  const unfit = await ask('thing.late');
  expect(unfit.answer).toMatchObject({ kind: 'failed', reason: 'contract' });
  // It kept its client and used it after the answer.
  expect(unfit.seen).toEqual([]);
});

test('without a handler the input is what is told', async () => {
  const { answer, seen } = await ask('thing.plain', 'preview', '{"id":"1","size":7}');
  expect(answer).toMatchObject({
    kind: 'foreseen',
    preview: { before: null, after: { id: '1', size: 7 }, undo: { irreversible: 'a test' } },
  });
  expect(seen).toEqual([]);
});

test('a token to run opens no preview, and neither does an unknown input', async () => {
  for (const { answer, seen } of [await ask('thing.hide', 'run'), await ask('thing.hide', 'preview', '{}')]) {
    expect(answer).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(seen).toEqual([]);
  }
});
