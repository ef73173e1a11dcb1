/** What changes of broadcasts and messages would change, told from what Resend holds now. */
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { differing } from '../../../shared/tool/texts.ts';
import { afterCancelling, editable, notA, unschedulable, type Draft, type Scheduled } from './broadcasts.ts';
import { consentOf } from './facts.ts';
import type { Words } from './images.ts';
import type { Message } from './messages.ts';
import { failed, instant, readBroadcast, readEmail, readSegment, type ResendBroadcast } from './resend.ts';
import { versionOf } from './version.ts';

const CUT = 'Long texts are shown in part.';

export async function foreseeDraft(vendor: HttpVendor, input: Draft): Promise<Foreseen | Outcome> {
  const segment = await readSegment(vendor, input.segment);
  if (!segment.ok) return segment.outcome;
  const { shown, cut } = inPart(input);
  const sideEffects = ['It is a draft: nothing is sent.', ...cut];
  return { kind: 'foreseen', before: null, after: shown, sideEffects };
}

export async function foreseeEdit(
  vendor: HttpVendor,
  broadcast: string,
  named: Words,
): Promise<Foreseen | Outcome> {
  const answer = await editable(vendor, broadcast, named);
  if (!answer.ok) return answer.outcome;
  const { found, former } = answer.data;
  const { before, after, cut } = differing({ ...former }, { ...named });
  return {
    kind: 'foreseen',
    // With the version of all that it says, so that an edit outside of what is shown is one, too.
    before: { broadcast, version: versionOf(found), ...before },
    after: { broadcast, ...after },
    sideEffects: cut ? [CUT] : [],
  };
}

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
    sideEffects: [
      'It goes to everybody in the segment who has not unsubscribed.',
      'They are counted now. Who joins the segment before it is sent gets it, too.',
      words(found.data),
    ],
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

/** What a message would come to. Policies hear of consent by themselves; here people do. */
export async function foreseeMessage(vendor: HttpVendor, input: Message): Promise<Foreseen | Outcome> {
  const { known, unsubscribed, suppressed } = await consentOf(vendor, input.to);
  const { shown, cut } = inPart(input);
  const sideEffects = [
    input.sendAt === undefined ? 'It cannot be called back.' : 'It can be cancelled until then.',
    ...(known ? [] : ['No contact has this address.']),
    ...(unsubscribed ? ['This person left all broadcasts.'] : []),
    ...(suppressed ? ['Resend sends nothing to this address any more.'] : []),
    ...cut,
  ];
  return { kind: 'foreseen', before: null, after: shown, sideEffects };
}

export async function foreseeMessageCancel(
  vendor: HttpVendor,
  messageId: string,
): Promise<Foreseen | Outcome> {
  const found = await readEmail(vendor, messageId);
  if (!found.ok) return found.outcome;
  if (found.data.last_event !== 'scheduled') return failed('conflict', 'the message is not scheduled');
  const status = { before: 'scheduled', after: 'canceled' };
  return {
    kind: 'foreseen',
    before: { messageId, status: status.before },
    after: { messageId, status: status.after },
  };
}

/** What would be written, with the beginnings of what is long. */
function inPart(input: { text: string; html?: string | undefined }): {
  shown: Record<string, unknown>;
  cut: string[];
} {
  const { text, html } = input;
  const { after, cut } = differing({ text: '', html: '' }, { text, html });
  return { shown: { ...input, ...after }, cut: cut ? [CUT] : [] };
}

/** Names what a broadcast says without saying it, so that a proposal no longer holds once somebody edited the draft. */
function words(found: ResendBroadcast): string {
  return `Sender, subject and texts, as they are now, have the SHA-256 ${versionOf(found)}.`;
}
