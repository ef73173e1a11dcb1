/** Requests to Slack's Web API (https://docs.slack.dev/reference/methods), and what is read of their answers. */
import { z } from 'zod';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { escapeText } from './slack.ts';

const ok = z.literal(true);
const posted = z.object({
  ok,
  channel: z.string(),
  ts: z.string(),
  message: z.object({ text: z.string() }).optional(),
});

const message = z.object({
  ts: z.string(),
  text: z.string().default(''),
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
});
const history = z.object({ ok, messages: z.array(message), has_more: z.boolean().default(false) });

/** https://docs.slack.dev/reference/methods/chat.scheduleMessage; its examples give the time as text, too. */
const scheduled = z.object({
  ok,
  channel: z.string(),
  scheduled_message_id: z.string(),
  post_at: z.coerce.number().int(),
});
const deleted = z.object({ ok });
const pending = z.object({
  ok,
  scheduled_messages: z.array(
    z.object({
      id: z.union([z.string(), z.int()]),
      post_at: z.int(),
      date_created: z.int(),
      text: z.string().default(''),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().default('') }).optional(),
});

/** As the team's people would see it: no mention, no format, no preview. */
const plain = { mrkdwn: false, parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false };

/** Marks our messages, so that one can be found again by its call. */
const EVENT = 'toolgate_call';
/** How far Slack's clock may be behind the guard's, in ms. */
export const SKEW = 5_000;

export async function postMessage(
  vendor: HttpVendor,
  { channel, text }: { channel: string; text: string },
  call: string,
): Promise<VendorAnswer<z.output<typeof posted>>> {
  return vendor.send({
    method: 'POST',
    path: '/api/chat.postMessage',
    json: {
      channel,
      text: escapeText(text),
      ...plain,
      metadata: { event_type: EVENT, event_payload: { call } },
    },
    changes: true,
    answer: posted,
  });
}

export async function deleteMessage(
  vendor: HttpVendor,
  channel: string,
  ts: string,
): Promise<VendorAnswer<unknown>> {
  return vendor.send({
    method: 'POST',
    path: '/api/chat.delete',
    json: { channel, ts },
    changes: true,
    answer: deleted,
  });
}

/** `postAt`: RFC 3339. */
export async function scheduleMessage(
  vendor: HttpVendor,
  { channel, text, postAt }: { channel: string; text: string; postAt: string },
): Promise<VendorAnswer<z.output<typeof scheduled>>> {
  return vendor.send({
    method: 'POST',
    path: '/api/chat.scheduleMessage',
    // No metadata: Slack says that it then never posts the message.
    json: { channel, text: escapeText(text), post_at: seconds(postAt), ...plain },
    changes: true,
    answer: scheduled,
  });
}

export async function unscheduleMessage(
  vendor: HttpVendor,
  channel: string,
  scheduledMessage: string,
): Promise<VendorAnswer<unknown>> {
  return vendor.send({
    method: 'POST',
    path: '/api/chat.deleteScheduledMessage',
    json: { channel, scheduled_message_id: scheduledMessage },
    changes: true,
    answer: deleted,
  });
}

/** What was posted to a channel since shortly before `since` (Unix ms), one page. */
export async function postedSince(
  vendor: HttpVendor,
  channel: string,
  since: number,
): Promise<VendorAnswer<z.output<typeof history>>> {
  const oldest = ((since - SKEW) / 1000).toFixed(6);
  return read(vendor, { channel, oldest, limit: 999, include_all_metadata: 'true' });
}

/** The one message of a channel with this ts; undefined: there is none. */
export async function messageAt(
  vendor: HttpVendor,
  channel: string,
  ts: string,
): Promise<VendorAnswer<z.output<typeof message> | undefined>> {
  const answer = await read(vendor, { channel, oldest: ts, latest: ts, inclusive: 'true', limit: 1 });
  return answer.ok ? { ...answer, data: answer.data.messages.find((one) => one.ts === ts) } : answer;
}

/** What a channel's bot has scheduled there, one page. */
export async function waiting(
  vendor: HttpVendor,
  channel: string,
): Promise<VendorAnswer<z.output<typeof pending>>> {
  return vendor.send({
    method: 'GET',
    path: '/api/chat.scheduledMessages.list',
    query: { channel, limit: 100 },
    changes: false,
    answer: pending,
  });
}

/** Whether a page is not all there is. */
export function isCut({ response_metadata }: z.output<typeof pending>): boolean {
  return (response_metadata?.next_cursor ?? '') !== '';
}

/** The id in which Slack's other methods take it: its list gives the digits alone. */
export function scheduledId(id: string | number): string {
  return /^\d+$/.test(String(id)) ? `Q${id}` : String(id);
}

export function isOfCall({ metadata }: z.output<typeof message>, call: string): boolean {
  return metadata?.event_type === EVENT && metadata.event_payload['call'] === call;
}

/** Unix seconds of a time in RFC 3339. */
export function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

async function read(
  vendor: HttpVendor,
  query: Record<string, string | number>,
): Promise<VendorAnswer<z.output<typeof history>>> {
  return vendor.send({
    method: 'GET',
    path: '/api/conversations.history',
    query,
    changes: false,
    answer: history,
  });
}
