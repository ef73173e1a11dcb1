import { z } from 'zod';
import type { FailureReason, Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';

/** Shapes and requests of API 2.15 (https://developers.intercom.com/docs/references/2.15/rest-api/api.intercom.io). */
export const VERSION = '2.15';

/** Some ids come as numbers, others as text, and one and the same as either. */
const id = z.union([z.string(), z.int()]).transform(String);
const optionalId = id.nullish();
const text = z.string().nullish();
/** Unix seconds. */
const time = z.int().nullish();

const author = z.object({ type: text, id: optionalId, name: text, email: text }).nullish();
export type IntercomAuthor = z.output<typeof author>;

const part = z.object({
  id,
  part_type: text,
  body: text,
  created_at: time,
  author,
  attachments: z.array(z.unknown()).nullish(),
});
export type IntercomPart = z.output<typeof part>;

const contacts = z.object({ contacts: z.array(z.object({ id })) }).nullish();
const linked = z
  .object({ data: z.array(z.object({ type: text, id: optionalId })), has_more: z.boolean().nullish() })
  .nullish();

const conversation = z.object({
  id,
  title: text,
  state: text,
  priority: text,
  created_at: time,
  updated_at: time,
  waiting_since: time,
  source: z.object({ type: text, subject: text, body: text, author }).nullish(),
  contacts,
  admin_assignee_id: optionalId,
  team_assignee_id: optionalId,
  tags: z.object({ tags: z.array(z.object({ id, name: text })) }).nullish(),
  linked_objects: linked,
  conversation_parts: z
    .object({ conversation_parts: z.array(part), total_count: z.int().nullish() })
    .nullish(),
});
export type IntercomConversation = z.output<typeof conversation>;

const ticket = z.object({
  id,
  ticket_id: text,
  category: text,
  ticket_attributes: z.record(z.string(), z.unknown()).nullish(),
  ticket_state: z.object({ category: text }).nullish(),
  ticket_type: z.object({ id, name: text }).nullish(),
  contacts,
  admin_assignee_id: optionalId,
  team_assignee_id: optionalId,
  created_at: time,
  updated_at: time,
  open: z.boolean().nullish(),
  linked_objects: linked,
  ticket_parts: z.object({ ticket_parts: z.array(part), total_count: z.int().nullish() }).nullish(),
});
export type IntercomTicket = z.output<typeof ticket>;

const pages = z.object({ next: z.object({ starting_after: text }).nullish() }).nullish();
const conversations = z.object({ conversations: z.array(conversation), total_count: z.int(), pages });
export type IntercomConversations = z.output<typeof conversations>;
const tickets = z.object({ tickets: z.array(ticket), total_count: z.int(), pages });
export type IntercomTickets = z.output<typeof tickets>;

/** One condition of a search. */
export type Filter = readonly [field: string, operator: '=' | '>', value: string | number | boolean];

interface Page {
  limit: number;
  after?: string | undefined;
}

/** Reads one conversation with its newest 500 parts, as plain text. */
export async function readConversation(
  vendor: HttpVendor,
  which: string,
): Promise<VendorAnswer<IntercomConversation>> {
  return vendor.send({
    method: 'GET',
    path: `/conversations/${encodeURIComponent(which)}`,
    query: { display_as: 'plaintext' },
    changes: false,
    answer: conversation,
  });
}

/** Reads one ticket; Intercom gives it as HTML only. */
export async function readTicket(vendor: HttpVendor, which: string): Promise<VendorAnswer<IntercomTicket>> {
  return vendor.send({
    method: 'GET',
    path: `/tickets/${encodeURIComponent(which)}`,
    changes: false,
    answer: ticket,
  });
}

/** Conversations that meet all conditions, one page. */
export async function searchConversations(
  vendor: HttpVendor,
  filters: readonly Filter[],
  page: Page,
): Promise<VendorAnswer<IntercomConversations>> {
  const json = searched(filters, page);
  return vendor.send({
    method: 'POST',
    path: '/conversations/search',
    json,
    changes: false,
    answer: conversations,
  });
}

/** Tickets that meet all conditions, one page. */
export async function searchTickets(
  vendor: HttpVendor,
  filters: readonly Filter[],
  page: Page,
): Promise<VendorAnswer<IntercomTickets>> {
  const json = searched(filters, page);
  return vendor.send({ method: 'POST', path: '/tickets/search', json, changes: false, answer: tickets });
}

function searched(filters: readonly Filter[], { limit, after }: Page): unknown {
  const value = filters.map(([field, operator, wanted]) => ({ field, operator, value: wanted }));
  return {
    query: { operator: 'AND', value },
    pagination: { per_page: limit, ...(after !== undefined && { starting_after: after }) },
  };
}

/** Closes, opens or assigns a conversation. */
export async function manage(
  vendor: HttpVendor,
  which: string,
  json: { message_type: 'close' | 'open' | 'assignment'; admin_id: string } & Record<string, string>,
): Promise<VendorAnswer<IntercomConversation>> {
  return vendor.send({
    method: 'POST',
    path: `/conversations/${encodeURIComponent(which)}/parts`,
    json,
    changes: true,
    answer: conversation,
  });
}

/** Answers the customer of a conversation. */
export async function comment(
  vendor: HttpVendor,
  which: string,
  admin: string,
  body: string,
): Promise<VendorAnswer<IntercomConversation>> {
  return vendor.send({
    method: 'POST',
    path: `/conversations/${encodeURIComponent(which)}/reply`,
    json: { message_type: 'comment', type: 'admin', admin_id: admin, body },
    changes: true,
    answer: conversation,
  });
}

/** Puts a tag on a conversation, or takes it off. Intercom answers with the tag. */
export async function mark(
  vendor: HttpVendor,
  { conversation: which, tag }: { conversation: string; tag: string },
  admin: string,
  on: boolean,
): Promise<VendorAnswer<{ id: string }>> {
  const path = `/conversations/${encodeURIComponent(which)}/tags`;
  const answer = z.object({ id: id.refine((given) => given === tag) });
  if (on)
    return vendor.send({ method: 'POST', path, json: { id: tag, admin_id: admin }, changes: true, answer });
  const one = `${path}/${encodeURIComponent(tag)}`;
  return vendor.send({ method: 'DELETE', path: one, json: { admin_id: admin }, changes: true, answer });
}

/** Files a ticket. */
export async function file(vendor: HttpVendor, json: unknown): Promise<VendorAnswer<IntercomTicket>> {
  return vendor.send({ method: 'POST', path: '/tickets', json, changes: true, answer: ticket });
}

export function failed(
  reason: FailureReason,
  detail: string,
): { ok: false; status: null; outcome: Outcome & { kind: 'failed' } } {
  return { ok: false, status: null, outcome: { kind: 'failed', reason, detail } };
}
