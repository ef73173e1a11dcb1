import type { Item, Store } from '../store.ts';
import {
  bearer,
  jsonObject,
  type Incoming,
  type Reply,
  type SecretHash,
  type SimulatedVendor,
} from './vendor.ts';

/** One operation of a vendor whose records are plain objects. */
export interface Route {
  method: string;
  /** `/v1/deals/{id}`; the last parameter is the record's id. */
  path: string;
  does: 'list' | 'read' | 'create' | 'change' | 'remove';
  type: string;
  /** Of its success; with 204 there is no body. */
  status: number;
  /** The property of the body that holds the record or the list. */
  in?: string;
  /** What stands beside it. */
  beside?: Readonly<Record<string, unknown>>;
}

export interface PlainVendor {
  origin: string;
  /** One credential reads and writes. */
  secret: SecretHash;
  header: string;
  /** Before the credential in its header. */
  prefix: string;
  /** The credential is written in Base64 there. */
  basic?: boolean;
  /** The first data: by type, then by id. */
  first: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  routes: readonly Route[];
}

/** A look-alike of a vendor whose API is records and nothing else: made first, refined by whoever knows the vendor. */
export function plainVendor(vendor: PlainVendor): SimulatedVendor {
  const { origin, secret, first, routes } = vendor;
  return {
    origin,
    secrets: { read: secret, write: secret },
    types: Object.keys(first),
    seed(store) {
      for (const [type, records] of Object.entries(first))
        for (const [id, body] of Object.entries(records)) store.put(type, { id, key: null, body });
    },
    credential: (request) => credentialOf(request, vendor),
    limits: () => [{ name: 'ten seconds', max: 100, per: 10 }],
    unauthorised: () => problem(401, 'The credential is not known.'),
    limited: (_, seconds) => ({
      ...problem(429, 'Too many requests.'),
      headers: { 'retry-after': String(seconds) },
    }),
    broken: () => problem(500, 'Something went wrong.'),
    handle: (request, store) => handle(request, store, vendor, routes),
  };
}

function credentialOf({ headers }: Incoming, { header, prefix, basic }: PlainVendor): string | null {
  if (prefix === 'Bearer ') return bearer(headers);
  const given = headers.get(header);
  if (given === null || !given.startsWith(prefix)) return null;
  const value = given.slice(prefix.length);
  return basic === true ? decoded(value) : value;
}

/** Null for what is no Base64. */
function decoded(value: string): string | null {
  try {
    return atob(value);
  } catch {
    return null;
  }
}

function handle(request: Incoming, store: Store, vendor: PlainVendor, routes: readonly Route[]): Reply {
  for (const route of routes) {
    const ids = route.method === request.method ? idsIn(route.path, request.path) : undefined;
    if (ids) return serve(route, ids.at(-1), request, store, vendor);
  }
  return problem(404, 'There is no such page.');
}

/** The values of a template's parameters in a path; undefined when it is another path. */
function idsIn(template: string, path: string): string[] | undefined {
  const [wanted, parts] = [template.split('/'), path.split('/')];
  if (wanted.length !== parts.length) return undefined;
  const isParameter = (part: string): boolean => part.startsWith('{');
  if (!wanted.every((part, n) => isParameter(part) || part === parts[n])) return undefined;
  return wanted.flatMap((part, n) => (isParameter(part) ? [decodeURIComponent(parts[n] ?? '')] : []));
}

function serve(
  route: Route,
  id: string | undefined,
  request: Incoming,
  store: Store,
  { first }: PlainVendor,
): Reply {
  const { type, does } = route;
  if (does === 'list')
    return reply(
      route,
      store.list(type).map(({ body }) => body),
      false,
    );
  if (does === 'create') return reply(route, created(store, type, first[type], request), true);
  // Without an id in its path an operation is about the only record there is.
  const found = id === undefined ? store.list(type)[0] : store.get(type, id);
  if (!found) return problem(404, 'There is no such record.');
  if (does === 'read') return reply(route, found.body, false);
  if (does === 'remove') store.remove(type, found.id);
  else store.put(type, { ...found, body: taken(found.body, request) });
  return reply(route, does === 'remove' ? found.body : taken(found.body, request), true);
}

/** A record like the first one, with what was sent and an id of its own. */
function created(
  store: Store,
  type: string,
  first: PlainVendor['first'][string] | undefined,
  request: Incoming,
): Item['body'] {
  const [model = {}] = Object.values(first ?? {});
  const [idField] = Object.keys(model);
  const number = store.next();
  const body = taken(model, request);
  if (idField !== undefined && typeof model[idField] !== 'boolean')
    body[idField] = typeof model[idField] === 'number' ? number : `record-${number}`;
  store.put(type, { id: String(idField === undefined ? number : body[idField]), key: null, body });
  return body;
}

/** A record with what was sent, as far as it is of the type that the vendor keeps. */
function taken(record: Item['body'], { body }: Incoming): Item['body'] {
  const sent = Object.entries(jsonObject(body) ?? {});
  const fits = sent.filter(
    ([name, value]) => Object.hasOwn(record, name) && typeof record[name] === typeof value,
  );
  return { ...record, ...Object.fromEntries(fits) };
}

function reply({ status, in: name, beside }: Route, value: unknown, changed: boolean): Reply {
  if (status === 204) return { status, json: null, changed };
  return { status, json: name === undefined ? value : { ...beside, [name]: value }, changed };
}

function problem(status: number, message: string): Reply {
  return { status, json: { error: { status, message } } };
}
