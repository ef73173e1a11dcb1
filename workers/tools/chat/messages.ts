/** What becomes of messages, posted and scheduled: with the way back, and looked at and looked for. */
import type { Image } from '../../../shared/image.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import {
  deleteMessage,
  isCut,
  isOfCall,
  messageAt,
  postedSince,
  postMessage,
  scheduledId,
  scheduleMessage,
  seconds,
  SKEW,
  waiting,
} from './requests.ts';
import { escapeText } from './slack.ts';

interface Place {
  channel: string;
  ts: string;
}
interface Scheduled {
  channel: string;
  scheduledMessage: string;
}
interface Later {
  channel: string;
  text: string;
  postAt: string;
}

export async function post(
  vendor: HttpVendor,
  message: { channel: string; text: string },
  call: string,
): Promise<Outcome> {
  const answer = await postMessage(vendor, message, call);
  if (!answer.ok) return answer.outcome;
  const { channel, ts, message: kept } = answer.data;
  // As Slack keeps it, which is what a later change is told from.
  return there({ channel, ts }, kept?.text ?? escapeText(message.text));
}

/** Deletes a message, which is read first: nobody can read it afterwards. */
export async function remove(vendor: HttpVendor, { channel, ts }: Place): Promise<Outcome> {
  const found = await messageAt(vendor, channel, ts);
  if (!found.ok) return found.outcome;
  if (!found.data) return failed('not-found', 'no such message');
  const answer = await deleteMessage(vendor, channel, ts);
  return answer.ok ? { kind: 'succeeded', output: { channel, ts, text: found.data.text } } : answer.outcome;
}

export async function schedule(vendor: HttpVendor, later: Later): Promise<Outcome> {
  const answer = await scheduleMessage(vendor, later);
  if (!answer.ok) return answer.outcome;
  return waits(later.channel, answer.data.scheduled_message_id, answer.data.post_at);
}

export async function foreseeRemoval(
  vendor: HttpVendor,
  { channel, ts }: Place,
): Promise<Foreseen | Outcome> {
  const found = await messageAt(vendor, channel, ts);
  if (!found.ok) return found.outcome;
  if (!found.data) return failed('not-found', 'no such message');
  const before = { channel, ts, text: found.data.text };
  return { kind: 'foreseen', before, after: { channel, ts, text: null } };
}

export async function foreseeUnscheduling(
  vendor: HttpVendor,
  { channel, scheduledMessage }: Scheduled,
): Promise<Foreseen | Outcome> {
  const found = await scheduledThere(vendor, { channel, scheduledMessage });
  if (!found.ok) return found.outcome;
  if (!found.data) return failed('not-found', 'no such scheduled message');
  return {
    kind: 'foreseen',
    before: { channel, scheduledMessage },
    after: { channel, scheduledMessage: null },
    sideEffects: [`It is not posted at ${new Date(found.data.postAt * 1000).toISOString()}.`],
  };
}

/** The message as it stands; null: it is not there, or no more. */
export async function imageOfMessage(vendor: HttpVendor, { channel, ts }: Place): Promise<Seen> {
  const found = await messageAt(vendor, channel, ts);
  if (!found.ok) return found.outcome;
  return { kind: 'image', image: found.data ? { channel, ts, text: found.data.text } : null };
}

/** Whether it still waits; null: it was posted, or deleted. Slack lets nobody change what waits. */
export async function imageOfScheduled(
  vendor: HttpVendor,
  { channel, scheduledMessage }: Scheduled,
): Promise<Seen> {
  const found = await scheduledThere(vendor, { channel, scheduledMessage });
  if (!found.ok) return found.outcome;
  return { kind: 'image', image: found.data ? { channel, scheduledMessage } : null };
}

/** Whether a call's message was posted. */
export async function foundPost(
  vendor: HttpVendor,
  channel: string,
  { id, since }: { id: string; since: number },
): Promise<Outcome | null> {
  const answer = await postedSince(vendor, channel, since);
  if (!answer.ok) return null;
  const { messages, has_more } = answer.data;
  const ours = messages.find((message) => isOfCall(message, id));
  if (ours) return there({ channel, ts: ours.ts }, ours.text);
  // More messages than one page: it may be on another, so nothing is told.
  return has_more ? null : failed('unavailable', 'no message of this call');
}

/** Whether a message is gone. What it said, nobody can tell any more. */
export async function foundRemoval(vendor: HttpVendor, { channel, ts }: Place): Promise<Outcome | null> {
  const found = await messageAt(vendor, channel, ts);
  if (!found.ok) return null;
  if (found.data) return failed('unavailable', 'the message is still there');
  return { kind: 'succeeded', output: { channel, ts, text: null } };
}

/** Slack keeps nothing of ours with a scheduled message, so it is known by its channel, time, text and when it was made. */
export async function foundScheduled(
  vendor: HttpVendor,
  { channel, text, postAt }: Later,
  since: number,
): Promise<Outcome | null> {
  const answer = await waiting(vendor, channel);
  if (!answer.ok) return null;
  const same = answer.data.scheduled_messages.filter(
    (message) =>
      message.post_at === seconds(postAt) &&
      message.text === escapeText(text) &&
      (message.date_created + 1) * 1000 > since - SKEW,
  );
  const [ours, twin] = same;
  // Two alike: either may be another call's.
  if (ours) return twin ? null : waits(channel, String(ours.id), ours.post_at);
  // Once its time has come it is no longer listed.
  if (isCut(answer.data) || Date.parse(postAt) <= Date.now() + SKEW) return null;
  return failed('unavailable', 'no scheduled message of this call');
}

/** A message that waits; undefined: it does not. `postAt` in Unix seconds. */
async function scheduledThere(
  vendor: HttpVendor,
  { channel, scheduledMessage }: Scheduled,
): Promise<VendorAnswer<{ postAt: number } | undefined>> {
  const answer = await waiting(vendor, channel);
  if (!answer.ok) return answer;
  const found = answer.data.scheduled_messages.find(({ id }) => scheduledId(id) === scheduledMessage);
  if (!found && isCut(answer.data))
    return {
      ok: false,
      status: null,
      outcome: failed('unavailable', 'more is scheduled than one page shows'),
    };
  return { ...answer, data: found && { postAt: found.post_at } };
}

/** A message that is in its channel. */
function there(at: Place, text: string): Outcome {
  const images = { before: null, after: { ...at, text } satisfies Image };
  return {
    kind: 'succeeded',
    output: { ...at },
    undo: { action: 'chat.message.delete', input: { ...at }, images },
  };
}

/** A message that waits at Slack. `postAt` in Unix seconds. */
function waits(channel: string, id: string, postAt: number): Outcome {
  const input = { channel, scheduledMessage: scheduledId(id) };
  return {
    kind: 'succeeded',
    output: { ...input, postAt: new Date(postAt * 1000).toISOString() },
    undo: { action: 'chat.message.unschedule', input, images: { before: null, after: input } },
  };
}

function failed(reason: 'not-found' | 'unavailable', detail: string): Outcome {
  return { kind: 'failed', reason, detail };
}
