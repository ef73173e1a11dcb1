import type { Store } from '../store.ts';
import { broadcasts, contacts, emails, segments, suppressions } from './resend-data.ts';
import {
  cancelBroadcast,
  createBroadcast,
  removeBroadcast,
  sendBroadcast,
  updateBroadcast,
} from './resend-broadcasts.ts';
import { cancelEmail, sendOnce } from './resend-emails.ts';
import { listed, manyContacts, missing, problem, put, stored, stamp, when } from './resend-shapes.ts';
import type { Broadcast, Contact, Email } from './resend-data.ts';
import { bearer, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

/** Resend's default, for a team: https://resend.com/docs/api-reference/rate-limit. */
const RATE = { name: 'team', max: 5, per: 1 };

/**
 * Resend: contacts, suppressions, broadcasts and messages (https://resend.com/docs/api-reference): cursors are ids, errors have
 * a name, a key sends once in 24 hours. What is scheduled is really sent when its time comes.
 */
export const resend: SimulatedVendor = {
  origin: 'https://api.resend.com',
  secrets: { read: 'RESEND_READ_KEY_SHA256', write: 'RESEND_WRITE_KEY_SHA256' },
  types: ['contacts', 'suppressions', 'segments', 'broadcasts', 'emails', 'keys'],
  seed(store) {
    const all = { contacts, suppressions, segments, broadcasts, emails };
    for (const [type, items] of Object.entries(all))
      for (const item of items)
        store.put(type, { id: item.id, key: 'email' in item ? item.email : null, body: { ...item } });
  },
  credential: ({ headers }) => bearer(headers),
  limits: () => [RATE],
  limitHeaders: (_, remaining) => rateHeaders(remaining),
  unauthorised: ({ headers }) =>
    headers.has('authorization')
      ? problem(403, 'invalid_api_key', 'API key is invalid')
      : problem(401, 'missing_api_key', 'Missing API key in the authorization header'),
  // So it says of keys that may only send; it has none that may only read.
  forbidden: () => problem(401, 'restricted_api_key', 'This API key is restricted to only send emails'),
  limited: (_, retryAfterSeconds) => ({
    ...problem(429, 'rate_limit_exceeded', 'Too many requests. You can only make 5 requests per second.'),
    headers: { ...rateHeaders(0), 'retry-after': String(retryAfterSeconds) },
  }),
  broken: () => problem(500, 'internal_server_error', 'An unexpected error occurred.'),
  handle(request, store) {
    const [, type = '', raw, verb, more] = request.path.split('/');
    const id = raw === undefined ? undefined : decodeURIComponent(raw);
    if (more !== undefined) return unknown();
    switch (
      `${request.method} ${type}${id === undefined ? '' : '/*'}${verb === undefined ? '' : `/${verb}`}`
    ) {
      case 'GET contacts':
        return contactList(request, store);
      case 'GET contacts/*':
        return found('contact', withoutSegments(lookUp(store, 'contacts', id)));
      case 'GET suppressions/*':
        return found('suppression', lookUp(store, 'suppressions', id));
      case 'GET suppressions':
        return suppressionList(request, store);
      case 'GET segments':
        return listed(request, stored(store, 'segments'));
      case 'GET segments/*':
        return found('segment', lookUp(store, 'segments', id));
      case 'GET broadcasts':
        return listed(request, stored(store, 'broadcasts').reverse().map(brief));
      case 'POST broadcasts':
        return createBroadcast(request, store);
      case 'GET broadcasts/*':
        return found('broadcast', lookUp(store, 'broadcasts', id));
      case 'PATCH broadcasts/*':
        return updateBroadcast(request, store, lookUp(store, 'broadcasts', id));
      case 'DELETE broadcasts/*':
        return removeBroadcast(store, lookUp(store, 'broadcasts', id));
      case 'POST broadcasts/*/send':
        return sendBroadcast(request, store, lookUp(store, 'broadcasts', id));
      case 'POST broadcasts/*/cancel':
        return cancelBroadcast(store, lookUp(store, 'broadcasts', id));
      case 'GET emails':
        return listed(request, stored(store, 'emails').reverse().map(withoutText));
      case 'POST emails':
        return sendOnce(request, store);
      case 'GET emails/*':
        return found('email', lookUp(store, 'emails', id));
      case 'POST emails/*/cancel':
        return cancelEmail(store, lookUp(store, 'emails', id));
      default:
        return unknown();
    }
  },
  later: {
    next: (store) => {
      const times = waiting(store).map(({ at }) => at);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    run: (store, now) => {
      const due = waiting(store).filter(({ at }) => at <= now);
      for (const { type, body } of due) put(store, type, { ...body, ...sent(type, now) });
      return due.map(({ type, body }) => `/${type}/${String(body['id'])}`);
    },
  },
};

function waiting(store: Store): { type: string; at: number; body: Record<string, unknown> }[] {
  const messages = stored<Email>(store, 'emails').filter(({ last_event }) => last_event === 'scheduled');
  const mailings = stored<Broadcast>(store, 'broadcasts').filter(({ status }) => status === 'scheduled');
  return [
    ...messages.map((body) => ({ type: 'emails', at: when(body.scheduled_at), body: { ...body } })),
    ...mailings.map((body) => ({ type: 'broadcasts', at: when(body.scheduled_at), body: { ...body } })),
  ];
}

function sent(type: string, now: number): Record<string, unknown> {
  return type === 'emails' ? { last_event: 'delivered' } : { status: 'sent', sent_at: stamp(now) };
}

function contactList(request: Incoming, store: Store): Reply {
  const segment = request.query.get('segment_id');
  const many = manyContacts(segment);
  if (many) return listed(request, many);
  if (segment !== null && !store.get('segments', segment))
    return problem(404, 'not_found', 'Segment not found');
  const all = stored<Contact>(store, 'contacts');
  const those = segment === null ? all : all.filter((one) => one.segments.includes(segment));
  return listed(request, those.map(withoutSegments));
}

/** Newest first. */
function suppressionList(request: Incoming, store: Store): Reply {
  const origin = request.query.get('origin');
  if (origin !== null && !['bounce', 'complaint', 'manual'].includes(origin))
    return problem(422, 'validation_error', 'The `origin` must be one of bounce, complaint, manual.');
  const all = stored(store, 'suppressions').reverse();
  return listed(
    request,
    all.filter((one) => origin === null || one['origin'] === origin),
  );
}

/** By id, or by mail address where Resend takes one. */
function lookUp(store: Store, type: string, id = ''): Record<string, unknown> | undefined {
  return (store.get(type, id) ?? store.byKey(type, id.toLowerCase())[0])?.body;
}

function found(object: string, body: object | undefined): Reply {
  return body ? { status: 200, json: { object, ...body } } : missing();
}

function withoutSegments(contact: object | undefined): Record<string, unknown> | undefined {
  if (!contact) return undefined;
  const { segments: _, ...rest } = contact as Record<string, unknown>;
  return rest;
}

function brief({ text: _text, html: _html, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const { from: _from, subject: _subject, ...listed } = rest;
  return listed;
}

function withoutText({
  text: _text,
  html: _html,
  ...rest
}: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

function rateHeaders(remaining: number): Record<string, string> {
  return {
    'ratelimit-limit': String(RATE.max),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(RATE.per),
  };
}

function unknown(): Reply {
  return problem(404, 'not_found', 'The requested endpoint does not exist.');
}
