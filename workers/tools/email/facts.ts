import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { hasMore, listContacts, readBroadcast, readContact, readSuppression } from './resend.ts';

/**
 * Contacts on a page, and pages that are counted: up to 800 contacts. The shipped policies' highest line is at 1,000, so a larger
 * segment is beyond it either way.
 */
const PAGE = 100;
const PAGES = 8;
/** Pages that are read at once. Resend takes five requests a second, and three more of the call are a look at the broadcast, one before it is scheduled, and that itself. */
const AT_ONCE = 2;
/** Ms between the beginnings of later pages, so that any second has three of them at most. */
const PACE = 334;
/** Ms after which no more pages are begun: a guard waits 3 s for facts, and what is not counted by then is beyond count. */
const COUNTING = 2_100;
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
  const { segment_id: segment, subject, preview_text, text, html } = found.data;
  const recipients = segment ? await subscribed(vendor, segment) : undefined;
  return {
    found: true,
    recipients: recipients ?? BEYOND_COUNT,
    counted: recipients !== undefined,
    text: [subject, preview_text, text, html].map((part) => part ?? '').join('\n\n'),
  };
}

/** How many of a segment did not unsubscribe; undefined when it goes on after what can be counted in the time there is. */
async function subscribed(vendor: HttpVendor, segment: string): Promise<number | undefined> {
  const since = Date.now();
  let after: string | undefined;
  let count = 0;
  for (let page = 0; page < PAGES; page += 1) {
    if (!(await turn(page, since))) return undefined;
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

/** Waits until a page's turn; false when that comes too late. `since`: Unix ms of the first page. */
async function turn(page: number, since: number): Promise<boolean> {
  const due = since + Math.max(0, page + 1 - AT_ONCE) * PACE;
  if (due > since + COUNTING || Date.now() > since + COUNTING) return false;
  await scheduler.wait(Math.max(0, due - Date.now()));
  return true;
}
