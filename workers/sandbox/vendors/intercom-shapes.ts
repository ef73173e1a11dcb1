import type { Store } from '../store.ts';
import {
  admins,
  conversations,
  customers,
  tags,
  teams,
  tickets,
  ticketTypes,
  type Customer,
  type SeedConversation,
  type SeedTicket,
} from './intercom-data.ts';

export type Body = Record<string, unknown>;

/** Fills an empty store. */
export function seed(store: Store): void {
  const types = { admins, teams, tags, ticket_types: ticketTypes, contacts: customers };
  for (const [type, records] of Object.entries(types))
    for (const record of records) store.put(type, { id: record.id, key: null, body: { ...record } });
  for (const one of conversations)
    store.put('conversations', { id: one.id, key: null, body: conversation(one) });
  for (const one of tickets) store.put('tickets', { id: one.id, key: null, body: ticket(one, store) });
}

function conversation({ id, from, body, at, state = 'open', ...rest }: SeedConversation): Body {
  const [first] = from;
  const source = { type: rest.channel ?? 'conversation', id: `9${id}`, delivered_as: 'customer_initiated' };
  const author = first
    ? { type: 'user', ...first, email: first.email ?? '' }
    : { type: 'user', id: '', name: null, email: '' };
  const parts = (rest.parts ?? []).map(({ type, by, body: said }, n) =>
    part(`${id}${String(n).padStart(3, '0')}`, type, said, at + n, by),
  );
  return {
    type: 'conversation',
    id,
    title: rest.title ?? null,
    created_at: at,
    updated_at: at + parts.length,
    waiting_since: state === 'open' ? at : null,
    snoozed_until: state === 'snoozed' ? at + 300 * 86_400 : null,
    source: {
      ...source,
      subject: rest.subject ?? '',
      body,
      author,
      attachments: [],
      url: null,
      redacted: false,
    },
    contacts: contactList(from),
    first_contact_reply: null,
    admin_assignee_id: rest.admin === undefined ? null : Number(rest.admin),
    team_assignee_id: rest.team === undefined ? null : Number(rest.team),
    open: state === 'open',
    state,
    read: false,
    tags: { type: 'tag.list', tags: tags.filter((tag) => rest.tags?.includes(tag.id)).map(applied(at)) },
    priority: 'not_priority',
    sla_applied: null,
    statistics: null,
    conversation_rating: null,
    teammates: null,
    custom_attributes: {},
    linked_objects: links(tickets.filter((one) => one.conversation === id).map(linkTo('ticket'))),
    ai_agent: null,
    ai_agent_participated: false,
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: parts,
      total_count: parts.length,
    },
  };
}

/** One message, note or event. */
export function part(
  id: string,
  part_type: string,
  body: string | null,
  at: number,
  by: Customer | { id: string; name: string },
): Body {
  const email = 'email' in by ? (by.email ?? '') : `${by.id}@team.acme.example`;
  return {
    type: 'conversation_part',
    id,
    part_type,
    body,
    created_at: at,
    updated_at: at,
    notified_at: at,
    assigned_to: null,
    author: { type: 'email' in by ? 'user' : 'admin', id: by.id, name: by.name, email },
    attachments: [],
    external_id: null,
    redacted: false,
    email_message_metadata: null,
    metadata: {},
    app_package_code: null,
  };
}

function ticket({ id, type, title, description, from, open, at, ...rest }: SeedTicket, store: Store): Body {
  return ticketBody(store, {
    id,
    type,
    title,
    description,
    contact: from.id,
    team: rest.team ?? '0',
    conversation: rest.conversation,
    open,
    at,
  });
}

/** A ticket as Intercom gives it. `at`: Unix seconds. */
export function ticketBody(
  store: Store,
  made: {
    id: string;
    type: string;
    title: unknown;
    description: unknown;
    contact: string;
    team: string;
    conversation: string | undefined;
    open: boolean;
    at: number;
  },
): Body {
  const ticketType = store.get('ticket_types', made.type)?.body ?? {};
  const category = made.open ? 'submitted' : 'resolved';
  const label = made.open ? 'Submitted' : 'Resolved';
  const link = made.conversation === undefined ? [] : [linkTo('conversation')({ id: made.conversation })];
  return {
    type: 'ticket',
    id: made.id,
    ticket_id: String(Number(made.id) - 3_900),
    ticket_attributes: { _default_title_: made.title, _default_description_: made.description },
    ticket_state: {
      type: 'ticket_state',
      id: made.open ? '8481' : '8484',
      category,
      internal_label: label,
      external_label: label,
    },
    ticket_type: {
      type: 'ticket_type',
      ...ticketType,
      description: '',
      icon: '🎟️',
      workspace_id: 'sandbox',
      ticket_type_attributes: { type: 'list', data: [] },
      created_at: made.at,
      updated_at: made.at,
    },
    contacts: contactList([{ id: made.contact }]),
    admin_assignee_id: '0',
    team_assignee_id: made.team,
    created_at: made.at,
    updated_at: made.at,
    ticket_parts: { type: 'ticket_part.list', ticket_parts: [], total_count: 0 },
    open: made.open,
    linked_objects: links(link),
    category: ticketType['category'],
    is_shared: false,
  };
}

/** A tag as it is on a conversation. */
export const applied =
  (at: number) =>
  ({ id, name }: { id: string; name: string }): Body => ({
    type: 'tag',
    id,
    name,
    applied_at: at,
    applied_by: { type: 'admin', id: '7001' },
  });

function contactList(of: readonly { id: string }[]): Body {
  const contacts = of.map(({ id }) => ({ type: 'contact', id, external_id: null }));
  return { type: 'contact.list', contacts };
}

const linkTo =
  (type: 'ticket' | 'conversation') =>
  ({ id }: { id: string }): Body => ({ type, id, category: type === 'ticket' ? 'Back-office' : null });

function links(data: Body[]): Body {
  return { type: 'list', data, total_count: data.length, has_more: false };
}

/** What it is linked to, with one ticket more. */
export function withLink(held: unknown, ticketId: string): Body {
  const { data } = held as { data: Body[] };
  return links([...data, linkTo('ticket')({ id: ticketId })]);
}

/** An id or a word as text, whichever type it came in; nothing for what is neither. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
