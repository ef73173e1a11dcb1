import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { hasMore, listContacts, readBroadcast, readContact, readSuppression } from './resend.ts';

/**
 * Contacts on a page, and pages that are counted: Resend takes five requests a second, and three more of the call are a look at
 * the broadcast for the facts, one before it is scheduled, and that itself.
 */
const PAGE = 100;
const PAGES = 2;
/** Stands for "more than was counted": above every limit on recipients that a policy or manifest would set. */
export const BEYOND_COUNT = 1_000_000_000;

/** Facts that cannot be read deny the call, so every answer but a clear one throws. */
const unread = (): Error => new Error('Resend cannot be asked now');

/** Whether a person may be written to, as Resend has it. Who is no contact there has not consented. */
export async function consentOf(
  vendor: HttpVendor,
  address: string,
): Promise<{ consent: boolean; known: boolean; unsubscribed: boolean; suppressed: boolean }> {
  const [contact, suppression] = await Promise.all([
    readContact(vendor, address),
    readSuppression(vendor, address),
  ]);
  if (!contact.ok && contact.status !== 404) throw unread();
  if (!suppression.ok && suppression.status !== 404) throw unread();
  const known = contact.ok;
  const unsubscribed = contact.ok && contact.data.unsubscribed;
  const suppressed = suppression.ok;
  return { consent: known && !unsubscribed && !suppressed, known, unsubscribed, suppressed };
}

/** Whom a broadcast reaches, from the segment that it has at Resend, whatever segment the agent names; and what it says. */
export async function reachOf(
  vendor: HttpVendor,
  broadcast: string,
): Promise<{ found: boolean; recipients: number; counted: boolean; text: string }> {
  const found = await readBroadcast(vendor, broadcast);
  if (!found.ok && found.status !== 404) throw unread();
  if (!found.ok) return { found: false, recipients: 0, counted: true, text: '' };
  const { segment_id: segment, subject, text, html } = found.data;
  const recipients = segment ? await subscribed(vendor, segment) : undefined;
  return {
    found: true,
    recipients: recipients ?? BEYOND_COUNT,
    counted: recipients !== undefined,
    text: [subject, text, html].map((part) => part ?? '').join('\n\n'),
  };
}

/** How many of a segment did not unsubscribe; undefined when it goes on after the pages that are counted. */
async function subscribed(vendor: HttpVendor, segment: string): Promise<number | undefined> {
  let after: string | undefined;
  let count = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await listContacts(vendor, { segment, limit: PAGE, after });
    if (!answer.ok) throw unread();
    count += answer.data.data.filter(({ unsubscribed }) => !unsubscribed).length;
    if (!hasMore(answer.data, PAGE)) return count;
    after = answer.data.data.at(-1)?.id;
    // A page that says more and holds nobody leads nowhere.
    if (after === undefined) return undefined;
  }
  return undefined;
}
