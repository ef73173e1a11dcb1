import { z } from 'zod';
import type { FailureReason, Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';

const text = z.string().nullish();
const flag = z.boolean();

const contact = z.object({
  id: z.string(),
  email: z.string(),
  first_name: text,
  last_name: text,
  /** Never assumed: an answer without it fails closed. */
  unsubscribed: flag,
  created_at: text,
});
export type ResendContact = z.output<typeof contact>;

const listOf = <S extends z.ZodType>(item: S) =>
  // Without `has_more` a full page may have a next one.
  z.object({ data: z.array(item), has_more: flag.optional() });
const contacts = listOf(contact);
export type ResendContacts = z.output<typeof contacts>;

const suppression = z.object({ id: z.string(), email: z.string(), origin: text, created_at: text });
export type ResendSuppression = z.output<typeof suppression>;
const suppressions = listOf(suppression);
export type ResendSuppressions = z.output<typeof suppressions>;

const segment = z.object({ id: z.string(), name: text, created_at: text });
export type ResendSegment = z.output<typeof segment>;
const segments = listOf(segment);
export type ResendSegments = z.output<typeof segments>;

const broadcast = z.object({
  id: z.string(),
  name: text,
  segment_id: text,
  from: text,
  subject: text,
  reply_to: z.array(z.string()).nullish(),
  preview_text: text,
  status: z.string(),
  text: text,
  html: text,
  scheduled_at: text,
  sent_at: text,
});
export type ResendBroadcast = z.output<typeof broadcast>;

const briefBroadcast = broadcast.pick({
  id: true,
  name: true,
  segment_id: true,
  status: true,
  scheduled_at: true,
  sent_at: true,
});
export type BriefBroadcast = z.output<typeof briefBroadcast>;
const broadcasts = listOf(briefBroadcast.extend({ created_at: text }));
export type ResendBroadcasts = z.output<typeof broadcasts>;

const email = z.object({
  id: z.string(),
  to: z.array(z.string()),
  from: text,
  subject: text,
  text: text,
  created_at: text,
  scheduled_at: text,
  last_event: text,
});
export type ResendEmail = z.output<typeof email>;
const emails = listOf(email);
export type ResendEmails = z.output<typeof emails>;

const made = z.object({ id: z.string() });
type Made = z.output<typeof made>;
const removed = z.object({ deleted: z.literal(true) });

/** One page; `after` is the id of the last item of the page before. */
interface Page {
  limit: number;
  after?: string | undefined;
}

/** Contacts of a segment, or all; one page. */
export function listContacts(
  vendor: HttpVendor,
  { segment: of, limit, after }: Page & { segment?: string | undefined },
): Promise<VendorAnswer<ResendContacts>> {
  return get(vendor, '/contacts', contacts, { segment_id: of, limit, after });
}

/** The contact with a mail address. */
export function readContact(vendor: HttpVendor, address: string): Promise<VendorAnswer<ResendContact>> {
  return get(vendor, `/contacts/${encodeURIComponent(address)}`, contact);
}

/** Why an address is sent nothing; not found when it is not suppressed. */
export function readSuppression(
  vendor: HttpVendor,
  address: string,
): Promise<VendorAnswer<ResendSuppression>> {
  return get(vendor, `/suppressions/${encodeURIComponent(address)}`, suppression);
}

/** Suppressed addresses, of one origin or all; one page. */
export function listSuppressions(
  vendor: HttpVendor,
  { origin, limit, after }: Page & { origin?: string | undefined },
): Promise<VendorAnswer<ResendSuppressions>> {
  return get(vendor, '/suppressions', suppressions, { origin, limit, after });
}

export function readBroadcast(vendor: HttpVendor, id: string): Promise<VendorAnswer<ResendBroadcast>> {
  return get(vendor, `/broadcasts/${encodeURIComponent(id)}`, broadcast);
}

/** Broadcasts, newest first, without what they say; one page. */
export function listBroadcasts(vendor: HttpVendor, page: Page): Promise<VendorAnswer<ResendBroadcasts>> {
  return get(vendor, '/broadcasts', broadcasts, { ...page });
}

export function listSegments(vendor: HttpVendor, page: Page): Promise<VendorAnswer<ResendSegments>> {
  return get(vendor, '/segments', segments, { ...page });
}

export function readSegment(vendor: HttpVendor, id: string): Promise<VendorAnswer<ResendSegment>> {
  return get(vendor, `/segments/${encodeURIComponent(id)}`, segment);
}

export function readEmail(vendor: HttpVendor, id: string): Promise<VendorAnswer<ResendEmail>> {
  return get(vendor, `/emails/${encodeURIComponent(id)}`, email);
}

/** The newest messages. */
export function listEmails(vendor: HttpVendor): Promise<VendorAnswer<ResendEmails>> {
  return get(vendor, '/emails', emails, { limit: 100 });
}

/** Writes a broadcast as a draft: `send` is never asked for here. */
export function createBroadcast(
  vendor: HttpVendor,
  draft: Record<string, unknown>,
): Promise<VendorAnswer<Made>> {
  return post(vendor, '/broadcasts', { ...draft, send: false });
}

/** Writes fields of a draft; what is not named stays. */
export function updateBroadcast(
  vendor: HttpVendor,
  id: string,
  fields: Record<string, unknown>,
): Promise<VendorAnswer<Made>> {
  const path = `/broadcasts/${encodeURIComponent(id)}`;
  return vendor.send({ method: 'PATCH', path, json: fields, changes: true, answer: made });
}

export function deleteBroadcast(vendor: HttpVendor, id: string): Promise<VendorAnswer<{ deleted: true }>> {
  return vendor.send({
    method: 'DELETE',
    path: `/broadcasts/${encodeURIComponent(id)}`,
    changes: true,
    answer: removed,
  });
}

/** `at`: RFC 3339. Resend sends at once when no time is given, so there always is one. */
export function sendBroadcastAt(vendor: HttpVendor, id: string, at: string): Promise<VendorAnswer<Made>> {
  return post(vendor, `/broadcasts/${encodeURIComponent(id)}/send`, { scheduled_at: at });
}

export function cancelBroadcast(vendor: HttpVendor, id: string): Promise<VendorAnswer<Made>> {
  return post(vendor, `/broadcasts/${encodeURIComponent(id)}/cancel`);
}

/** Sends a message, at once or at `scheduled_at`. The same key with the same message sends nothing more for 24 hours. */
export function sendEmail(
  vendor: HttpVendor,
  message: Record<string, unknown>,
  key: string,
): Promise<VendorAnswer<Made>> {
  return vendor.send({
    method: 'POST',
    path: '/emails',
    json: message,
    idempotency: { header: 'Idempotency-Key', key },
    changes: true,
    answer: made,
  });
}

export function cancelEmail(vendor: HttpVendor, id: string): Promise<VendorAnswer<Made>> {
  return post(vendor, `/emails/${encodeURIComponent(id)}/cancel`);
}

function get<S extends z.ZodType>(
  vendor: HttpVendor,
  path: string,
  answer: S,
  query: Record<string, string | number | undefined> = {},
): Promise<VendorAnswer<z.output<S>>> {
  return vendor.send({ method: 'GET', path, query, changes: false, answer });
}

function post(vendor: HttpVendor, path: string, json?: unknown): Promise<VendorAnswer<Made>> {
  return vendor.send({ method: 'POST', path, json, changes: true, answer: made });
}

/** Resend writes `2026-10-06 23:47:56.678+00` in some answers and RFC 3339 in others. Null: no time. */
export function instant(time: string | null | undefined): string | null {
  const iso = (time ?? '').replace(/^(\d{4}-\d\d-\d\d) /, '$1T').replace(/([+-]\d\d)$/, '$1:00');
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : new Date(at).toISOString().replace('.000Z', 'Z');
}

/** Whether more follows a page. Unsaid after a full page means yes. */
export function hasMore(
  { data, has_more }: { data: unknown[]; has_more?: boolean | undefined },
  limit: number,
) {
  return has_more ?? data.length >= limit;
}

const error = z.object({ name: z.string() });

/** What Resend's errors mean by their name (https://resend.com/docs/api-reference/errors), where the status does not tell. */
const faults: Readonly<Record<string, FailureReason>> = {
  validation_error: 'rejected',
  missing_api_key: 'credential',
  invalid_api_key: 'credential',
  restricted_api_key: 'credential',
  rate_limit_exceeded: 'vendor-limited',
  daily_quota_exceeded: 'vendor-limited',
  monthly_quota_exceeded: 'vendor-limited',
  // The key was used before: what became of that request, this answer does not say.
  concurrent_idempotent_requests: 'unavailable',
  invalid_idempotent_request: 'unavailable',
};

/** What the body of a 4xx of Resend means; undefined: the status tells. */
export function resendFault(body: unknown): FailureReason | undefined {
  const parsed = error.safeParse(body);
  if (!parsed.success) return undefined;
  return Object.hasOwn(faults, parsed.data.name) ? faults[parsed.data.name] : undefined;
}

export function failed(reason: FailureReason, detail: string): Outcome & { kind: 'failed' } {
  return { kind: 'failed', reason, detail };
}
