import type { Item, Store } from '../store.ts';
import { bearer, jsonObject, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

/** Channels of the sandbox's workspace, with the cases in which a bot may not post. */
const channels = [
  { id: 'C0LEADS001', name: 'sales-leads', is_member: true, is_archived: false },
  { id: 'C0LEADS002', name: 'enterprise-leads', is_member: true, is_archived: false },
  { id: 'C0GENERAL1', name: 'general', is_member: true, is_archived: false },
  { id: 'C0CONTENT1', name: 'content', is_member: true, is_archived: false },
  { id: 'C0SUPPORT1', name: 'support', is_member: true, is_archived: false },
  { id: 'C0ARCHIVE1', name: 'old-campaigns', is_member: true, is_archived: true },
  { id: 'C0PRIVATE1', name: 'board', is_member: false, is_archived: false },
];

/**
 * Slack Web API, `chat.postMessage` and `conversations.history` (https://docs.slack.dev/reference/methods): errors come
 * as 200 with `ok: false`; about one message a second and channel, short bursts allowed; history at tier 3.
 */
export const slack: SimulatedVendor = {
  origin: 'https://slack.com',
  secret: 'SLACK_BOT_TOKEN_SHA256',
  types: ['channels', 'messages'],
  seed(store) {
    for (const channel of channels) store.put('channels', { id: channel.id, key: null, body: channel });
  },
  credential: ({ headers }) => bearer(headers),
  limits: (request) =>
    request.path === '/api/chat.postMessage'
      ? [{ name: `post ${text(params(request)['channel'])}`, max: 20, per: 20 }]
      : [{ name: 'tier 3', max: 50, per: 60 }],
  unauthorised: ({ headers }) => no(headers.has('authorization') ? 'invalid_auth' : 'not_authed'),
  limited: (_, retryAfterSeconds) => ({
    status: 429,
    json: { ok: false, error: 'ratelimited' },
    headers: { 'retry-after': String(retryAfterSeconds) },
  }),
  broken: () => ({ status: 500, json: { ok: false, error: 'internal_error' } }),
  handle(request, store) {
    switch (request.path) {
      case '/api/chat.postMessage':
        return request.method === 'POST' ? post(request, store) : no('invalid_post_type');
      case '/api/conversations.history':
        return history(request, store);
      default:
        return no('unknown_method');
    }
  },
};

function post(request: Incoming, store: Store): Reply {
  const { channel: id, text: words, metadata } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  if (!channel) return no('channel_not_found');
  if (channel.body['is_archived'] === true) return no('is_archived');
  if (channel.body['is_member'] !== true) return no('not_in_channel');
  if (text(words) === '') return no('no_text');
  if (text(words).length > 40_000) return no('msg_too_long');
  const ts = timestamp(request.now, store.next());
  const message = { type: 'message', subtype: 'bot_message', text: text(words), ts, bot_id: 'B0TOOLGATE' };
  const kept = metadata === undefined ? message : { ...message, metadata };
  store.put('messages', {
    id: `${channel.id}-${ts}`,
    key: channel.id,
    body: { ...kept, channel: channel.id },
  });
  return { status: 200, json: { ok: true, channel: channel.id, ts, message }, changed: true };
}

function history(request: Incoming, store: Store): Reply {
  const { channel: id, oldest = '0', limit = '100', include_all_metadata } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  if (!channel) return no('channel_not_found');
  if (channel.body['is_member'] !== true) return no('not_in_channel');
  const after = store
    .byKey('messages', channel.id)
    .filter(({ body }) => Number(body['ts']) > Number(oldest))
    .reverse();
  const size = Math.min(Number(limit) || 100, 999);
  const metadata = String(include_all_metadata) === 'true';
  const messages = after.slice(0, size).map((item) => shown(item, metadata));
  return { status: 200, json: { ok: true, messages, has_more: after.length > size, pin_count: 0 } };
}

function shown({ body }: Item, withMetadata: boolean): Record<string, unknown> {
  const { channel: _, metadata, ...message } = body;
  return withMetadata && metadata !== undefined ? { ...message, metadata } : message;
}

/** Arguments as Slack takes them: query string, form, or JSON. */
function params({ query, headers, body }: Incoming): Record<string, unknown> {
  const type = headers.get('content-type') ?? '';
  const inBody = type.startsWith('application/json')
    ? jsonObject(body)
    : Object.fromEntries(new URLSearchParams(body));
  return { ...Object.fromEntries(query), ...inBody };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Seconds with six decimals, the last three of them making it unique. */
function timestamp(now: number, n: number): string {
  const micros = (now % 1000) * 1000 + (n % 1000);
  return `${Math.floor(now / 1000)}.${String(micros).padStart(6, '0')}`;
}

function no(error: string): Reply {
  return { status: 200, json: { ok: false, error } };
}
