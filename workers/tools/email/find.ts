import type { Outcome } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { planImage } from './images.ts';
import {
  failed,
  hasMore,
  instant,
  type ResendBroadcast,
  type ResendBroadcasts,
  type ResendEmail,
  type ResendEmails,
} from './resend.ts';

/** How far Resend's clock may be behind the guard's, in ms. */
const SKEW = 5_000;

/** The draft that a call wrote, by its mark in the list of broadcasts. Null: it cannot be told. */
export function foundDraft(
  answer: VendorAnswer<ResendBroadcasts>,
  call: string,
  since: number,
): Outcome | null {
  if (!answer.ok) return null;
  const ours = answer.data.data.find(({ name }) => name?.includes(call));
  if (ours) return done({ broadcast: ours.id, segment: ours.segment_id ?? '' });
  return reachesBack(answer.data, since) ? failed('unavailable', 'no draft of this call') : null;
}

/** Whether a broadcast was scheduled for a time, told from the broadcast as it is now. */
export function foundSchedule(
  answer: VendorAnswer<ResendBroadcast>,
  input: { broadcast: string; segment: string; sendAt: string },
): Outcome | null {
  if (!answer.ok) return null;
  const { status, scheduled_at } = answer.data;
  if (status === 'draft') return failed('unavailable', 'the broadcast is a draft');
  return instant(scheduled_at) === input.sendAt ? done(planImage(answer.data)) : null;
}

/** The messages to a person since then: one of them may be the call's. Null: there may be more on another page. */
export function candidates(
  answer: VendorAnswer<ResendEmails>,
  person: string,
  since: number,
): ResendEmail[] | null {
  if (!answer.ok) return null;
  const theirs = answer.data.data.filter(
    ({ to, created_at }) =>
      to.some((one) => one.toLowerCase() === person.toLowerCase()) &&
      // A message without a time may be of this call.
      !(time(created_at) < since - SKEW),
  );
  return theirs.length > 0 || reachesBack(answer.data, since) ? theirs : null;
}

/**
 * Whether a call's message is among the candidates, read whole. None at all: it was not sent. Some, but none or two that say
 * just this: it cannot be told, as Resend may write a text otherwise than it was sent, and a twin is another call's.
 */
export function foundMessage(
  read: VendorAnswer<ResendEmail>[],
  wanted: { subject: string; text: string; sendAt?: string | undefined },
): Outcome | null {
  if (read.length === 0) return failed('unavailable', 'no message of this call');
  const whole = read.flatMap((answer) => (answer.ok ? [answer.data] : []));
  if (whole.length < read.length) return null;
  const { subject, text, sendAt } = wanted;
  const same = whole.filter(
    (one) => one.subject === subject && one.text === text && instant(one.scheduled_at) === (sendAt ?? null),
  );
  const [ours, twin] = same;
  return ours && !twin ? done({ messageId: ours.id, ...(sendAt !== undefined && { sendAt }) }) : null;
}

/** Whether the list holds everything since then: it ends, or goes back further. */
function reachesBack(
  list: { data: { created_at?: string | null | undefined }[]; has_more?: boolean | undefined },
  since: number,
): boolean {
  return !hasMore(list, 100) || time(list.data.at(-1)?.created_at) < since - SKEW;
}

/** NaN for what is no time, which compares as "not before". */
function time(value: string | null | undefined): number {
  return Date.parse(instant(value) ?? '');
}

function done(output: Record<string, unknown>): Outcome {
  return { kind: 'succeeded', output };
}
