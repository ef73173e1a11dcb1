import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { cancelBroadcastNow, discard, draft, edit, schedule } from './broadcasts.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { consentOf, reachOf } from './facts.ts';
import {
  foreseeCancel,
  foreseeDiscard,
  foreseeDraft,
  foreseeEdit,
  foreseeMessage,
  foreseeMessageCancel,
  foreseeSchedule,
} from './foresee.ts';
import { planImage, seenAs, waitingImage, wholeImage, wordsImage } from './images.ts';
import { foundDraft, foundSchedule } from './find.ts';
import { cancelMessage, findMessage, foundCancelled, send, sendLater } from './messages.ts';
import {
  failed,
  hasMore,
  listBroadcasts,
  listContacts,
  listSegments,
  listSuppressions,
  readBroadcast,
  readContact,
  readEmail,
  readSuppression,
  resendFault,
} from './resend.ts';
import { shownBrief, shownBroadcast, shownContact, shownSegment, shownSuppression } from './shown.ts';

export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: 'https://api.resend.com',
    credentials: {
      read: 'RESEND_READ_KEY',
      write: 'RESEND_WRITE_KEY',
      header: 'authorization',
      prefix: 'Bearer ',
    },
    fault: resendFault,
  }),
  run: {
    'contact.list': async (input, vendor) =>
      page('contacts', await listContacts(vendor, input), input, shownContact),
    'contact.read': async ({ email }, vendor) => told(await readContact(vendor, email), shownContact),
    'suppression.read': async ({ email }, vendor) => {
      const answer = await readSuppression(vendor, email);
      if (!answer.ok && answer.status !== 404) return answer.outcome;
      if (!answer.ok) return { kind: 'succeeded', output: { suppressed: false, origin: null, since: null } };
      const { email: _, ...told } = shownSuppression(answer.data);
      return { kind: 'succeeded', output: { suppressed: true, ...told } };
    },
    'suppression.list': async (input, vendor) =>
      page('suppressions', await listSuppressions(vendor, input), input, shownSuppression),
    'segment.list': async (input, vendor) =>
      page('segments', await listSegments(vendor, input), input, shownSegment),
    'broadcast.list': async (input, vendor) =>
      page('broadcasts', await listBroadcasts(vendor, input), input, shownBrief),
    'broadcast.read': async ({ broadcast }, vendor) =>
      told(await readBroadcast(vendor, broadcast), shownBroadcast),
    'broadcast.draft': async (input, vendor, { id }) => draft(vendor, input, id),
    'broadcast.update': async ({ broadcast, ...named }, vendor) => edit(vendor, broadcast, named),
    'broadcast.discard': async ({ broadcast }, vendor) => discard(vendor, broadcast),
    'broadcast.schedule': async (input, vendor) => schedule(vendor, input),
    'broadcast.cancel': async ({ broadcast }, vendor) => cancelBroadcastNow(vendor, broadcast),
    'message.send': async (input, vendor, { id }) => send(vendor, input, id),
    'message.schedule': async (input, vendor, { id }) => sendLater(vendor, input, id),
    'message.cancel': async ({ messageId }, vendor) => cancelMessage(vendor, messageId),
  },
  preview: {
    'broadcast.draft': async (input, vendor) => foreseeDraft(vendor, input),
    'broadcast.update': async ({ broadcast, ...named }, vendor) => foreseeEdit(vendor, broadcast, named),
    'broadcast.discard': async ({ broadcast }, vendor) => foreseeDiscard(vendor, broadcast),
    'broadcast.schedule': async (input, vendor) => foreseeSchedule(vendor, input),
    'broadcast.cancel': async ({ broadcast }, vendor) => foreseeCancel(vendor, broadcast),
    'message.send': async (input, vendor) => foreseeMessage(vendor, input),
    'message.schedule': async (input, vendor) => foreseeMessage(vendor, input),
    'message.cancel': async ({ messageId }, vendor) => foreseeMessageCancel(vendor, messageId),
  },
  image: {
    'broadcast.update': async ({ broadcast, ...named }, vendor) =>
      seenAs(await readBroadcast(vendor, broadcast), (found) => wordsImage(found, named)),
    'broadcast.discard': async ({ broadcast }, vendor) =>
      seenAs(await readBroadcast(vendor, broadcast), wholeImage),
    'broadcast.schedule': async ({ broadcast }, vendor) =>
      seenAs(await readBroadcast(vendor, broadcast), planImage),
    'broadcast.cancel': async ({ broadcast }, vendor) =>
      seenAs(await readBroadcast(vendor, broadcast), planImage),
    'message.cancel': async ({ messageId }, vendor) =>
      seenAs(await readEmail(vendor, messageId), waitingImage),
  },
  find: {
    'broadcast.draft': async (_input, vendor, { id, since }) =>
      foundDraft(await listBroadcasts(vendor, { limit: 100 }), id, since),
    'broadcast.discard': async ({ broadcast }, vendor) => {
      const answer = await readBroadcast(vendor, broadcast);
      if (answer.ok) return failed('unavailable', 'the broadcast is still there');
      return answer.status === 404 ? { kind: 'succeeded', output: gone(broadcast) } : null;
    },
    'broadcast.schedule': async (input, vendor) =>
      foundSchedule(await readBroadcast(vendor, input.broadcast), input),
    'broadcast.cancel': async ({ broadcast }, vendor) => {
      const answer = await readBroadcast(vendor, broadcast);
      if (!answer.ok) return null;
      const { status } = answer.data;
      if (status === 'scheduled' || status === 'queued') return failed('unavailable', `it is ${status}`);
      // Sent: it may have been stopped half-way, or not at all.
      return ['draft', 'canceled'].includes(status)
        ? { kind: 'succeeded', output: planImage(answer.data) }
        : null;
    },
    'message.send': async (input, vendor, { since }) => findMessage(vendor, input, since),
    'message.schedule': async (input, vendor, { since }) => findMessage(vendor, input, since),
    'message.cancel': async ({ messageId }, vendor) => foundCancelled(await readEmail(vendor, messageId)),
  },
  facts: {
    'broadcast.schedule': async ({ broadcast }, vendor) => reachOf(vendor, broadcast),
    'message.send': async ({ to }, vendor) => consentOf(vendor, to),
    'message.schedule': async ({ to }, vendor) => consentOf(vendor, to),
  },
});

function told<T>(answer: VendorAnswer<T>, shown: (found: T) => Record<string, unknown>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(answer.data) } : answer.outcome;
}

function page<T extends { id: string }>(
  name: string,
  answer: VendorAnswer<{ data: T[]; has_more?: boolean | undefined }>,
  { limit }: { limit: number },
  shown: (found: T) => Record<string, unknown>,
): Outcome {
  if (!answer.ok) return answer.outcome;
  const { data } = answer.data;
  const next = hasMore(answer.data, limit) ? (data.at(-1)?.id ?? null) : null;
  return { kind: 'succeeded', output: { [name]: data.map(shown), next } };
}

/** A draft that was deleted: what it said can no longer be told. */
function gone(broadcast: string): Record<string, unknown> {
  const untold = { name: null, segment: null, from: null, subject: null, previewText: null, text: null };
  return { broadcast, status: 'draft', ...untold, html: null, replyTo: [] };
}
