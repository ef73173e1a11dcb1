import type { IntercomAuthor, IntercomConversation, IntercomPart, IntercomTicket } from './intercom.ts';

/** How many messages and notes of a conversation are shown, and how much of each: an answer stays below 256 KiB. */
const PARTS_MAX = 30;
const WROTE_MAX = 2_000;

type Fields = Record<string, unknown>;

/** A conversation in our fields, as a search shows it. */
export function conversationShown(found: IntercomConversation): Fields {
  return {
    conversation: found.id,
    title: plain(found.title),
    subject: plain(found.source?.subject),
    channel: found.source?.type ?? null,
    state: found.state ?? null,
    priority: found.priority === 'priority',
    author: authorShown(found.source?.author),
    contacts: contactsOf(found),
    admin: somebody(found.admin_assignee_id),
    team: somebody(found.team_assignee_id),
    tags: (found.tags?.tags ?? []).map(({ id, name }) => ({ tag: id, label: name ?? null })),
    createdAt: time(found.created_at),
    updatedAt: time(found.updated_at),
    waitingSince: time(found.waiting_since),
  };
}

/** A conversation with what was written in it, which came as plain text. */
export function conversationRead(found: IntercomConversation): Fields {
  const { conversation_parts: parts } = found;
  return {
    ...conversationShown(found),
    ...written(found.source?.body),
    ...thread(parts?.conversation_parts ?? [], (body) => body),
  };
}

/** A ticket in our fields, as a search shows it. Of its attributes only the title is shown: what others hold nobody declared. */
export function ticketShown(found: IntercomTicket): Fields {
  return {
    ticket: found.id,
    number: found.ticket_id ?? null,
    category: found.category ?? null,
    type: found.ticket_type?.id ?? null,
    typeName: found.ticket_type?.name ?? null,
    state: found.ticket_state?.category ?? null,
    open: found.open ?? true,
    title: plain(attribute(found, '_default_title_')),
    contacts: contactsOf(found),
    admin: somebody(found.admin_assignee_id),
    team: somebody(found.team_assignee_id),
    createdAt: time(found.created_at),
    updatedAt: time(found.updated_at),
  };
}

/** A ticket with what was written in it, which came as HTML. */
export function ticketRead(found: IntercomTicket): Fields {
  return {
    ...ticketShown(found),
    ...written(descriptionOf(found)),
    conversations: linkedTo(found, 'conversation'),
    ...thread(found.ticket_parts?.ticket_parts ?? [], plain),
  };
}

/** Ids of the customers in a conversation or of a ticket. */
export function contactsOf({ contacts }: Pick<IntercomConversation, 'contacts'>): string[] {
  return (contacts?.contacts ?? []).map(({ id }) => id);
}

/**
 * The mail address of the one contact who began a conversation; null: there are several, or somebody else began it, or it is only
 * what a visitor says of themselves, who reads the answer in the messenger whoever the address belongs to.
 */
export function customerOf(found: IntercomConversation): string | null {
  const [only, ...others] = contactsOf(found);
  const author = found.source?.author;
  const sole = only !== undefined && others.length === 0 && author?.id === only;
  // A `user` signed in at the product. What came by mail is answered to the address that it came from.
  const known = author?.type === 'user' || found.source?.type === 'email';
  return sole && known ? (author.email ?? null) : null;
}

/** Ids of what it is linked to, of one kind. */
export function linkedTo(
  { linked_objects }: Pick<IntercomConversation, 'linked_objects'>,
  kind: 'conversation' | 'ticket',
): string[] {
  const ofKind = (linked_objects?.data ?? []).filter(({ type }) => type === kind);
  return ofKind.flatMap(({ id }) => (id ? [id] : []));
}

/** What a ticket's description says, as plain text. */
export function descriptionOf(found: IntercomTicket): string | null {
  return plain(attribute(found, '_default_description_'));
}

/** The id of a teammate or team; Intercom says nobody as null, and as 0. */
export function somebody(id: string | null | undefined): string | null {
  return id === undefined || id === '' || id === '0' ? null : id;
}

/** The text of some HTML: without tags, each paragraph on a line of its own. Not safe to show as HTML. */
export function plain(html: string | null | undefined): string | null {
  if (html === null || html === undefined) return null;
  return html
    .replace(/<br\s?\/?>|<\/(?:p|div|li)>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => entities[name] ?? '')
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  nbsp: ' ',
};

function thread(parts: readonly IntercomPart[], reading: (body: string) => string | null): Fields {
  const spoken = parts.filter(({ body, attachments }) => body || (attachments ?? []).length > 0);
  const newest = spoken.slice(-PARTS_MAX);
  const shown = newest.map((part) => ({
    part: part.id,
    kind: part.part_type ?? null,
    author: authorShown(part.author),
    ...written(part.body ? reading(part.body) : null),
    attachments: (part.attachments ?? []).length,
    at: time(part.created_at),
  }));
  return { parts: shown, earlier: spoken.length - newest.length };
}

function written(body: string | null | undefined): { wrote: string | null; cut: boolean } {
  const wrote = body ?? null;
  if (wrote === null || wrote.length <= WROTE_MAX) return { wrote, cut: false };
  return { wrote: wrote.slice(0, WROTE_MAX), cut: true };
}

function authorShown(author: IntercomAuthor): Fields {
  return {
    kind: author?.type ?? null,
    id: author?.id ?? null,
    name: author?.name ?? null,
    email: author?.email ?? null,
  };
}

function attribute({ ticket_attributes }: IntercomTicket, name: string): string | null {
  const value = ticket_attributes?.[name];
  return typeof value === 'string' ? value : null;
}

/** RFC 3339 of Unix seconds; null for none, and for what is no time. */
function time(seconds: number | null | undefined): string | null {
  if (!seconds || Math.abs(seconds) > 8_640_000_000_000) return null;
  return new Date(seconds * 1000).toISOString();
}
