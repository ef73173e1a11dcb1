import type { Item } from '../store.ts';
import type { Reply } from './vendor.ts';

/** A private app of a Professional account: 190 requests in 10 s. */
export const RATE_10_SECONDS = { name: 'ten-secondly', max: 190, per: 10 };
/** All searches of an account: 5 a second. */
export const RATE_SEARCH = { name: 'search', max: 5, per: 1 };

/** HubSpot's error body. */
export function problem(
  status: number,
  category: string | undefined,
  message: string,
  more: Record<string, unknown> = {},
): Reply {
  return {
    status,
    json: {
      status: 'error',
      message,
      correlationId: crypto.randomUUID(),
      ...(category && { category }),
      ...more,
    },
  };
}

/** A record as answers show it: the asked properties that exist, null where unset, and the three that always come. */
export function view({ id, body }: Item, asked: readonly string[]): Record<string, unknown> {
  const held = body['properties'] as Record<string, string>;
  const shown = Object.fromEntries(asked.filter(Boolean).map((name) => [name, held[name] ?? null]));
  const { createdAt, updatedAt, archived, archivedAt } = body;
  return {
    id,
    properties: { ...shown, hs_object_id: id, createdate: createdAt, lastmodifieddate: updatedAt },
    createdAt,
    updatedAt,
    archived,
    ...(archivedAt !== undefined && { archivedAt }),
  };
}
