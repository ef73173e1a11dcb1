/** Where the notifier tells people in the sandbox: apart from the tools' vendors, so that what agents do there stays countable. */
import { resend } from './resend.ts';
import { slack } from './slack.ts';
import { jsonObject, type SimulatedVendor } from './vendor.ts';

const channels = [
  { id: 'C0APPROVAL', name: 'approvals', is_member: true, is_archived: false },
  { id: 'C0PUBLISH1', name: 'publishing', is_member: true, is_archived: false },
];

/** Slack, as Toolgate's own app sees it. */
export const noticeSlack: SimulatedVendor = {
  ...slack,
  types: [...slack.types, 'whispers'],
  secrets: { read: 'NOTICE_SLACK_TOKEN_SHA256', write: 'NOTICE_SLACK_TOKEN_SHA256' },
  seed(store) {
    for (const channel of channels) store.put('channels', { id: channel.id, key: null, body: channel });
  },
  handle(request, store) {
    if (request.path !== '/api/chat.postEphemeral') return slack.handle(request, store);
    const { channel, user, text } = jsonObject(request.body) ?? {};
    if (!store.get('channels', String(channel)))
      return { status: 200, json: { ok: false, error: 'channel_not_found' } };
    store.put('whispers', { id: String(store.next()), key: null, body: { channel, user, text } });
    return { status: 200, json: { ok: true, message_ts: '1' }, changed: true };
  },
};

/** Resend, as the notifier's own account. */
export const noticeMail: SimulatedVendor = {
  ...resend,
  secrets: { read: 'NOTICE_MAIL_KEY_SHA256', write: 'NOTICE_MAIL_KEY_SHA256' },
  seed: () => undefined,
};

const told = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

/** Whoever is told by webhook: takes everything, checks nothing, and shows what came in. */
export const receiver: SimulatedVendor = {
  origin: 'https://receiver.sandbox.example',
  secrets: null,
  types: ['requests'],
  seed: () => undefined,
  credential: () => null,
  limits: () => [],
  unauthorised: () => ({ status: 401, json: null }),
  limited: (_, retryAfterSeconds) => ({
    status: 429,
    json: null,
    headers: { 'retry-after': String(retryAfterSeconds) },
  }),
  broken: () => ({ status: 500, json: null }),
  handle({ method, path, headers, body }, store) {
    if (method !== 'POST') return { status: 405, json: null };
    const request = {
      path,
      headers: Object.fromEntries(told.map((name) => [name, headers.get(name)])),
      // As it was sent, since the signature is over that, and as it reads.
      text: body,
      body: jsonObject(body) ?? null,
    };
    store.put('requests', { id: String(store.next()), key: null, body: request });
    return { status: 200, json: { ok: true }, changed: true };
  },
};
