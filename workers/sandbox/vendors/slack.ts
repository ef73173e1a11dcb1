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

/** Posted before anything else here: kept apart, so that whoever counts what was posted counts no more than that. */
const older = [
  {
    channel: 'C0LEADS002',
    ts: '1767600000.000100',
    bot_id: 'B0TOOLGATE',
    text: 'A lead of 2025 still waits.',
  },
  // A person's: the bot deletes no message but its own.
  { channel: 'C0LEADS002', ts: '1767600001.000100', user: 'U0PERSON01', text: 'I take it.' },
];

/** One that nobody here scheduled, for a time that no test sees. */
const waiting = {
  id: 'Q0SANDBOX01',
  channel_id: 'C0LEADS001',
  post_at: Date.UTC(2099, 0, 1) / 1000,
  date_created: Date.UTC(2026, 0, 1) / 1000,
  text: 'A happy new year',
};

/**
 * Slack Web API, `chat.postMessage`, `chat.delete`, `conversations.history`, `conversations.info` and scheduled messages (https://docs.slack.dev/reference/methods):
 * errors come as 200 with `ok: false`; about one message a second and channel, short bursts allowed; the others at tier 3.
 * Scheduled messages are really posted when their time comes.
 */
export const slack: SimulatedVendor = {
  origin: 'https://slack.com',
  secrets: { read: 'SLACK_BOT_TOKEN_SHA256', write: 'SLACK_BOT_TOKEN_SHA256' },
  types: ['channels', 'messages', 'older', 'scheduled'],
  seed(store) {
    for (const channel of channels) store.put('channels', { id: channel.id, key: null, body: channel });
    for (const { channel, ...message } of older)
      store.put('older', {
        id: `${channel}-${message.ts}`,
        key: channel,
        body: { type: 'message', ...message, channel },
      });
    store.put('scheduled', { id: waiting.id, key: waiting.channel_id, body: waiting });
  },
  credential: ({ headers }) => bearer(headers),
  limits: (request) =>
    request.path === '/api/chat.postMessage'
      ? [{ name: `post ${text(params(request)['channel'])}`, max: 20, per: 20 }]
      : [{ name: `tier 3 ${request.path}`, max: 50, per: 60 }],
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
      case '/api/chat.delete':
        return request.method === 'POST' ? remove(request, store) : no('invalid_post_type');
      case '/api/conversations.history':
        return history(request, store);
      case '/api/conversations.info':
        return channelInfo(request, store);
      case '/api/chat.scheduleMessage':
        return request.method === 'POST' ? schedule(request, store) : no('invalid_post_type');
      case '/api/chat.deleteScheduledMessage':
        return request.method === 'POST' ? unschedule(request, store) : no('invalid_post_type');
      case '/api/chat.scheduledMessages.list':
        return scheduledList(request, store);
      default:
        return no('unknown_method');
    }
  },
  later: {
    next: (store) => {
      const times = store.list('scheduled').map(({ body }) => Number(body['post_at']) * 1000);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    run: (store, now) => {
      const due = store.list('scheduled').filter(({ body }) => Number(body['post_at']) * 1000 <= now);
      for (const item of due) deliver(item, store, now);
      return due.map(({ id }) => `/scheduled/${id}`);
    },
  },
};

function post(request: Incoming, store: Store): Reply {
  const { channel: id, text: words, metadata, blocks } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  const refused = unpostable(channel, words);
  if (refused || !channel) return no(refused ?? 'channel_not_found');
  const message = keep(channel.id, text(words), { metadata, blocks }, store, request.now);
  return { status: 200, json: { ok: true, channel: channel.id, ts: message.ts, message }, changed: true };
}

/** Why Slack would not take the message. */
function unpostable(channel: Item | undefined, words: unknown): string | undefined {
  if (!channel) return 'channel_not_found';
  if (channel.body['is_archived'] === true) return 'is_archived';
  if (channel.body['is_member'] !== true) return 'not_in_channel';
  if (text(words) === '') return 'no_text';
  return text(words).length > 40_000 ? 'msg_too_long' : undefined;
}

function keep(
  channel: string,
  words: string,
  { metadata, blocks }: { metadata?: unknown; blocks?: unknown },
  store: Store,
  now: number,
): { ts: string } {
  const ts = timestamp(now, store.next());
  const message = { type: 'message', subtype: 'bot_message', text: words, ts, bot_id: 'B0TOOLGATE' };
  const kept = {
    ...message,
    ...(metadata !== undefined && { metadata }),
    ...(blocks !== undefined && { blocks }),
  };
  store.put('messages', { id: `${channel}-${ts}`, key: channel, body: { ...kept, channel } });
  return message;
}

/** Up to 120 days ahead, and at most 30 to one channel within five minutes. */
function schedule(request: Incoming, store: Store): Reply {
  const { channel: id, text: words, post_at, metadata } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  const refused = unpostable(channel, words) ?? untimely(Number(post_at), request.now);
  if (refused || !channel) return no(refused ?? 'channel_not_found');
  const at = Number(post_at);
  const near = store
    .byKey('scheduled', channel.id)
    .filter(({ body }) => Math.abs(Number(body['post_at']) - at) < 300);
  if (near.length >= 30) return no('restricted_too_many');
  const scheduled = {
    id: `Q0SANDBOX${store.next()}`,
    channel_id: channel.id,
    post_at: at,
    date_created: Math.floor(request.now / 1000),
    text: text(words),
  };
  const body = metadata === undefined ? scheduled : { ...scheduled, metadata };
  store.put('scheduled', { id: scheduled.id, key: channel.id, body });
  const message = {
    type: 'delayed_message',
    subtype: 'bot_message',
    text: scheduled.text,
    bot_id: 'B0TOOLGATE',
  };
  const told = { ok: true, channel: channel.id, scheduled_message_id: scheduled.id, post_at: at, message };
  return { status: 200, json: told, changed: true };
}

function untimely(postAt: number, now: number): string | undefined {
  if (!Number.isSafeInteger(postAt)) return 'invalid_time';
  if (postAt * 1000 <= now) return 'time_in_past';
  return postAt * 1000 > now + 120 * 86_400_000 ? 'time_too_far' : undefined;
}

/** Not what was posted, nor what will be within a minute. */
function unschedule(request: Incoming, store: Store): Reply {
  const { channel: id, scheduled_message_id: scheduled } = params(request);
  if (typeof id !== 'string' || !store.get('channels', id)) return no('channel_not_found');
  const item = typeof scheduled === 'string' ? store.get('scheduled', scheduled) : undefined;
  const soon = Number(item?.body['post_at']) * 1000 < request.now + 60_000;
  if (!item || item.body['channel_id'] !== id || soon) return no('invalid_scheduled_message_id');
  store.remove('scheduled', item.id);
  return { status: 200, json: { ok: true }, changed: true };
}

function scheduledList(request: Incoming, store: Store): Reply {
  const { channel: id, limit = '100' } = params(request);
  if (typeof id !== 'string' || !store.get('channels', id)) return no('invalid_channel');
  const all = store.byKey('scheduled', id).map((item) => shown(item, false));
  const page = all.slice(0, Number(limit) || 100);
  const next_cursor = all.length > page.length ? 'bmV4dA==' : '';
  return { status: 200, json: { ok: true, scheduled_messages: page, response_metadata: { next_cursor } } };
}

/** Posts a message whose time has come; like Slack, never one that was given metadata. */
function deliver({ id, body }: Item, store: Store, now: number): void {
  store.remove('scheduled', id);
  if (body['metadata'] === undefined) keep(text(body['channel_id']), text(body['text']), {}, store, now);
}

/** Newest first, between two times; both are left out unless `inclusive`. */
function history(request: Incoming, store: Store): Reply {
  const { channel: id, limit = '100', include_all_metadata, ...bounds } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  if (!channel) return no('channel_not_found');
  if (channel.body['is_member'] !== true) return no('not_in_channel');
  const within = ['older', 'messages']
    .flatMap((type) => store.byKey(type, channel.id))
    .filter(({ body }) => isWithin(Number(body['ts']), bounds))
    .reverse();
  const size = Math.min(Number(limit) || 100, 999);
  const metadata = String(include_all_metadata) === 'true';
  const messages = within.slice(0, size).map((item) => shown(item, metadata));
  return { status: 200, json: { ok: true, messages, has_more: within.length > size, pin_count: 0 } };
}

function isWithin(
  ts: number,
  { oldest = '0', latest = '9999999999', inclusive }: Record<string, unknown>,
): boolean {
  const [from, to] = [Number(oldest), Number(latest)];
  return (ts > from && ts < to) || (String(inclusive) === 'true' && (ts === from || ts === to));
}

/** A bot deletes its own messages. */
function remove(request: Incoming, store: Store): Reply {
  const { channel: id, ts } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  if (!channel) return no('channel_not_found');
  const name = `${channel.id}-${text(ts)}`;
  const type = ['messages', 'older'].find((one) => store.get(one, name));
  if (!type) return no('message_not_found');
  if (store.get(type, name)?.body['bot_id'] !== 'B0TOOLGATE') return no('cant_delete_message');
  store.remove(type, name);
  return { status: 200, json: { ok: true, channel: channel.id, ts: text(ts) }, changed: true };
}

function channelInfo(request: Incoming, store: Store): Reply {
  const { channel: id } = params(request);
  const channel = typeof id === 'string' ? store.get('channels', id) : undefined;
  if (!channel) return no('channel_not_found');
  return { status: 200, json: { ok: true, channel: { ...channel.body, is_channel: true } } };
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
