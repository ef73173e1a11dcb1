/** What Resend holds, in the fields of the contract. Pure. */
import { instant, type ResendBroadcast, type ResendContact } from './resend.ts';

export function shownContact(found: ResendContact): Record<string, unknown> {
  return {
    id: found.id,
    email: found.email,
    firstName: found.first_name ?? null,
    lastName: found.last_name ?? null,
    unsubscribed: found.unsubscribed,
    createdAt: instant(found.created_at),
  };
}

export function shownBroadcast(found: ResendBroadcast): Record<string, unknown> {
  return {
    broadcast: found.id,
    name: found.name ?? null,
    segment: found.segment_id ?? null,
    status: found.status,
    from: found.from ?? null,
    subject: found.subject ?? null,
    text: found.text ?? null,
    html: found.html ?? null,
    sendAt: instant(found.scheduled_at),
    sentAt: instant(found.sent_at),
  };
}

/** `Acme <news@acme.example>`; the contract keeps what would end the name out of it. */
export function sender(from: string, name: string | undefined): string {
  return name === undefined ? from : `${name} <${from}>`;
}

/** The name of a draft, with the call that wrote it: by that it is found again. */
export function markedName(name: string, call: string): string {
  return `${name} [${call}]`;
}
