import { generateKeyPairSync } from 'node:crypto';
import { expect, describe, test } from 'vitest';
import { directorySchema } from '../../../shared/directory.ts';
import { verifyText } from '../../../shared/crypto.ts';
import type { Notice } from '../../../shared/notices.ts';
import { wayOut } from '../../../workers/notifier/outside.ts';
import { nextTry, placesFor } from '../../../workers/notifier/plan.ts';
import { blocksOf } from '../../../workers/notifier/slack.ts';
import { publicKeyOf, webhookBody, webhookHeaders } from '../../../workers/notifier/webhook.ts';
import { plainText, wordsOf } from '../../../workers/notifier/words.ts';
import { approvalNoticeOf } from '../../notice.ts';

const directory = directorySchema.parse({
  groups: {
    approvers: { members: ['approver'], slack: 'C0ASK0000', mail: ['Ask@acme.example'] },
    publishing: { members: ['approver'], slack: 'C0ASK0000', webhook: 'https://hooks.acme.example/in' },
    quiet: { members: ['owner'] },
  },
});

describe('where a notice goes', () => {
  test('each place once, however many of its groups are told there', () => {
    const notice = approvalNoticeOf({
      groups: ['publishing', 'approvers', 'quiet', 'unknown', '__proto__'],
      addresses: ['ask@acme.example', 'incidents@acme.example'],
    });
    expect(placesFor(notice, directory)).toEqual([
      { channel: 'slack', address: 'C0ASK0000', to: 'publishing' },
      { channel: 'webhook', address: 'https://hooks.acme.example/in', to: 'publishing' },
      { channel: 'mail', address: 'Ask@acme.example', to: 'approvers' },
      { channel: 'mail', address: 'incidents@acme.example', to: 'contact' },
    ]);
  });

  test("an agent's webhook alone, when its call is decided", () => {
    const { id, at, workflow, agent, path } = approvalNoticeOf();
    const decided = { id, at, workflow, agent, path, kind: 'call-decided', call: 'call_1', status: 'failed' };
    const notice = { ...decided, webhook: 'https://agent.acme.example/x' } as Notice;
    expect(placesFor(notice, directory)).toEqual([
      { channel: 'webhook', address: 'https://agent.acme.example/x', to: 'content-writer' },
    ]);
  });
});

describe('a delivery that failed', () => {
  const day = 86_400_000;
  test('is tried again later and later, for a day', () => {
    expect(nextTry(0, 1, null, 0)).toBe(5_000);
    expect(nextTry(0, 2, null, 0)).toBe(15_000);
    expect(nextTry(0, 90, null, 0)).toBe(900_000);
    expect(nextTry(0, 90, null, day - 900_000)).toBe(day);
    expect(nextTry(0, 90, null, day)).toBeNull();
  });
  test('is tried no sooner than the other side asks, and never waits longer than an hour for it', () => {
    expect(nextTry(0, 1, 30, 0)).toBe(30_000);
    expect(nextTry(0, 1, 1e9, 0)).toBe(3_600_000);
  });
});

describe('the way out', () => {
  const VENDOR = { fetch: async () => new Response() };
  const live = {
    VENDOR_MODE: 'live',
    SLACK_ORIGIN: 'https://slack.com',
    MAIL_ORIGIN: 'https://api.resend.com',
  };
  test.each([
    ['nothing bound and not live', {}, 'https://slack.com/api/x'],
    ['live with the simulator bound', { ...live, VENDOR }, 'https://slack.com/api/x'],
    ['live without the origin of Slack', { ...live, SLACK_ORIGIN: '' }, 'https://slack.com/api/x'],
    [
      'live with another origin of mail',
      { ...live, MAIL_ORIGIN: 'https://evil.example' },
      'https://api.resend.com/emails',
    ],
    ['a webhook into the network', live, 'https://10.1.2.3/x'],
    ['a webhook in the clear', live, 'http://hooks.acme.example/x'],
  ])('is shut with %s', (_, env, address) => {
    expect(wayOut(env, address)).toMatch(/^nothing is sent/);
  });
  test.each([
    ['the simulator', { VENDOR }, 'https://10.1.2.3/x'],
    ['Slack', live, 'https://slack.com/api/x'],
    ['a webhook', live, 'https://hooks.acme.example/x'],
  ])('is open to %s', (_, env, address) => {
    expect(wayOut(env, address)).toBeTypeOf('function');
  });
});

describe('what people read', () => {
  const hostile = approvalNoticeOf({ agent: '<!channel>', policies: ['<@U1>', 'spend-waits'] });

  test('holds the link to the console and to nowhere else', () => {
    const link = (path: string) => wordsOf(approvalNoticeOf({ path }), 'https://console.acme.example').link;
    expect(link('/console/approvals/1')).toBe('https://console.acme.example/console/approvals/1');
    expect(link('//evil.example/x')).toBeNull();
    expect(link('https://evil.example/x')).toBeNull();
    expect(link('javascript:alert(1)')).toBeNull();
    expect(wordsOf(hostile, undefined).link).toBeNull();
  });

  test('is plain text in Slack, so that no name becomes a mention', () => {
    const blocks = blocksOf(hostile, wordsOf(hostile, 'https://console.acme.example'));
    const types = [...JSON.stringify(blocks).matchAll(/"type":"(\w+)"/g)].map(([, type]) => type);
    expect(new Set(types)).toEqual(new Set(['section', 'plain_text', 'actions', 'button']));
  });

  test('has buttons only when it may, and then each with what approvals made', () => {
    const card = { approve: 'v1.yes', reject: 'v1.no' };
    const values = (notice: Notice) =>
      JSON.stringify(blocksOf(notice, wordsOf(notice, 'https://console.acme.example'))).match(/v1\.\w+/g);
    expect(values(approvalNoticeOf({ buttons: true, card }))).toEqual(['v1.yes', 'v1.no']);
    expect(values(approvalNoticeOf({ buttons: false, card }))).toBeNull();
    expect(values(approvalNoticeOf({ buttons: true }))).toBeNull();
  });

  test('says what waits, for how many, until when and because of what', () => {
    const notice = approvalNoticeOf({ needs: 2, policies: ['spend-waits'] });
    expect(plainText(wordsOf(notice, 'https://console.acme.example'))).toBe(
      [
        'content-writer asks to run cms.page.publish',
        '',
        'workflow: content',
        'needs: 2 people',
        'until: 2026-11-24T10:00:00.000Z',
        'because of: spend-waits',
        'approval: appr_01JD0000000000000000000000',
        '',
        'https://console.acme.example/console/approvals/appr_01JD0000000000000000000000',
      ].join('\n'),
    );
  });
});

describe('a webhook', () => {
  const key = JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
  const notice = approvalNoticeOf({ buttons: true, card: { approve: 'secret-a', reject: 'secret-r' } });

  test('is signed over its id, its time and its body, as anybody can check by the public key', () => {
    const body = webhookBody(notice);
    const headers = webhookHeaders(notice.id, body, key, 1_764_000_000_999);
    expect(headers['webhook-timestamp']).toBe('1764000000');
    const [version, signature] = headers['webhook-signature']!.split(',');
    const jwk = JSON.stringify(publicKeyOf(key).jwk);
    const signed = `${notice.id}.1764000000.${body}`;
    const urlSafe = Buffer.from(signature!, 'base64').toString('base64url');
    expect(version).toBe('v1a');
    expect(verifyText(jwk, signed, urlSafe)).toBe(true);
    expect(verifyText(jwk, `${signed} `, urlSafe)).toBe(false);
    expect(publicKeyOf(key).text).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  });

  test('tells neither what buttons carry nor who else is told', () => {
    const body = JSON.parse(webhookBody(notice)) as { type: string; data: Record<string, unknown> };
    expect(body.type).toBe('approval');
    expect(Object.keys(body.data)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/card|groups|addresses|webhook|buttons/)]),
    );
    expect(JSON.stringify(body)).not.toContain('secret-');
  });
});
