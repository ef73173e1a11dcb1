import { parsedJson } from '../../../shared/parsed-json.ts';
import { z } from 'zod';
import type { Item, Store } from '../store.ts';
import { problem } from './hubspot-shapes.ts';
import { jsonObject, type Incoming, type Reply } from './vendor.ts';

const CONTACTS = '0-1';

const ids = z.array(z.coerce.string()).max(100_000);
const both = z.object({ recordIdsToAdd: ids, recordIdsToRemove: ids });
const searched = z.object({
  query: z.string().default(''),
  processingTypes: z.array(z.string()).optional(),
  objectTypeId: z.string().optional(),
  count: z.int().min(1).max(500).default(20),
  offset: z.int().min(0).default(0),
});
const inputs = z.object({
  inputs: z
    .array(z.object({ objectTypeId: z.string(), recordId: z.coerce.string() }))
    .min(1)
    .max(100),
});

/** Puts a contact on a list; `at` is RFC 3339. */
export function enlist(list: string, recordId: string, at: string, store: Store): void {
  store.put('memberships', {
    id: `${list}-${recordId}`,
    key: list,
    body: { list, recordId, membershipTimestamp: at },
  });
}

/** Takes an archived record off every list. */
export function delist(recordId: string, store: Store): void {
  for (const { id: list } of store.list('lists')) store.remove('memberships', `${list}-${recordId}`);
}

/**
 * HubSpot CRM v3, lists (https://developers.hubspot.com/docs/api-reference/crm-lists-v3): read, search, members by page, add and
 * remove, and in which lists records are. `path` is what follows `/crm/v3/lists`.
 */
export function lists(path: string, request: Incoming, store: Store): Reply {
  const { method } = request;
  if (method === 'POST' && path === '/search') return search(request, store);
  if (method === 'POST' && path === '/records/memberships/batch/read') return memberships(request, store);
  const [, id = '', rest = ''] = /^\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const list = store.get('lists', id);
  if (!list) return problem(404, 'OBJECT_NOT_FOUND', `List does not exist with ID ${id}.`);
  if (method === 'GET' && rest === '') return { status: 200, json: { list: view(list, store) } };
  if (method === 'GET' && rest === '/memberships') return members(id, request, store);
  if (method === 'PUT' && rest.startsWith('/memberships/')) return change(list, rest, request, store);
  return problem(405, 'METHOD_NOT_ALLOWED', `Method ${method} is not allowed here`);
}

function view({ id, body }: Item, store: Store): Record<string, unknown> {
  const size = store.byKey('memberships', id).length;
  return { listId: id, ...body, additionalProperties: { hs_list_size: String(size) } };
}

function search(request: Incoming, store: Store): Reply {
  const parsed = searched.safeParse(jsonObject(request.body));
  if (!parsed.success) return problem(400, 'VALIDATION_ERROR', 'Invalid input JSON');
  const { query, processingTypes, objectTypeId, count, offset } = parsed.data;
  const hits = store
    .list('lists')
    .filter(({ body }) => String(body['name']).toLowerCase().includes(query.toLowerCase()))
    .filter(({ body }) => processingTypes?.includes(String(body['processingType'])) ?? true)
    .filter(({ body }) => objectTypeId === undefined || body['objectTypeId'] === objectTypeId);
  const end = Math.min(offset + count, hits.length);
  const page = hits.slice(offset, end).map((item) => view(item, store));
  const told = { total: hits.length, hasMore: end < hits.length, offset: end, lists: page };
  return { status: 200, json: told };
}

/** By id upwards; the paging token stands for the last id. */
function members(list: string, { query }: Incoming, store: Store): Reply {
  const limit = Number(query.get('limit') ?? '100');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 250)
    return problem(400, 'VALIDATION_ERROR', 'limit must be between 1 and 250');
  const last = idOf(query.get('after'));
  if (last === undefined) return problem(400, 'VALIDATION_ERROR', 'Invalid paging token');
  const all = store
    .byKey('memberships', list)
    .map(({ body }) => ({
      recordId: String(body['recordId']),
      membershipTimestamp: body['membershipTimestamp'],
    }))
    .sort((a, b) => Number(a.recordId) - Number(b.recordId));
  const rest = all.filter(({ recordId }) => Number(recordId) > last);
  const results = rest.slice(0, limit);
  const after = btoa(results.at(-1)?.recordId ?? '');
  const paging = rest.length > limit ? { paging: { next: { after, link: `?after=${after}` } } } : {};
  return { status: 200, json: { results, total: all.length, ...paging } };
}

/** The record id in a paging token; 0 without one, undefined for what is none. */
function idOf(token: string | null): number | undefined {
  if (token === null) return 0;
  try {
    const id = Number(atob(token));
    return Number.isSafeInteger(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function change(list: Item, rest: string, request: Incoming, store: Store): Reply {
  if (list.body['processingType'] === 'DYNAMIC')
    return problem(400, 'VALIDATION_ERROR', 'Memberships of a DYNAMIC list cannot be changed');
  const asked = changeOf(rest, request.body);
  if (!asked) return problem(400, 'VALIDATION_ERROR', 'Invalid input JSON');
  const type = list.body['objectTypeId'] === CONTACTS ? 'contacts' : 'companies';
  const missing = [...asked.on, ...asked.off].filter((id) => !store.get(type, id));
  const on = asked.on.filter((id) => !missing.includes(id) && !store.get('memberships', `${list.id}-${id}`));
  const off = asked.off.filter((id) => store.get('memberships', `${list.id}-${id}`));
  const at = new Date(request.now).toISOString();
  for (const id of on) enlist(list.id, id, at, store);
  for (const id of off) store.remove('memberships', `${list.id}-${id}`);
  const json = { recordsIdsAdded: on, recordIdsRemoved: off, recordIdsMissing: missing };
  return { status: 200, json, changed: on.length + off.length > 0 };
}

function changeOf(rest: string, body: string): { on: string[]; off: string[] } | undefined {
  if (rest === '/memberships/add-and-remove') {
    const parsed = both.safeParse(jsonObject(body));
    return parsed.success
      ? { on: parsed.data.recordIdsToAdd, off: parsed.data.recordIdsToRemove }
      : undefined;
  }
  const given = ids.safeParse(parsedJson(body));
  if (!given.success) return undefined;
  if (rest === '/memberships/add') return { on: given.data, off: [] };
  return rest === '/memberships/remove' ? { on: [], off: given.data } : undefined;
}

/** In which lists some records are. One that does not exist is in none. */
function memberships(request: Incoming, store: Store): Reply {
  const parsed = inputs.safeParse(jsonObject(request.body));
  if (!parsed.success) return problem(400, 'VALIDATION_ERROR', 'Invalid input JSON');
  const all = store.list('lists');
  const results = parsed.data.inputs.map(({ objectTypeId, recordId }) => ({
    objectTypeId,
    recordId,
    recordListMemberships: all
      .filter(
        ({ id, body }) =>
          body['objectTypeId'] === objectTypeId && store.get('memberships', `${id}-${recordId}`),
      )
      .map(({ id, body }) => ({ listId: id, listVersion: body['listVersion'], isPublicList: false })),
  }));
  const at = new Date(request.now).toISOString();
  return { status: 200, json: { status: 'COMPLETE', startedAt: at, completedAt: at, results } };
}
