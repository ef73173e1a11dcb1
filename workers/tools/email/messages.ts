import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { candidates, foundMessage } from './find.ts';
import { messageImage } from './images.ts';
import { cancelEmail, failed, listEmails, readEmail, sendEmail, type ResendEmail } from './resend.ts';
import { sender } from './shown.ts';

export interface Message {
  to: string;
  from: string;
  fromName?: string | undefined;
  subject: string;
  text: string;
  html?: string | undefined;
  sendAt?: string | undefined;
}

/** Messages that `find` reads whole; when more went to the same person, it cannot be told. */
const READ_MAX = 3;

/** Sends to one person, at once. The call is the key under which Resend sends nothing twice. */
export async function send(vendor: HttpVendor, input: Message, call: string): Promise<Outcome> {
  const answer = await sendEmail(vendor, written(input), call);
  return answer.ok ? { kind: 'succeeded', output: { messageId: answer.data.id } } : answer.outcome;
}

/** Sends to one person at a time; until then it can be cancelled. */
export async function sendLater(
  vendor: HttpVendor,
  input: Message & { sendAt: string },
  call: string,
): Promise<Outcome> {
  const answer = await sendEmail(vendor, written(input), call);
  if (!answer.ok) return answer.outcome;
  const output = { messageId: answer.data.id, sendAt: input.sendAt };
  const images = { before: null, after: { ...output, status: 'scheduled' } };
  const undo = { action: 'email.message.cancel', input: { messageId: answer.data.id }, images };
  return { kind: 'succeeded', output, undo };
}

function written({ to, from, fromName, subject, text, html, sendAt }: Message): Record<string, unknown> {
  return { to: [to], from: sender(from, fromName), subject, text, html, scheduled_at: sendAt };
}

/** Cancels a message that waits for its time. Done before is done: a cancellation may be repeated. */
export async function cancelMessage(vendor: HttpVendor, messageId: string): Promise<Outcome> {
  const found = await readEmail(vendor, messageId);
  if (!found.ok) return found.outcome;
  const output = { ...messageImage(found.data), status: 'canceled' };
  if (found.data.last_event === 'canceled') return { kind: 'succeeded', output };
  if (found.data.last_event !== 'scheduled') return failed('conflict', 'the message is not scheduled');
  const answer = await cancelEmail(vendor, messageId);
  return answer.ok ? { kind: 'succeeded', output } : answer.outcome;
}

/**
 * Whether Resend has a call's message, told from the list of messages: to send it again under its key would be answered
 * surely, but would send it when it had not been sent.
 */
export async function findMessage(
  vendor: HttpVendor,
  input: Message,
  since: number,
): Promise<Outcome | null> {
  const theirs = candidates(await listEmails(vendor), input.to, since);
  if (theirs === null || theirs.length > READ_MAX) return null;
  const whole: VendorAnswer<ResendEmail>[] = [];
  for (const { id } of theirs) whole.push(await readEmail(vendor, id));
  return foundMessage(whole, input);
}

/** Whether a message was cancelled, told from the message as it is now. */
export function foundCancelled(answer: VendorAnswer<ResendEmail>): Outcome | null {
  if (!answer.ok) return null;
  const { last_event } = answer.data;
  if (last_event === 'canceled') return { kind: 'succeeded', output: messageImage(answer.data) };
  return last_event === 'scheduled' ? failed('unavailable', 'the message is still scheduled') : null;
}
