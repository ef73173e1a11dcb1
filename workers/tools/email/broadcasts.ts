import type { Outcome, UndoPlan } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { keepable } from '../../../shared/tool/texts.ts';
import { contract } from './contract.ts';
import { contentOf, planImage, wholeImage, wordsImage, wordsOf, type Words } from './images.ts';
import {
  cancelBroadcast,
  createBroadcast,
  deleteBroadcast,
  failed,
  instant,
  readBroadcast,
  sendBroadcastAt,
  updateBroadcast,
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
  // Resend answers with the id alone, and may keep a text otherwise than it was sent.
  const written = await readBroadcast(vendor, broadcast);
  const undo: UndoPlan = { action: 'email.broadcast.discard', input: { broadcast } };
  if (written.ok) undo.images = { before: null, after: wholeImage(written.data) };
  const outcome: Outcome = { kind: 'succeeded', output: { broadcast, segment }, undo };
  return written.ok ? { ...outcome, content: { before: null, after: contentOf(written.data) } } : outcome;
}

/** Changes a draft: the fields that are named. */
export async function edit(vendor: HttpVendor, broadcast: string, named: Words): Promise<Outcome> {
  const before = await editable(vendor, broadcast, named);
  if (!before.ok) return before.outcome;
  const { found, former } = before.data;
  const { segment, html, ...rest } = named;
  // What has no HTML part cannot be given one, and is not told to have none.
  const fields = { ...rest, segment_id: segment, ...(html !== null && { html }) };
  const answer = await updateBroadcast(vendor, broadcast, fields);
  if (!answer.ok) return answer.outcome;
  const written = await readBroadcast(vendor, broadcast);
  const undo: UndoPlan = { action: 'email.broadcast.update', input: { broadcast, ...former } };
  const outcome: Outcome = { kind: 'succeeded', output: { broadcast }, undo };
  // Not seen, no image: a person has to force the undo then.
  if (!written.ok) return outcome;
  undo.images = { before: wordsImage(found, named), after: wordsImage(written.data, named) };
  return { ...outcome, content: { before: contentOf(found), after: contentOf(written.data) } };
}

/** A draft, and what would be written over in it, if that can be written back. */
export async function editable(
  vendor: HttpVendor,
  broadcast: string,
  named: Words,
): Promise<VendorAnswer<{ found: ResendBroadcast; former: Words }>> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found;
  if (found.data.status !== 'draft') return refusing(notA('draft', found.data));
  const former = wordsOf(found.data, named);
  // Resend names no way to take a part away.
  if (named.html !== undefined && (named.html === null) !== (former.html === null))
    return refusing(failed('rejected', 'an HTML part is neither added nor taken away'));
  if (!contract.actions['broadcast.update'].input.safeParse({ broadcast, ...former }).success)
    return refusing(failed('rejected', 'what is there could not be written back'));
  if (!keepable({ ...former }, { ...named }))
    return refusing(failed('rejected', 'texts of this length could not be taken back'));
  return { ...found, data: { found: found.data, former } };
}

/** Deletes a draft, and only a draft: Resend would cancel and delete a scheduled one, too. Answers what it said. */
export async function discard(vendor: HttpVendor, broadcast: string): Promise<Outcome> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  if (found.data.status !== 'draft') return notA('draft', found.data);
  const answer = await deleteBroadcast(vendor, broadcast);
  if (!answer.ok) return answer.outcome;
  const content = { before: contentOf(found.data), after: null };
  return { kind: 'succeeded', output: wholeImage(found.data), content };
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
  const before = planImage(found.data);
  const after = { ...before, status: 'scheduled', sendAt };
  const undo = { action: 'email.broadcast.cancel', input: { broadcast }, images: { before, after } };
  return { kind: 'succeeded', output: after, undo };
}

/** Cancels what is scheduled, and stops what is being sent. Done before is done: a cancellation may be repeated. */
export async function cancelBroadcastNow(vendor: HttpVendor, broadcast: string): Promise<Outcome> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  const before = planImage(found.data);
  const { status, segment_id: segment, scheduled_at } = found.data;
  const stands = afterCancelling(status);
  if (stands === undefined) return notA('scheduled', found.data);
  if (stands === status) return { kind: 'succeeded', output: before };
  const answer = await cancelBroadcast(vendor, broadcast);
  if (!answer.ok) return answer.outcome;
  const after = { ...before, status: stands, sendAt: null };
  const outcome: Outcome = { kind: 'succeeded', output: after };
  const sendAt = instant(scheduled_at);
  if (stands !== 'draft' || !segment || sendAt === null) return outcome;
  const input = { broadcast, segment, sendAt };
  return { ...outcome, undo: { action: 'email.broadcast.schedule', input, images: { before, after } } };
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
export function notA(status: string, { status: found }: ResendBroadcast): Outcome & { kind: 'failed' } {
  return failed('conflict', `the broadcast is not ${status}${found === 'sent' ? ', but sent' : ''}`);
}

function refusing(outcome: Outcome): { ok: false; status: null; outcome: Outcome } {
  return { ok: false, status: null, outcome };
}
