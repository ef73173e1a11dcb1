import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Notice, Notifier } from '../../shared/notices.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { approvalNoticeOf } from '../notice.ts';

let gate: GateUnderTest;
let notifier: Notifier;
let count = 0;

beforeAll(async () => {
  gate = await bootGate();
  const worker = gate.server.getWorker<{ NOTIFIER: Notifier }>('toolgate-guard');
  ({ NOTIFIER: notifier } = await worker.getEnv());
});
afterAll(async () => gate.close());
beforeEach(async () => {
  for (const vendor of ['notice-slack', 'notice-mail', 'receiver']) await simulator(vendor, 'reset', 'POST');
});

async function simulator<T>(vendor: string, page: string, method = 'GET', body?: unknown): Promise<T> {
  const answer = await fetch(new URL(`/simulator/${vendor}/${page}`, gate.url), {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.json() as Promise<T>;
}

const next = (more: Parameters<typeof approvalNoticeOf>[0] = {}): Notice =>
  approvalNoticeOf({ id: `appr_test/${(count += 1)}`, ...more });
const told = async () => ({
  slack: await simulator<unknown[]>('notice-slack', 'records/messages'),
  mail: await simulator<unknown[]>('notice-mail', 'records/emails'),
  webhook: await simulator<unknown[]>('receiver', 'records/requests'),
});
const counts = async () => {
  const { slack, mail, webhook } = await told();
  return [slack.length, mail.length, webhook.length];
};

test('a group is told wherever the directory says, and once, however often it is asked for', async () => {
  const notice = next({ groups: ['publishing', 'approvers'] });
  const first = await notifier.notify(notice);
  expect(first.map(({ channel, to, ok }) => `${channel} ${to} ${ok}`)).toEqual([
    'slack publishing true',
    'webhook publishing true',
    'slack approvers true',
    'mail approvers true',
  ]);
  expect(await Promise.all([notifier.notify(notice), notifier.notify(notice)])).toEqual([first, first]);
  await gate.evict('toolgate-notifier', 'Notifications', 'notifications');
  expect(await notifier.notify(notice)).toEqual(first);
  expect(await counts()).toEqual([2, 1, 1]);
  // The tools' own vendors were not reached.
  expect(await simulator('slack', 'log')).toEqual([]);
  expect(await simulator('resend', 'log')).toEqual([]);
});

test('a channel that fails holds up no other, and is tried again until it answers', async () => {
  await simulator('notice-slack', 'faults', 'POST', { fault: '500', times: 1 });
  const notice = next();
  const first = await notifier.notify(notice);
  expect(first.map(({ ok, detail }) => `${ok} ${detail}`)).toEqual([
    'false Slack answered 500 internal_error',
    'true answered 200',
  ]);
  await expect.poll(async () => (await counts())[0], { timeout: 15_000 }).toBe(1);
  expect(await notifier.notify(notice)).toMatchObject([{ ok: true }, { ok: true }]);
  expect(await counts()).toEqual([1, 0, 1]);
});

test('what got lost and what is in trouble is shown to people, with the key that webhooks verify with', async () => {
  await simulator('notice-slack', 'faults', 'POST', { fault: 'revoked', times: 1 });
  await notifier.notify(next());
  const view = await (await gate.ops('auditor', 'GET', '/notifier')).json<Record<string, unknown>>();
  expect(view).toMatchObject({
    channels: [
      { channel: 'slack', ready: true },
      { channel: 'webhook', ready: true },
      { channel: 'mail', ready: true },
    ],
    webhookKey: { text: expect.stringMatching(/^whpk_/) as string },
    troubled: [{ channel: 'slack', to: 'publishing', detail: 'Slack answered 200 invalid_auth' }],
  });
  expect((await fetch(new URL('/ops/v1/notifier', gate.url))).status).toBe(401);
});

test('an unknown group tells nobody, and says so by an empty answer', async () => {
  expect(await notifier.notify(next({ groups: ['nobody-knows'] }))).toEqual([]);
  expect(await counts()).toEqual([0, 0, 0]);
});

test('the journal holds each delivery by channel and group, and no address', async () => {
  const notice = next({ groups: [], addresses: ['incidents@acme.example'] });
  await notifier.notify(notice);
  await expect
    .poll(
      async () => {
        const answer = await gate.ops('auditor', 'GET', '/journal?kind=notice.delivered&limit=100');
        return answer.text();
      },
      { timeout: 15_000 },
    )
    .toContain(`"to":"contact"`);
  const journal = await (await gate.ops('auditor', 'GET', '/journal?kind=notice.delivered&limit=100')).text();
  expect(journal).not.toContain('incidents@acme.example');
  expect(journal).not.toContain('C0APPROVAL');
});
