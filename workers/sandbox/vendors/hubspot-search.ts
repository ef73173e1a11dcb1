import { z } from 'zod';
import type { Item, Store } from '../store.ts';
import { problem, view } from './hubspot-shapes.ts';
import { jsonObject, type Incoming, type Reply } from './vendor.ts';

const filter = z.object({
  propertyName: z.string(),
  operator: z.enum(['EQ', 'NEQ', 'HAS_PROPERTY', 'NOT_HAS_PROPERTY']),
  value: z.coerce.string().optional(),
});

/** https://developers.hubspot.com/docs/api-reference/search/guide: the operators that are used here, and its bounds. */
const body = z.object({
  filterGroups: z
    .array(z.object({ filters: z.array(filter).max(6) }))
    .max(5)
    .default([]),
  query: z.string().max(3000).optional(),
  properties: z.array(z.string()).default([]),
  limit: z.coerce.number().int().min(1).max(200).default(10),
  after: z.coerce.number().int().min(0).max(10_000).default(0),
});
type Search = z.output<typeof body>;

/** "It may take a few moments for new objects to appear": here, this long. */
const INDEX_LAG_MS = 1_000;

/** Answers a search: any filter group whose filters all hold, and every word somewhere in the record. */
export function search(type: string, known: readonly string[], request: Incoming, store: Store): Reply {
  const parsed = body.safeParse(jsonObject(request.body));
  if (!parsed.success) return problem(400, 'VALIDATION_ERROR', 'Invalid input JSON');
  const asked = parsed.data;
  const wrong = asked.filterGroups
    .flatMap(({ filters }) => filters)
    .find(({ propertyName }) => !known.includes(propertyName));
  if (wrong)
    return problem(400, 'VALIDATION_ERROR', `There was a problem with the request: ${wrong.propertyName}`);
  const indexed = new Date(request.now - INDEX_LAG_MS).toISOString();
  const hits = candidates(type, asked, store).filter(
    (item) => String(item.body['createdAt']) <= indexed && matches(item, asked),
  );
  return page(hits, asked);
}

/** Everything, or what the index gives for the one filter that it can answer. */
function candidates(type: string, { filterGroups }: Search, store: Store): Item[] {
  const only = filterGroups.length === 1 ? filterGroups[0]?.filters[0] : undefined;
  const indexed = type === 'contacts' ? 'email' : 'domain';
  return only?.propertyName === indexed && only.operator === 'EQ'
    ? store.byKey(type, (only.value ?? '').toLowerCase())
    : store.list(type);
}

function matches({ body }: Item, { filterGroups, query }: Search): boolean {
  const held = body['properties'] as Record<string, string>;
  const text = Object.values(held).join('\n').toLowerCase();
  const words = (query ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => text.includes(word))) return false;
  return (
    filterGroups.length === 0 || filterGroups.some(({ filters }) => filters.every((one) => holds(held, one)))
  );
}

function holds(
  held: Record<string, string>,
  { propertyName, operator, value }: z.output<typeof filter>,
): boolean {
  const found = held[propertyName];
  switch (operator) {
    case 'EQ':
      return found?.toLowerCase() === value?.toLowerCase();
    case 'NEQ':
      return found?.toLowerCase() !== value?.toLowerCase();
    case 'HAS_PROPERTY':
      return found !== undefined;
    case 'NOT_HAS_PROPERTY':
      return found === undefined;
  }
}

function page(hits: Item[], { properties, limit, after }: Search): Reply {
  const end = after + limit;
  const results = hits.slice(after, end).map((item) => view(item, properties));
  const next = end < hits.length ? { paging: { next: { after: String(end), link: `?after=${end}` } } } : {};
  return { status: 200, json: { total: hits.length, results, ...next } };
}
