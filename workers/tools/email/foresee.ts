/** What changes of broadcasts and messages would change, told from what Resend holds now. */
import { sha256 } from '../../../shared/crypto.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { afterCancelling, notA, unschedulable, type Scheduled } from './broadcasts.ts';
import { failed, instant, readBroadcast, readEmail, type ResendBroadcast } from './resend.ts';

export async function foreseeDiscard(vendor: HttpVendor, broadcast: string): Promise<Foreseen | Outcome> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  if (found.data.status !== 'draft') return notA('draft', found.data);
  const sideEffects = [words(found.data)];
  return { kind: 'foreseen', before: { broadcast }, after: { broadcast: null }, sideEffects };
}

export async function foreseeSchedule(vendor: HttpVendor, input: Scheduled): Promise<Foreseen | Outcome> {
  const { broadcast, segment, sendAt } = input;
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  const refusal = unschedulable(found.data, segment);
  if (refusal) return refusal;
  return {
    kind: 'foreseen',
    before: { broadcast, segment, sendAt: null },
    after: { broadcast, segment, sendAt },
    sideEffects: ['It goes to everybody in the segment who has not unsubscribed.', words(found.data)],
  };
}

export async function foreseeCancel(vendor: HttpVendor, broadcast: string): Promise<Foreseen | Outcome> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok) return found.outcome;
  const { status, scheduled_at } = found.data;
  const after = afterCancelling(status);
  if (after === undefined) return notA('scheduled', found.data);
  const sendAt = instant(scheduled_at);
  return {
    kind: 'foreseen',
    before: { broadcast, status },
    after: { broadcast, status: after },
    sideEffects: sendAt === null ? [] : [`It is not sent at ${sendAt}.`],
  };
}

export async function foreseeMessageCancel(
  vendor: HttpVendor,
  messageId: string,
): Promise<Foreseen | Outcome> {
  const found = await readEmail(vendor, messageId);
  if (!found.ok) return found.outcome;
  if (found.data.last_event !== 'scheduled') return failed('conflict', 'the message is not scheduled');
  return { kind: 'foreseen', before: { messageId }, after: { messageId: null } };
}

/** Names what a broadcast says without saying it, so that a proposal no longer holds once somebody edited the draft. */
function words({ from, subject, text, html }: ResendBroadcast): string {
  // Not canonical JSON, which holds no half characters: whoever wrote the broadcast may have.
  const said = JSON.stringify([from ?? null, subject ?? null, text ?? null, html ?? null]);
  return `Sender, subject and texts, as they are now, have the SHA-256 ${sha256(said)}.`;
}
