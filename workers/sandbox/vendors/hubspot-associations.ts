import { parsedJson } from '../../../shared/parsed-json.ts';
import { z } from 'zod';
import type { Item, Store } from '../store.ts';
import { problem } from './hubspot-shapes.ts';
import type { Incoming, Reply } from './vendor.ts';

type Spec = { category: string; typeId: number; label: string | null };

const specs = z
  .array(z.object({ associationCategory: z.string(), associationTypeId: z.int() }))
  .min(1)
  .max(10);

/** HubSpot's own type of an association without a label, by the two kinds of records; and the other way round. */
const unlabelled: Readonly<Record<string, number>> = {
  'contacts companies': 279,
  'companies contacts': 280,
  'contacts deals': 4,
  'deals contacts': 3,
  'companies deals': 342,
  'deals companies': 341,
  'contacts contacts': 449,
  'companies companies': 450,
  'deals deals': 451,
};
/** A contact's primary company, seen from either side. */
const primary: Readonly<Record<string, number>> = { 'contacts companies': 1, 'companies contacts': 2 };
const labels: Readonly<Record<number, string>> = { 1: 'Primary', 2: 'Primary' };

/**
 * HubSpot CRM v4, associations (https://developers.hubspot.com/docs/api-reference/crm-associations-v4): list, create with types or
 * with the default one, remove. `path` is what follows `/crm/v4/objects/`.
 */
export function associations(path: string, request: Incoming, store: Store): Reply {
  const match = /^(\w+)\/(\d+)\/associations\/(default\/)?(\w+)(?:\/(\d+))?$/.exec(path);
  const [, fromType = '', from = '', byDefault, toType = '', to] = match ?? [];
  const pair = `${fromType} ${toType}`;
  if (!Object.hasOwn(unlabelled, pair)) return problem(404, 'OBJECT_NOT_FOUND', 'resource not found');
  const [here, there] = [`${fromType}/${from}`, `${toType}/${to ?? ''}`];
  if (!store.get(fromType, from)) return problem(404, 'OBJECT_NOT_FOUND', `${here} does not exist`);
  if (request.method === 'GET' && to === undefined) return list(here, toType, request, store);
  if (to === undefined || !store.get(toType, to))
    return problem(404, 'OBJECT_NOT_FOUND', `${there} does not exist`);
  if (request.method === 'DELETE') return remove(here, there, store);
  if (request.method !== 'PUT') return problem(405, 'METHOD_NOT_ALLOWED', 'Method is not allowed here');
  const typeIds = byDefault ? [unlabelled[pair] ?? 0] : typesOf(request.body, pair);
  if (!typeIds) return problem(400, 'VALIDATION_ERROR', 'Invalid association types');
  return create(here, there, typeIds, byDefault !== undefined, request, store);
}

/** Puts two records together, seen from both sides. */
export function associate(from: string, to: string, typeIds: readonly number[], store: Store): void {
  put(from, to, typeIds, store);
  const [fromType, toType] = [from, to].map((one) => one.split('/')[0]);
  put(
    to,
    from,
    typeIds.map((id) => otherSide(id, `${fromType} ${toType}`, `${toType} ${fromType}`)),
    store,
  );
}

/** Takes an archived record away from all that belonged to it. */
export function leave(record: string, store: Store): void {
  for (const { id, body } of store.byKey('associations', record)) {
    store.remove('associations', id);
    store.remove('associations', `${String(body['to'])} ${record}`);
  }
}

function put(from: string, to: string, typeIds: readonly number[], store: Store): void {
  const id = `${from} ${to}`;
  const held = (store.get('associations', id)?.body['typeIds'] as number[] | undefined) ?? [];
  const all = [...new Set([...held, ...typeIds])].sort((a, b) => a - b);
  store.put('associations', { id, key: from, body: { from, to, typeIds: all } });
}

function otherSide(typeId: number, pair: string, reverse: string): number {
  if (typeId === primary[pair]) return primary[reverse] ?? typeId;
  return typeId === unlabelled[pair] ? (unlabelled[reverse] ?? typeId) : typeId;
}

function list(from: string, toType: string, { query }: Incoming, store: Store): Reply {
  const limit = Number(query.get('limit') ?? '500');
  const after = Number(query.get('after') ?? '0');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 500 || !Number.isSafeInteger(after))
    return problem(400, 'VALIDATION_ERROR', 'Invalid paging');
  const all = store
    .byKey('associations', from)
    .filter(({ body }) => String(body['to']).startsWith(`${toType}/`))
    .map(view)
    .sort((a, b) => a.toObjectId - b.toObjectId)
    .filter(({ toObjectId }) => toObjectId > after);
  const results = all.slice(0, limit);
  const next = String(results.at(-1)?.toObjectId);
  const paging = all.length > limit ? { paging: { next: { after: next, link: `?after=${next}` } } } : {};
  return { status: 200, json: { results, ...paging } };
}

function view({ body }: Item): { toObjectId: number; associationTypes: Spec[] } {
  const associationTypes = (body['typeIds'] as number[]).map((typeId) => ({
    category: 'HUBSPOT_DEFINED',
    typeId,
    label: labels[typeId] ?? null,
  }));
  return { toObjectId: Number(String(body['to']).split('/')[1]), associationTypes };
}

function create(
  from: string,
  to: string,
  typeIds: readonly number[],
  byDefault: boolean,
  { now }: Incoming,
  store: Store,
): Reply {
  associate(from, to, typeIds, store);
  if (!byDefault) {
    const [fromObjectTypeId, toObjectTypeId] = [from, to].map(typeIdOf);
    const [fromObjectId, toObjectId] = [from, to].map((one) => Number(one.split('/')[1]));
    const json = { fromObjectTypeId, fromObjectId, toObjectTypeId, toObjectId, labels: [] };
    return { status: 201, json, changed: true };
  }
  const at = new Date(now).toISOString();
  const results = typeIds.map((associationTypeId) => ({
    from: { id: from.split('/')[1] },
    to: { id: to.split('/')[1] },
    associationSpec: { associationCategory: 'HUBSPOT_DEFINED', associationTypeId },
  }));
  return {
    status: 200,
    json: { status: 'COMPLETE', startedAt: at, completedAt: at, results },
    changed: true,
  };
}

function remove(from: string, to: string, store: Store): Reply {
  const there = store.get('associations', `${from} ${to}`) !== undefined;
  store.remove('associations', `${from} ${to}`);
  store.remove('associations', `${to} ${from}`);
  return { status: 204, json: null, changed: there };
}

/** The types of a body, if HubSpot knows them for these two kinds of records. */
function typesOf(body: string, pair: string): number[] | undefined {
  const parsed = specs.safeParse(parsedJson(body));
  const known = [unlabelled[pair], primary[pair]];
  return parsed.success && parsed.data.every(({ associationTypeId }) => known.includes(associationTypeId))
    ? parsed.data.map(({ associationTypeId }) => associationTypeId)
    : undefined;
}

function typeIdOf(record: string): string {
  return { contacts: '0-1', companies: '0-2', deals: '0-3' }[record.split('/')[0] ?? ''] ?? '';
}
