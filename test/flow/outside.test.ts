import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { simulatorLog } from './support.ts';

let gate: GateUnderTest;
let writer: GateClient;
beforeAll(async () => {
  gate = await bootGate();
  writer = gate.agent('content-writer');
});
afterAll(async () => gate.close());
afterEach(async () => {
  for (const vendor of ['resend', 'wordpress'])
    await fetch(`${gate.url.origin}/simulator/${vendor}/faults`, { method: 'DELETE' });
});

const because = { goal: 'the spring campaign', explanation: 'The brief says so.' };
let made = 0;
const propose = async (action: string, input: Record<string, unknown>) =>
  writer.call(action, input, { mode: 'propose', because });
const draft = async (content: string) => {
  made += 1;
  const input = { title: `Draft ${made}`, content };
  const answer = await writer.call('cms.post.draft', input, { mode: 'execute', because, key: `d-${made}` });
  expect(answer.status).toBe(200);
  return answer.body['output'] as { post: number; version: string };
};
const changed = async (vendor: string) =>
  (await simulatorLog(gate, vendor)).filter((request) => request.changed).length;

describe('what leaves the house, under the shipped policies', () => {
  test('a draft is written at once; publishing it may be proposed, in the version that was read', async () => {
    const { post, version } = await draft('<p>Spring.</p>');
    const before = await changed('wordpress');
    expect(await propose('cms.post.publish', { post, version })).toMatchObject({ status: 200 });
    expect(await changed('wordpress')).toBe(before);
  });

  test('a version that the post does not have, and a post that runs something, are denied by the facts', async () => {
    const { post } = await draft('<p>Summer.</p>');
    const other = await propose('cms.post.publish', { post, version: '0'.repeat(64) });
    expect(other).toMatchObject({ status: 403 });
    const running = await draft('<p onmouseover="x()">Autumn.</p>');
    const answer = await propose('cms.post.publish', { post: running.post, version: running.version });
    expect(answer).toMatchObject({ status: 403 });
    expect(JSON.stringify(answer.body)).toContain('no-active-content');
  });

  test('facts that a vendor does not give deny the call', async () => {
    const input = {
      broadcast: '00000000-0000-4000-8000-00000000b001',
      segment: '00000000-0000-4000-8000-00000000a001',
      sendAt: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, ''),
    };
    expect(await propose('email.broadcast.schedule', input)).toMatchObject({ status: 200 });
    const body = JSON.stringify({ fault: '500' });
    await fetch(`${gate.url.origin}/simulator/resend/faults`, { method: 'POST', body });
    const denied = await propose('email.broadcast.schedule', input);
    expect(denied).toMatchObject({ status: 403, body: { detail: expect.stringContaining('looked up') } });
    expect(await changed('resend')).toBe(0);
  });

  test('what the writer may only propose it cannot execute', async () => {
    const input = { channel: 'C0CONTENT1', text: 'Winter.' };
    const call = { mode: 'execute' as const, because, key: 'p-1' };
    expect(await writer.call('chat.message.post', input, call)).toMatchObject({ status: 403 });
    expect(await changed('slack')).toBe(0);
  });

  test('publishing waits for two people: nothing is public before', async () => {
    const { post, version } = await draft('<p>Winter.</p>');
    const before = await changed('wordpress');
    const call = { mode: 'execute' as const, because, key: 'p-2' };
    expect(await writer.call('cms.post.publish', { post, version }, call)).toMatchObject({ status: 202 });
    expect(await changed('wordpress')).toBe(before);
  });
});
