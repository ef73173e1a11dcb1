import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { cancelBroadcastNow, discard, draft, schedule } from './broadcasts.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { consentOf, reachOf } from './facts.ts';
import { foreseeCancel, foreseeDiscard, foreseeMessageCancel, foreseeSchedule } from './foresee.ts';
import { foundDraft, foundSchedule } from './find.ts';
import { cancelMessage, findMessage, foundCancelled, send } from './messages.ts';
import {
  failed,
  hasMore,
  instant,
  listBroadcasts,
  listContacts,
  readBroadcast,
  readContact,
  readEmail,
  readSuppression,
  resendFault,
} from './resend.ts';
import { shownBroadcast, shownContact } from './shown.ts';

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
    'contact.list': async (input, vendor) => {
      const answer = await listContacts(vendor, input);
      if (!answer.ok) return answer.outcome;
      const { data } = answer.data;
      const next = hasMore(answer.data, input.limit) ? (data.at(-1)?.id ?? null) : null;
      return { kind: 'succeeded', output: { contacts: data.map(shownContact), next } };
    },
    'contact.read': async ({ email }, vendor) => told(await readContact(vendor, email), shownContact),
    'suppression.read': async ({ email }, vendor) => {
      const answer = await readSuppression(vendor, email);
      if (!answer.ok && answer.status !== 404) return answer.outcome;
      if (!answer.ok) return { kind: 'succeeded', output: { suppressed: false, origin: null, since: null } };
      const { origin, created_at } = answer.data;
      const output = { suppressed: true, origin: origin ?? null, since: instant(created_at) };
      return { kind: 'succeeded', output };
    },
    'broadcast.read': async ({ broadcast }, vendor) =>
      told(await readBroadcast(vendor, broadcast), shownBroadcast),
    'broadcast.draft': async (input, vendor, { id }) => draft(vendor, input, id),
    'broadcast.discard': async ({ broadcast }, vendor) => discard(vendor, broadcast),
    'broadcast.schedule': async (input, vendor) => schedule(vendor, input),
    'broadcast.cancel': async ({ broadcast }, vendor) => cancelBroadcastNow(vendor, broadcast),
    'message.send': async (input, vendor, { id }) => send(vendor, input, id),
    'message.cancel': async ({ messageId }, vendor) => cancelMessage(vendor, messageId),
  },
  preview: {
    'broadcast.discard': async ({ broadcast }, vendor) => foreseeDiscard(vendor, broadcast),
    'broadcast.schedule': async (input, vendor) => foreseeSchedule(vendor, input),
    'broadcast.cancel': async ({ broadcast }, vendor) => foreseeCancel(vendor, broadcast),
    'message.cancel': async ({ messageId }, vendor) => foreseeMessageCancel(vendor, messageId),
  },
  find: {
    'broadcast.draft': async (_input, vendor, { id, since }) =>
      foundDraft(await listBroadcasts(vendor), id, since),
    'broadcast.discard': async ({ broadcast }, vendor) => {
      const answer = await readBroadcast(vendor, broadcast);
      if (answer.ok) return failed('unavailable', 'the broadcast is still there');
      return answer.status === 404 ? { kind: 'succeeded', output: { broadcast } } : null;
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
        ? { kind: 'succeeded', output: { broadcast, status } }
        : null;
    },
    'message.send': async (input, vendor, { since }) => findMessage(vendor, input, since),
    'message.cancel': async ({ messageId }, vendor) => foundCancelled(await readEmail(vendor, messageId)),
  },
  facts: {
    'broadcast.schedule': async ({ broadcast }, vendor) => reachOf(vendor, broadcast),
    'message.send': async ({ to }, vendor) => consentOf(vendor, to),
  },
});

function told<T>(answer: VendorAnswer<T>, shown: (found: T) => Record<string, unknown>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(answer.data) } : answer.outcome;
}
