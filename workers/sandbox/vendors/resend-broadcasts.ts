/** Broadcasts at the simulated Resend: drafts, sent at once or at a time, cancelled. */
import type { Store } from '../store.ts';
import { missing, newId, problem, put, stamp, untimely, unverified } from './resend-shapes.ts';
import { jsonObject, type Incoming, type Reply } from './vendor.ts';

export function createBroadcast(request: Incoming, store: Store): Reply {
  const values = jsonObject(request.body) ?? {};
  const { name = null, segment_id, from, subject, text = null, html = null, send } = values;
  const missing = ['segment_id', 'from', 'subject'].find((field) => typeof values[field] !== 'string');
  if (missing !== undefined) return problem(422, 'missing_required_field', `Missing \`${missing}\` field.`);
  if (!store.get('segments', String(segment_id))) return problem(404, 'not_found', 'Segment not found');
  const refused = unverified(from);
  if (refused) return refused;
  const id = newId(store);
  const now = stamp(request.now);
  const status = send === true ? 'sent' : 'draft';
  const times = { created_at: now, scheduled_at: null, sent_at: send === true ? now : null };
  const { reply_to = null, preview_text = null } = values;
  const said = { from, subject, reply_to, preview_text, text, html };
  put(store, 'broadcasts', { id, name, segment_id, ...said, status, ...times });
  return { status: 201, json: { object: 'broadcast', id }, changed: true };
}

/** Changes the fields that are named, of a draft only. */
export function updateBroadcast(
  request: Incoming,
  store: Store,
  item: Record<string, unknown> | undefined,
): Reply {
  if (!item) return missing();
  if (item['status'] !== 'draft')
    return problem(403, 'validation_error', 'You can only update broadcasts in draft.');
  const values = jsonObject(request.body) ?? {};
  const named = ['name', 'segment_id', 'from', 'subject', 'text', 'html', 'reply_to', 'preview_text'];
  const fields = Object.fromEntries(Object.entries(values).filter(([name]) => named.includes(name)));
  const { segment_id, from } = fields;
  if (segment_id !== undefined && (typeof segment_id !== 'string' || !store.get('segments', segment_id)))
    return problem(404, 'not_found', 'Segment not found');
  const refused = from === undefined ? undefined : unverified(from);
  if (refused) return refused;
  put(store, 'broadcasts', { ...item, ...fields });
  return { status: 200, json: { object: 'broadcast', id: item['id'] }, changed: true };
}

export function removeBroadcast(store: Store, item: Record<string, unknown> | undefined): Reply {
  if (!item) return missing();
  if (item['status'] !== 'draft' && item['status'] !== 'scheduled')
    return problem(403, 'validation_error', 'You can only delete broadcasts in draft.');
  store.remove('broadcasts', String(item['id']));
  return { status: 200, json: { object: 'broadcast', id: item['id'], deleted: true }, changed: true };
}

export function sendBroadcast(
  request: Incoming,
  store: Store,
  item: Record<string, unknown> | undefined,
): Reply {
  if (!item) return missing();
  if (item['status'] !== 'draft') return problem(403, 'validation_error', 'The broadcast is not a draft.');
  if (item['segment_id'] === null) return problem(422, 'validation_error', 'The broadcast has no segment.');
  const { scheduled_at } = jsonObject(request.body) ?? {};
  const refused = untimely(scheduled_at, request.now);
  if (refused) return refused;
  const now = stamp(request.now);
  const change =
    typeof scheduled_at === 'string'
      ? { status: 'scheduled', scheduled_at: stamp(Date.parse(scheduled_at)) }
      : { status: 'sent', sent_at: now };
  put(store, 'broadcasts', { ...item, ...change });
  return { status: 200, json: { id: item['id'] }, changed: true };
}

export function cancelBroadcast(store: Store, item: Record<string, unknown> | undefined): Reply {
  if (!item) return missing();
  const { status, id } = item;
  if (status !== 'scheduled' && status !== 'queued')
    return problem(403, 'validation_error', 'Only queued or scheduled broadcasts can be canceled.');
  const change = status === 'scheduled' ? { status: 'draft', scheduled_at: null } : { status: 'canceled' };
  put(store, 'broadcasts', { ...item, ...change });
  return { status: 200, json: { object: 'broadcast', id }, changed: true };
}
