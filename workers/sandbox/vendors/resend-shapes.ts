/** How Resend writes lists, times and errors, and what it refuses wherever something is sent. */
import type { Store } from '../store.ts';
import { LARGE } from './resend-data.ts';
import type { Incoming, Reply } from './vendor.ts';

export const DAY_MS = 86_400_000;

/** Domains that this account verified. */
const verified = ['acme.example', 'news.acme.example'];

/** One page; the cursor is the id of an item. */
export function listed({ query }: Incoming, all: readonly (Record<string, unknown> | undefined)[]): Reply {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    return problem(422, 'validation_error', 'The `limit` must be between 1 and 100.');
  const after = query.get('after');
  const from = after === null ? 0 : all.findIndex((item) => item?.['id'] === after) + 1;
  if (after !== null && from === 0) return problem(422, 'validation_error', 'The `after` cursor is invalid.');
  const data = all.slice(from, from + limit);
  return { status: 200, json: { object: 'list', has_more: from + data.length < all.length, data } };
}

/** The contacts of a segment that is too large to keep; undefined for every other. */
export function manyContacts(segment: string | null): Record<string, unknown>[] | undefined {
  if (segment === null || !Object.hasOwn(LARGE, segment)) return undefined;
  return Array.from({ length: LARGE[segment] ?? 0 }, (_, n) => ({
    id: `${segment.slice(-4)}0000-0000-4000-8001-${n.toString(16).padStart(12, '0')}`,
    email: `reader${n}@many.example`,
    first_name: null,
    last_name: null,
    unsubscribed: n % 10 === 0,
    created_at: '2026-01-15 09:00:00+00',
  }));
}

/** Everything of a type, oldest first. */
export function stored<T = Record<string, unknown>>(store: Store, type: string): T[] {
  return store.list(type).map(({ body }) => body as T);
}

/** `2026-10-06 23:47:56.678+00`, as Resend's database writes it. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '+00');
}

/** Unix ms of such a time. */
export function when(time: string | null): number {
  return Date.parse(`${(time ?? '').replace(' ', 'T').replace(/\+00$/, '')}Z`);
}

export function problem(statusCode: number, name: string, message: string): Reply {
  return { status: statusCode, json: { statusCode, name, message } };
}

/** Ahead, and by no more than 30 days. */
export function untimely(at: unknown, now: number): Reply | undefined {
  if (at === undefined) return undefined;
  const time = typeof at === 'string' ? Date.parse(at) : NaN;
  if (time > now && time <= now + 30 * DAY_MS) return undefined;
  return problem(422, 'validation_error', 'The `scheduled_at` must be within the next 30 days.');
}

export function unverified(from: unknown): Reply | undefined {
  const domain = /@([^\s>]+)>?$/.exec(String(from))?.[1] ?? '';
  if (verified.includes(domain.toLowerCase())) return undefined;
  return problem(403, 'validation_error', `The ${domain} domain is not verified.`);
}

export function put(store: Store, type: string, body: Record<string, unknown>): void {
  const key = type === 'contacts' || type === 'suppressions' ? String(body['email']) : null;
  store.put(type, { id: String(body['id']), key, body });
}

export function newId(store: Store): string {
  return `00000000-0000-4000-9000-${store.next().toString(16).padStart(12, '0')}`;
}

export function missing(): Reply {
  return problem(404, 'not_found', 'Not found');
}
