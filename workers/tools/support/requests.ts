import type { Outcome } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { deskOf, type Support } from './desk.ts';
import { failed, file, readConversation, readTicket, type IntercomConversation } from './intercom.ts';
import { contactsOf, descriptionOf, linkedTo } from './shown.ts';

/** What is asked of people: a refund, or a reset. */
export interface Request {
  desk: 'REFUND' | 'RESET';
  conversation: string;
  title: string;
  /** Lines below the one that names the call. */
  lines: readonly string[];
}

/** Tickets of one conversation that are looked through for one of a call. */
const TICKETS_MAX = 10;

/** The words of a refund's ticket. `amount` in minor units. */
export function refundAsked(input: {
  conversation: string;
  amount: number;
  currency: string;
  order?: string | undefined;
  reason: string;
}): Request {
  const { conversation, amount, currency, order, reason } = input;
  const lines = [...(order === undefined ? [] : [`Order: ${order}`]), ...asWritten(reason)];
  return { desk: 'REFUND', conversation, title: `Refund request: ${money(amount, currency)}`, lines };
}

/** The words of a reset's ticket. */
export function resetAsked(input: { conversation: string; what: string; reason: string }): Request {
  const { conversation, what, reason } = input;
  return { desk: 'RESET', conversation, title: `Account reset request: ${what}`, lines: asWritten(reason) };
}

/** Files the ticket: for the conversation's one contact, linked to it, at the desk that the settings name; nobody outside is told. */
export async function request(support: Support, asked: Request, call: string): Promise<Outcome> {
  const desk = deskOf(support.ids, asked.desk);
  if (!desk.ok) return desk.outcome;
  const from = await withOneContact(support, asked.conversation);
  if (!from.ok) return from.outcome;
  const answer = await file(support.http, {
    ticket_type_id: desk.data.type,
    contacts: contactsOf(from.data).map((id) => ({ id })),
    conversation_to_link_id: asked.conversation,
    ticket_attributes: {
      _default_title_: asked.title,
      _default_description_: [mark(call), ...asked.lines].join('\n'),
    },
    assignment: { team_assignee_id: desk.data.team },
    skip_notifications: true,
  });
  if (!answer.ok) return answer.outcome;
  return filed(asked.conversation, answer.data);
}

/**
 * Whether a call's ticket was filed, told from the tickets that its conversation is linked to. Null: cannot be told, as when
 * there are too many of them.
 */
export async function findRequest(
  { http }: Support,
  conversation: string,
  call: string,
): Promise<Outcome | null> {
  const from = await readConversation(http, conversation);
  if (!from.ok || from.data.linked_objects?.has_more === true) return null;
  const linked = linkedTo(from.data, 'ticket');
  if (linked.length > TICKETS_MAX) return null;
  for (const id of linked) {
    const ticket = await readTicket(http, id);
    if (!ticket.ok) return null;
    // The first line is ours alone: below it stands what an agent wrote, who may name another call there.
    if (descriptionOf(ticket.data)?.split('\n', 1)[0] === mark(call)) return filed(conversation, ticket.data);
  }
  return { kind: 'failed', reason: 'unavailable', detail: 'no ticket of this call' };
}

/** A conversation with exactly one contact: whose money or account it is, and who gets an answer, must be beyond doubt. */
export async function withOneContact(
  { http }: Support,
  conversation: string,
): Promise<VendorAnswer<IntercomConversation>> {
  const found = await readConversation(http, conversation);
  if (!found.ok || contactsOf(found.data).length === 1) return found;
  return failed('rejected', 'the conversation has not exactly one contact');
}

/** An amount in minor units as people write it, with as many decimals as its currency has: `12.50 EUR`. */
export function money(amount: number, currency: string): string {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`;
}

function asWritten(reason: string): string[] {
  return ['As an agent wrote it:', reason];
}

function mark(call: string): string {
  return `Toolgate ${call}`;
}

function filed(
  conversation: string,
  { id, ticket_id }: { id: string; ticket_id?: string | null | undefined },
): Outcome {
  return { kind: 'succeeded', output: { conversation, ticket: id, number: ticket_id ?? null } };
}
