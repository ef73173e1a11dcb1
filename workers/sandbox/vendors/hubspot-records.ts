import { leave } from './hubspot-associations.ts';
import { owners } from './hubspot-data.ts';
import { delist } from './hubspot-lists.ts';
import { search } from './hubspot-search.ts';
import { problem, view } from './hubspot-shapes.ts';
import type { Item, Store } from '../store.ts';
import { jsonObject, type Incoming, type Reply } from './vendor.ts';

/** What the types of objects know; a real portal knows some hundred properties more. */
export const properties = {
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
  deals: [
    'dealname',
    'amount',
    'deal_currency_code',
    'dealstage',
    'pipeline',
    'closedate',
    'description',
    'hubspot_owner_id',
  ],
} as const;

export type Type = keyof typeof properties;

/** The stages of the default pipeline. */
const stages = [
  'appointmentscheduled',
  'qualifiedtobuy',
  'presentationscheduled',
  'decisionmakerboughtin',
  'contractsent',
  'closedwon',
  'closedlost',
];
/** The currencies that the account has. */
const currencies = ['EUR', 'USD', 'GBP', 'JPY'];

/** What HubSpot fills in by itself. */
const defaults: Readonly<Record<Type, Record<string, string>>> = {
  contacts: {},
  companies: {},
  deals: { pipeline: 'default' },
};

/** One type of records: search, create, read, update, archive. `id` is what follows the type in the path. */
export function records(type: Type, id: string | undefined, request: Incoming, store: Store): Reply {
  if (request.method === 'POST' && id === 'search') return search(type, properties[type], request, store);
  if (request.method === 'POST' && id === undefined) return create(type, request, store);
  if (request.method === 'GET' && id !== undefined) return read(type, id, request, store);
  if (request.method === 'PATCH' && id !== undefined) return update(type, id, request, store);
  if (request.method === 'DELETE' && id !== undefined) return archive(type, id, request, store);
  return problem(405, 'METHOD_NOT_ALLOWED', `Method ${request.method} is not allowed here`);
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
  const missing = type === 'deals' && !values.properties['dealstage'] ? 'dealstage' : undefined;
  if (missing) return invalid(missing, 'PROPERTY_REQUIRED', `${missing} is required`);
  const at = new Date(request.now).toISOString();
  const made = item(type, String(store.next()), { ...defaults[type], ...values.properties }, at, at);
  store.put(type, made);
  const held = Object.keys(made.body['properties'] as object);
  return { status: 201, json: view(made, held), changed: true };
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
  leave(`${type}/${id}`, store);
  away(type, found, new Date(request.now).toISOString(), store);
  return { status: 204, json: null, changed: true };
}

/** What is archived is kept apart: no other request finds it. */
export function away(type: Type, { id, body }: Item, at: string, store: Store): void {
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

export function item(
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
    out[name] = keptAs(name, String(value));
  }
  return { ok: true, properties: out };
}

/** How HubSpot writes a value down. */
function keptAs(name: string, text: string): string {
  if (name === 'email') return text.toLowerCase();
  return name === 'closedate' && text !== '' ? new Date(text).toISOString() : text;
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
  if (name === 'amount' && !/^-?\d+(\.\d+)?$/.test(text))
    return invalid(name, 'INVALID_NUMBER', 'was not a valid number.');
  if (name === 'dealstage' && !stages.includes(text))
    return invalid(name, 'INVALID_OPTION', `${text} was not one of the allowed options.`);
  if (name === 'deal_currency_code' && !currencies.includes(text))
    return invalid(name, 'INVALID_OPTION', `${text} was not one of the allowed options.`);
  if (name === 'closedate' && Number.isNaN(Date.parse(text)))
    return invalid(name, 'INVALID_DATE', 'was not a valid date.');
  if (name === 'hubspot_owner_id' && !owners.some((owner) => owner.id === text && !owner.archived))
    return invalid(name, 'INVALID_OWNER_ID', 'is not a valid owner.');
  return undefined;
}

function invalid(name: string, error: string, message: string): Reply {
  const detail = JSON.stringify([{ isValid: false, message, error, name }]);
  return problem(400, 'VALIDATION_ERROR', `Property values were not valid: ${detail}`);
}
