import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import {
  cancelBroadcast,
  createBroadcast,
  deleteBroadcast,
  failed,
  instant,
  readBroadcast,
  sendBroadcastAt,
  type ResendBroadcast,
} from './resend.ts';
import { markedName, sender } from './shown.ts';

export interface Draft {
  name: string;
  segment: string;
  from: string;
  fromName?: string | undefined;
  subject: string;
  text: string;
  html?: string | undefined;
}

export interface Scheduled {
  broadcast: string;
  segment: string;
  sendAt: string;
}

/** Writes a draft; nothing is sent. `call`: what it is found by again. */
export async function draft(vendor: HttpVendor, input: Draft, call: string): Promise<Outcome> {
  const { name, segment, from, fromName, subject, text, html } = input;
  const answer = await createBroadcast(vendor, {
    name: markedName(name, call),
    segment_id: segment,
    from: sender(from, fromName),
    subject,
    text,
    html,
  });
  if (!answer.ok) return answer.outcome;
  const { id: broadcast } = answer.data;
  const undo = { action: 'email.broadcast.discard', input: { broadcast } };
  return { kind: 'succeeded', output: { broadcast, segment }, undo };
}

/** Deletes a draft, and only a draft: Resend would cancel and delete a scheduled one, too. */
export async function discard(vendor: HttpVendor, broadcast: string): Promise<Outcome> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  if (found.data.status !== 'draft') return notA('draft', found.data);
  const answer = await deleteBroadcast(vendor, broadcast);
  return answer.ok ? { kind: 'succeeded', output: { broadcast } } : answer.outcome;
}

/** Schedules a draft, if it goes to the segment that was approved: somebody may have changed it at Resend since. */
export async function schedule(vendor: HttpVendor, input: Scheduled): Promise<Outcome> {
  const { broadcast, segment, sendAt } = input;
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  const refusal = unschedulable(found.data, segment);
  if (refusal) return refusal;
  const answer = await sendBroadcastAt(vendor, broadcast, sendAt);
  if (!answer.ok) return answer.outcome;
  const undo = { action: 'email.broadcast.cancel', input: { broadcast } };
  return { kind: 'succeeded', output: { broadcast, segment, sendAt }, undo };
}

/** Cancels what is scheduled, and stops what is being sent. Done before is done: a cancellation may be repeated. */
export async function cancelBroadcastNow(vendor: HttpVendor, broadcast: string): Promise<Outcome> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  const { status, segment_id: segment, scheduled_at } = found.data;
  const after = afterCancelling(status);
  if (after === undefined) return notA('scheduled', found.data);
  if (after === status) return { kind: 'succeeded', output: { broadcast, status } };
  const answer = await cancelBroadcast(vendor, broadcast);
  if (!answer.ok) return answer.outcome;
  const outcome: Outcome = { kind: 'succeeded', output: { broadcast, status: after } };
  const sendAt = instant(scheduled_at);
  if (after !== 'draft' || !segment || sendAt === null) return outcome;
  return { ...outcome, undo: { action: 'email.broadcast.schedule', input: { broadcast, segment, sendAt } } };
}

/** What a broadcast of a status is once it is cancelled; undefined: it cannot be. */
export function afterCancelling(status: string): 'draft' | 'canceled' | undefined {
  switch (status) {
    case 'draft':
    case 'scheduled':
      return 'draft';
    case 'queued':
    case 'canceled':
      return 'canceled';
    default:
      return undefined;
  }
}

/** Why a broadcast is not scheduled for a segment. */
export function unschedulable(found: ResendBroadcast, segment: string): Outcome | undefined {
  if (found.status !== 'draft') return notA('draft', found);
  if (found.segment_id === segment) return undefined;
  return failed('conflict', 'the broadcast goes to another segment');
}

/** Resend's word for the status is not passed on as it is: only what it is not. */
export function notA(status: string, { status: found }: ResendBroadcast): Outcome {
  return failed('conflict', `the broadcast is not ${status}${found === 'sent' ? ', but sent' : ''}`);
}
