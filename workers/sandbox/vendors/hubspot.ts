import { crowd } from './hubspot-crowd.ts';
import { archived, owners, seedCompanies, seedContacts } from './hubspot-data.ts';
import { delist, lists } from './hubspot-lists.ts';
import { seedLists } from './hubspot-segments.ts';
import { search } from './hubspot-search.ts';
import { problem, RATE_10_SECONDS, RATE_SEARCH, view } from './hubspot-shapes.ts';
import type { Item, Store } from '../store.ts';
import { bearer, jsonObject, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

/** What the two types of objects know; a real portal knows some hundred properties more. */
const properties = {
  contacts: [
    'email',
    'firstname',
    'lastname',
    'phone',
    'company',
    'jobtitle',
    'country',
    'city',
    'website',
    'lifecyclestage',
    'hs_lead_status',
    'hubspot_owner_id',
  ],
  companies: [
    'name',
    'domain',
    'country',
    'city',
    'industry',
    'phone',
    'numberofemployees',
    'lifecyclestage',
    'hubspot_owner_id',
  ],
} as const;

type Type = keyof typeof properties;

/**
 * HubSpot CRM v3, contacts and companies: read, search, create, update, archive; lists in `hubspot-lists.ts`
 * (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3), with the limits of a private app of a
 * Professional account (https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines).
 */
export const hubspot: SimulatedVendor = {
  origin: 'https://api.hubapi.com',
  secrets: { read: 'HUBSPOT_READ_TOKEN_SHA256', write: 'HUBSPOT_WRITE_TOKEN_SHA256' },
  types: ['contacts', 'companies', 'lists', 'memberships', 'archived'],
  seed(store) {
    const at = '2026-01-15T09:00:00.000Z';
    for (const [id, values] of [...seedContacts, ...crowd()])
      store.put('contacts', item('contacts', id, values, at, at));
    for (const [id, values] of seedCompanies) store.put('companies', item('companies', id, values, at, at));
    for (const [type, id, values] of archived) away(type, item(type, id, values, at, at), at, store);
    seedLists(store, at);
  },
  credential: ({ headers }) => bearer(headers),
  limits: (request) => [isSearch(request) ? RATE_SEARCH : RATE_10_SECONDS],
  limitHeaders: (request, remaining) =>
    // Answers of searches carry no such headers.
    isSearch(request)
      ? {}
      : {
          'x-hubspot-ratelimit-max': String(RATE_10_SECONDS.max),
          'x-hubspot-ratelimit-remaining': String(remaining),
          'x-hubspot-ratelimit-interval-milliseconds': String(RATE_10_SECONDS.per * 1000),
          'x-hubspot-ratelimit-daily': '650000',
          'x-hubspot-ratelimit-daily-remaining': '649000',
        },
  unauthorised: () =>
    problem(
      401,
      'INVALID_AUTHENTICATION',
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    ),
  forbidden: () =>
    problem(
      403,
      'MISSING_SCOPES',
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    ),
  limited: (request) => {
    const policyName = isSearch(request) ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING';
    const message = `You have reached your ${policyName.toLowerCase()} limit.`;
    return problem(429, undefined, message, { errorType: 'RATE_LIMIT', policyName });
  },
  broken: () => problem(500, undefined, 'internal error'),
  handle(request, store) {
    if (request.path.startsWith('/crm/v3/lists/'))
      return lists(request.path.slice('/crm/v3/lists'.length), request, store);
    const match = /^\/crm\/v3\/objects\/(contacts|companies)(?:\/([^/]+))?$/.exec(request.path);
    const type = match?.[1] as Type | undefined;
    if (!type) return problem(404, 'OBJECT_NOT_FOUND', 'resource not found');
    const id = match?.[2] === undefined ? undefined : decodeURIComponent(match[2]);
    if (request.method === 'POST' && id === 'search') return search(type, properties[type], request, store);
    if (request.method === 'POST' && id === undefined) return create(type, request, store);
    if (request.method === 'GET' && id !== undefined) return read(type, id, request, store);
    if (request.method === 'PATCH' && id !== undefined) return update(type, id, request, store);
    if (request.method === 'DELETE' && id !== undefined) return archive(type, id, request, store);
    return problem(405, 'METHOD_NOT_ALLOWED', `Method ${request.method} is not allowed here`);
  },
};

function isSearch({ path }: Incoming): boolean {
  return path.endsWith('/search');
}

function read(type: Type, id: string, request: Incoming, store: Store): Reply {
  const found = byId(type, id, request, store);
  if (!found) return problem(404, 'OBJECT_NOT_FOUND', 'resource not found');
  const asked = request.query.getAll('properties').flatMap((list) => list.split(','));
  return { status: 200, json: view(found, asked) };
}

function create(type: Type, request: Incoming, store: Store): Reply {
  const values = valuesOf(type, request);
  if (!values.ok) return values.reply;
  const email = values.properties['email'];
  const existing = type === 'contacts' && email ? store.byKey(type, email)[0] : undefined;
  if (existing) return problem(409, 'CONFLICT', `Contact already exists. Existing ID: ${existing.id}`);
  const at = new Date(request.now).toISOString();
  const made = item(type, String(store.next()), values.properties, at, at);
  store.put(type, made);
  return { status: 201, json: view(made, Object.keys(values.properties)), changed: true };
}

function update(type: Type, id: string, request: Incoming, store: Store): Reply {
  const found = byId(type, id, request, store);
  if (!found) return problem(404, 'OBJECT_NOT_FOUND', 'resource not found');
  const values = valuesOf(type, request);
  if (!values.ok) return values.reply;
  const email = values.properties['email'];
  const other = type === 'contacts' && email ? store.byKey(type, email)[0] : undefined;
  if (other && other.id !== found.id)
    return invalid('email', 'CONFLICTING_UNIQUE_VALUE', `${other.id} already has that value.`);
  const { createdAt } = found.body;
  const merged = { ...(found.body['properties'] as Record<string, string>), ...values.properties };
  const kept = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
  const changed = item(type, found.id, kept, String(createdAt), new Date(request.now).toISOString());
  store.put(type, changed);
  // A change is answered with the changed properties, not with all of them.
  return { status: 200, json: view(changed, Object.keys(values.properties)), changed: true };
}

/** Archives a record. HubSpot answers alike where there is none. */
function archive(type: Type, id: string, request: Incoming, store: Store): Reply {
  const found = store.get(type, id);
  if (!found) return { status: 204, json: null };
  store.remove(type, id);
  if (type === 'contacts') delist(id, store);
  away(type, found, new Date(request.now).toISOString(), store);
  return { status: 204, json: null, changed: true };
}

/** What is archived is kept apart: no other request finds it. */
function away(type: Type, { id, body }: Item, at: string, store: Store): void {
  const gone = { ...body, archived: true, archivedAt: at };
  store.put('archived', { id: `${type}-${id}`, key: null, body: gone });
}

function byId(type: Type, id: string, { query }: Incoming, store: Store): Item | undefined {
  if (query.get('archived') === 'true') {
    const gone = store.get('archived', `${type}-${id}`);
    return gone && { ...gone, id };
  }
  if (query.get('idProperty') !== 'email') return store.get(type, id);
  return type === 'contacts' ? store.byKey(type, id.toLowerCase())[0] : undefined;
}

function item(
  type: Type,
  id: string,
  values: Record<string, string>,
  createdAt: string,
  updatedAt: string,
): Item {
  const key = (type === 'contacts' ? values['email'] : values['domain']) ?? null;
  return { id, key, body: { id, properties: values, createdAt, updatedAt, archived: false } };
}

type Values = { ok: true; properties: Record<string, string> } | { ok: false; reply: Reply };

function valuesOf(type: Type, request: Incoming): Values {
  const given = jsonObject(request.body)?.['properties'];
  if (typeof given !== 'object' || given === null)
    return {
      ok: false,
      reply: problem(400, 'VALIDATION_ERROR', 'Invalid input JSON: properties is required'),
    };
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const fault = faultOf(type, name, value);
    if (fault) return { ok: false, reply: fault };
    out[name] = name === 'email' ? String(value).toLowerCase() : String(value);
  }
  return { ok: true, properties: out };
}

function faultOf(type: Type, name: string, value: unknown): Reply | undefined {
  if (!(properties[type] as readonly string[]).includes(name))
    return invalid(name, 'PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
  if (typeof value !== 'string' && typeof value !== 'number')
    return problem(400, 'VALIDATION_ERROR', `Invalid input JSON: ${name} is no string`);
  const text = String(value);
  if (text === '') return undefined;
  if (name === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text))
    return invalid(name, 'INVALID_EMAIL', 'Email address is invalid');
  if (name === 'numberofemployees' && !/^-?\d+(\.\d+)?$/.test(text))
    return invalid(name, 'INVALID_INTEGER', 'was not a valid number.');
  if (name === 'hubspot_owner_id' && !owners.includes(text))
    return invalid(name, 'INVALID_OWNER_ID', 'is not a valid owner.');
  return undefined;
}

function invalid(name: string, error: string, message: string): Reply {
  const detail = JSON.stringify([{ isValid: false, message, error, name }]);
  return problem(400, 'VALIDATION_ERROR', `Property values were not valid: ${detail}`);
}
