import { z } from 'zod';
import { jsonObject, type SimulatedVendor } from './vendors/vendor.ts';
import { faultInput, type Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';
import type { Store } from './store.ts';

export interface Controlled {
  vendor: SimulatedVendor;
  store: Store;
  faults: Faults;
  log: RequestLog;
  /** Brings the first data back, and nothing else. */
  seed(): void;
  /** As on the first day: data, faults, log, clock and limits. */
  reset(): void;
  /** The vendor's time (Unix ms), put so many milliseconds ahead of the real one if a number is given. */
  clock(ahead: number | undefined): number;
}

const clockInput = z.strictObject({ aheadSeconds: z.int().min(0).max(10_000_000) });

interface ControlReply {
  status: number;
  json: unknown;
}

/**
 * The simulator's own pages, below `/simulator/{vendor}`: `GET /` what there is, `GET /log`, `GET|POST|DELETE /faults`,
 * `POST /seed`, `POST /reset`, `GET|POST /clock`, `GET /records/{type}` and `/records/{type}/{id}`,
 * `GET /ids/{type}` their ids and what they are looked up by, in that order, and `PATCH`, `PUT` and `DELETE` of one record: what a colleague does at the vendor by hand, past the gate.
 */
export function control(method: string, path: string, body: string, on: Controlled): ControlReply {
  const [page = '', type, id, more] = path.split('/').slice(1).map(decodeURIComponent);
  if (more !== undefined) return missing;
  switch (`${method} ${page}`) {
    case 'GET ':
      return { status: 200, json: summary(on) };
    case 'GET log':
      return { status: 200, json: on.log.list() };
    case 'GET faults':
      return { status: 200, json: on.faults.list() };
    case 'POST faults':
      return addFault(body, on);
    case 'DELETE faults':
      on.faults.clear();
      return { status: 200, json: [] };
    case 'POST seed':
      on.seed();
      return { status: 200, json: summary(on) };
    case 'POST reset':
      on.reset();
      return { status: 200, json: summary(on) };
    case 'GET clock':
      return { status: 200, json: { now: new Date(on.clock(undefined)).toISOString() } };
    case 'POST clock':
      return setClock(body, on);
    case 'GET records':
      return records(type, id, on);
    case 'GET ids':
      return ids(type, on);
    case 'PATCH records':
      return byHand(type, id, body, on);
    case 'PUT records':
      return putBack(type, id, body, on);
    case 'DELETE records':
      return removed(type, id, on);
    default:
      return missing;
  }
}

const missing: ControlReply = {
  status: 404,
  json: { error: 'No such page. See GET /simulator for what there is.' },
};

function summary({ vendor, store, faults, log }: Controlled): unknown {
  return {
    origin: vendor.origin,
    records: Object.fromEntries(vendor.types.map((type) => [type, store.list(type).length])),
    faults: faults.list(),
    requests: log.list().length,
  };
}

/** Time passes faster for the vendor alone: what it does later, it does now. */
function setClock(body: string, on: Controlled): ControlReply {
  const parsed = clockInput.safeParse(jsonObject(body));
  if (!parsed.success) return { status: 422, json: { error: 'aheadSeconds: a whole number of seconds' } };
  return { status: 200, json: { now: new Date(on.clock(parsed.data.aheadSeconds * 1000)).toISOString() } };
}

function addFault(body: string, { faults }: Controlled): ControlReply {
  const parsed = faultInput.safeParse(jsonObject(body));
  if (!parsed.success)
    return {
      status: 422,
      json: { error: parsed.error.issues.map(({ path, message }) => ({ path, message })) },
    };
  faults.add(parsed.data);
  return { status: 201, json: faults.list() };
}

function records(
  type: string | undefined,
  id: string | undefined,
  { vendor, store }: Controlled,
): ControlReply {
  if (type === undefined || !vendor.types.includes(type)) return missing;
  if (id === undefined) return { status: 200, json: store.list(type).map(({ body }) => body) };
  const found = store.get(type, id);
  return found ? { status: 200, json: found.body } : missing;
}

function ids(type: string | undefined, { vendor, store }: Controlled): ControlReply {
  if (type === undefined || !vendor.types.includes(type)) return missing;
  return { status: 200, json: store.list(type).map(({ id, key }) => ({ id, key })) };
}

/** Fields of one record, changed as a colleague does in the vendor's own pages: objects are merged, everything else is set. */
function byHand(
  type: string | undefined,
  id: string | undefined,
  body: string,
  { vendor, store }: Controlled,
): ControlReply {
  const found = type !== undefined && vendor.types.includes(type) && store.get(type, id ?? '');
  const changes = jsonObject(body);
  if (!found) return missing;
  if (!changes) return { status: 422, json: { error: 'a JSON object with the fields to change' } };
  const changed = mergedInto(found.body, changes);
  store.put(type, { ...found, body: changed });
  return { status: 200, json: changed };
}

const wholeInput = z.strictObject({ key: z.string().nullable(), body: z.record(z.string(), z.unknown()) });

/** A record as a whole, with what it is looked up by: one that was there before, or a new one. */
function putBack(
  type: string | undefined,
  id: string | undefined,
  body: string,
  { vendor, store }: Controlled,
): ControlReply {
  const whole = wholeInput.safeParse(jsonObject(body));
  if (type === undefined || id === undefined || !vendor.types.includes(type)) return missing;
  if (!whole.success) return { status: 422, json: { error: 'key and body: the whole record' } };
  store.put(type, { id, ...whole.data });
  return { status: 200, json: whole.data.body };
}

function removed(
  type: string | undefined,
  id: string | undefined,
  { vendor, store }: Controlled,
): ControlReply {
  const found = type !== undefined && vendor.types.includes(type) && store.get(type, id ?? '');
  if (!found) return missing;
  store.remove(type, found.id);
  return { status: 200, json: found.body };
}

function mergedInto(
  held: Record<string, unknown>,
  changes: Record<string, unknown>,
): Record<string, unknown> {
  const entries = Object.entries(changes).map(([name, value]) => {
    const was = held[name];
    return [name, isObject(was) && isObject(value) ? mergedInto(was, value) : value] as const;
  });
  return { ...held, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
