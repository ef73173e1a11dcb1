/** Single messages at the simulated Resend: sent once per key, at once or at a time, cancelled. */
import { sha256 } from '../../../shared/crypto.ts';
import type { Store } from '../store.ts';
import { DAY_MS, newId, problem, put, stamp, untimely, unverified } from './resend-shapes.ts';
import { jsonObject, type Incoming, type Reply } from './vendor.ts';

/** The same key with the same message within a day is answered as the first time; with another, it is a conflict. */
export function sendOnce(request: Incoming, store: Store): Reply {
  const key = request.headers.get('idempotency-key');
  if (key === null) return send(request, store);
  if (key === '' || key.length > 256)
    return problem(400, 'invalid_idempotency_key', 'The key must be between 1-256 chars.');
  const known = store.get('keys', key)?.body;
  if (known && request.now - Number(known['at']) < DAY_MS) {
    if (known['body'] === sha256(request.body)) return { status: 200, json: { id: known['message'] } };
    const message = 'Same idempotency key used with a different request payload.';
    return problem(409, 'invalid_idempotent_request', message);
  }
  const reply = send(request, store);
  if (!reply.changed) return reply;
  const { id: message } = reply.json as { id: string };
  put(store, 'keys', { id: key, message, body: sha256(request.body), at: request.now });
  return reply;
}

function send(request: Incoming, store: Store): Reply {
  const values = jsonObject(request.body) ?? {};
  const { to, from, subject, text = null, html = null, scheduled_at } = values;
  const people: unknown[] = Array.isArray(to) ? to : [to];
  if (typeof from !== 'string' || typeof subject !== 'string' || people.length === 0 || people.length > 50)
    return problem(422, 'missing_required_field', 'The request body is missing one or more required fields.');
  const refused = unverified(from) ?? untimely(scheduled_at, request.now);
  if (refused) return refused;
  const id = newId(store);
  const suppressed = people.some((one) => store.byKey('suppressions', String(one).toLowerCase()).length > 0);
  const at = typeof scheduled_at === 'string' ? stamp(Date.parse(scheduled_at)) : null;
  put(store, 'emails', {
    id,
    to: people,
    from,
    subject,
    text,
    html,
    created_at: stamp(request.now),
    scheduled_at: at,
    last_event: at !== null ? 'scheduled' : suppressed ? 'suppressed' : 'delivered',
  });
  return { status: 200, json: { id }, changed: true };
}

export function cancelEmail(store: Store, item: Record<string, unknown> | undefined): Reply {
  if (!item) return problem(404, 'not_found', 'Email not found');
  if (item['last_event'] !== 'scheduled')
    return problem(422, 'validation_error', 'Only scheduled emails can be canceled.');
  put(store, 'emails', { ...item, last_event: 'canceled' });
  return { status: 200, json: { object: 'email', id: item['id'] }, changed: true };
}
