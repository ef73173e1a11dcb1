/** What Resend holds of what an action would change, by which a later change is seen. */
import type { Image } from '../../../shared/image.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { instant, type ResendBroadcast, type ResendEmail } from './resend.ts';
import { shownBroadcast } from './shown.ts';
import { versionOf } from './version.ts';

/** What may be changed of a draft, besides who it is from. */
export const words = ['name', 'segment', 'subject', 'text', 'html'] as const;
export type Words = { [K in (typeof words)[number]]?: string | null | undefined };

/** Of scheduling and cancelling: the state, when it is due, to whom, and all that it says. */
export function planImage(found: ResendBroadcast): NonNullable<Image> {
  const { id: broadcast, status, segment_id, scheduled_at } = found;
  const sendAt = status === 'scheduled' ? instant(scheduled_at) : null;
  return { broadcast, status, segment: segment_id ?? null, sendAt, version: versionOf(found) };
}

/** Of discarding: everything, since a draft is what it says. */
export function wholeImage(found: ResendBroadcast): NonNullable<Image> {
  const { sendAt: _, sentAt: __, version: ___, ...whole } = shownBroadcast(found);
  return whole;
}

/** Of a change of a draft: the fields that it names. */
export function wordsImage(found: ResendBroadcast, named: Words): NonNullable<Image> {
  return { broadcast: found.id, ...wordsOf(found, named) };
}

/** What a broadcast says in the fields that are named; null: it has none. */
export function wordsOf(found: ResendBroadcast, named: Words): Words {
  const shown = shownBroadcast(found) as Words;
  const which = words.filter((one) => named[one] !== undefined);
  return Object.fromEntries(which.map((one) => [one, shown[one] ?? null]));
}

/** All that may be changed of a draft, for its versions. */
export function contentOf(found: ResendBroadcast): NonNullable<Image> {
  return { ...wordsOf(found, Object.fromEntries(words.map((one) => [one, null]))) };
}

/** Of a message: whether it waits, and for when. */
export function messageImage({ id, last_event, scheduled_at }: ResendEmail): NonNullable<Image> {
  return { messageId: id, status: last_event ?? null, sendAt: instant(scheduled_at) };
}

/** The same for its cancellation: what is cancelled counts as not there, though Resend keeps it. */
export function waitingImage(found: ResendEmail): Image {
  return found.last_event === 'canceled' ? null : messageImage(found);
}

/** What was read as a look: what is not there is one, too, and an answer that tells nothing is none. */
export function seenAs<T>(answer: VendorAnswer<T>, image: (found: T) => Image): Seen {
  if (answer.ok) return { kind: 'image', image: image(answer.data) };
  return answer.status === 404 ? { kind: 'image', image: null } : answer.outcome;
}
