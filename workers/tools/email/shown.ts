/** What Resend holds, in the fields of the contract. Pure. */
import {
  instant,
  type BriefBroadcast,
  type ResendBroadcast,
  type ResendContact,
  type ResendSegment,
  type ResendSuppression,
} from './resend.ts';
import { versionOf } from './version.ts';

type Fields = Record<string, unknown>;

export function shownContact(found: ResendContact): Fields {
  return {
    id: found.id,
    email: found.email,
    firstName: found.first_name ?? null,
    lastName: found.last_name ?? null,
    unsubscribed: found.unsubscribed,
    createdAt: instant(found.created_at),
  };
}

export function shownSuppression({ email, origin, created_at }: ResendSuppression): Fields {
  return { email, origin: origin ?? null, since: instant(created_at) };
}

export function shownSegment({ id, name, created_at }: ResendSegment): Fields {
  return { segment: id, name: name ?? null, createdAt: instant(created_at) };
}

/** A broadcast without what it says. */
export function shownBrief(found: BriefBroadcast): Fields {
  return {
    broadcast: found.id,
    name: found.name ?? null,
    segment: found.segment_id ?? null,
    status: found.status,
    sendAt: instant(found.scheduled_at),
    sentAt: instant(found.sent_at),
  };
}

export function shownBroadcast(found: ResendBroadcast): Fields {
  return {
    ...shownBrief(found),
    from: found.from ?? null,
    subject: found.subject ?? null,
    replyTo: found.reply_to ?? [],
    previewText: found.preview_text ?? null,
    text: found.text ?? null,
    html: found.html ?? null,
    version: versionOf(found),
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
