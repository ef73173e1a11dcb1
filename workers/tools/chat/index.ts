import { z } from 'zod';
import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type HttpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foreseeMessage } from './foresee.ts';
import { escapeText, slackRefusal } from './slack.ts';

const posted = z.object({ ok: z.literal(true), channel: z.string(), ts: z.string() });

const message = z.object({
  ts: z.string(),
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
});
const history = z.object({
  ok: z.literal(true),
  messages: z.array(message),
  has_more: z.boolean().default(false),
});

/** https://docs.slack.dev/reference/methods/chat.scheduleMessage; its examples give the time as text, too. */
const scheduled = z.object({
  ok: z.literal(true),
  channel: z.string(),
  scheduled_message_id: z.string(),
  post_at: z.coerce.number().int(),
});
const deleted = z.object({ ok: z.literal(true) });
const pending = z.object({
  ok: z.literal(true),
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
const SKEW = 5_000;

export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: 'https://slack.com',
    // One: a bot's scheduled messages are listed and deleted by that bot's token alone.
    credentials: {
      read: 'SLACK_BOT_TOKEN',
      write: 'SLACK_BOT_TOKEN',
      header: 'authorization',
      prefix: 'Bearer ',
    },
    refusal: slackRefusal,
  }),
  run: {
    'message.post': async ({ channel, text }, vendor, { id }) => {
      const answer = await vendor.send({
        method: 'POST',
        path: '/api/chat.postMessage',
        json: {
          channel,
          text: escapeText(text),
          ...plain,
          metadata: { event_type: EVENT, event_payload: { call: id } },
        },
        changes: true,
        answer: posted,
      });
      return answer.ok ? done(answer.data.channel, answer.data.ts) : answer.outcome;
    },
    'message.schedule': async ({ channel, text, postAt }, vendor) => {
      const answer = await vendor.send({
        method: 'POST',
        path: '/api/chat.scheduleMessage',
        // No metadata: Slack says that it then never posts the message.
        json: { channel, text: escapeText(text), post_at: seconds(postAt), ...plain },
        changes: true,
        answer: scheduled,
      });
      if (!answer.ok) return answer.outcome;
      return waits(channel, answer.data.scheduled_message_id, answer.data.post_at);
    },
    'message.unschedule': async ({ channel, scheduledMessage }, vendor) => {
      const answer = await vendor.send({
        method: 'POST',
        path: '/api/chat.deleteScheduledMessage',
        json: { channel, scheduled_message_id: scheduledMessage },
        changes: true,
        answer: deleted,
      });
      return answer.ok ? { kind: 'succeeded', output: { channel, scheduledMessage } } : answer.outcome;
    },
  },
  preview: {
    'message.post': async (message, vendor) => foreseeMessage(vendor, message),
    'message.schedule': async (message, vendor) =>
      foreseeMessage(vendor, { ...message, postAt: new Date(message.postAt).toISOString() }),
    'message.unschedule': async (message, vendor) => {
      const found = await listed(vendor, message);
      if (!found.ok) return found.outcome;
      if (!found.data) return { kind: 'failed', reason: 'not-found', detail: 'no such scheduled message' };
      return {
        kind: 'foreseen',
        before: { ...message },
        after: { ...message, scheduledMessage: null },
        sideEffects: [`It is not posted at ${new Date(found.data.post_at * 1000).toISOString()}.`],
      };
    },
  },
  image: {
    'message.unschedule': async (message, vendor) => {
      const found = await listed(vendor, message);
      if (!found.ok) return found.outcome;
      return { kind: 'image', image: found.data ? { ...message } : null };
    },
  },
  find: {
    'message.post': async ({ channel }, vendor, { id, since }) => {
      const answer = await vendor.send({
        method: 'GET',
        path: '/api/conversations.history',
        query: {
          channel,
          oldest: ((since - SKEW) / 1000).toFixed(6),
          limit: 999,
          include_all_metadata: 'true',
        },
        changes: false,
        answer: history,
      });
      if (!answer.ok) return null;
      const { messages, has_more } = answer.data;
      const ours = messages.find(
        ({ metadata }) => metadata?.event_type === EVENT && metadata.event_payload['call'] === id,
      );
      if (ours) return done(channel, ours.ts);
      // More messages than one page: it may be on another, so nothing is told.
      return has_more ? null : { kind: 'failed', reason: 'unavailable', detail: 'no message of this call' };
    },
    // Slack keeps nothing of ours with a scheduled message, so it is known by its channel, time, text and when it was made.
    'message.schedule': async ({ channel, text, postAt }, vendor, { since }) => {
      const answer = await waiting(vendor, channel);
      if (!answer.ok) return null;
      const { scheduled_messages, response_metadata } = answer.data;
      const same = scheduled_messages.filter(
        (message) =>
          message.post_at === seconds(postAt) &&
          message.text === escapeText(text) &&
          (message.date_created + 1) * 1000 > since - SKEW,
      );
      const [ours, twin] = same;
      // Two alike: either may be another call's.
      if (ours) return twin ? null : waits(channel, String(ours.id), ours.post_at);
      const more = (response_metadata?.next_cursor ?? '') !== '';
      // Once its time has come it is no longer listed.
      if (more || Date.parse(postAt) <= Date.now() + SKEW) return null;
      return { kind: 'failed', reason: 'unavailable', detail: 'no scheduled message of this call' };
    },
  },
});

function done(channel: string, ts: string): Outcome {
  return { kind: 'succeeded', output: { channel, ts } };
}

/** What a channel's bot has scheduled there, one page. */
async function waiting(vendor: HttpVendor, channel: string): Promise<VendorAnswer<z.output<typeof pending>>> {
  return vendor.send({
    method: 'GET',
    path: '/api/chat.scheduledMessages.list',
    query: { channel, limit: 100 },
    changes: false,
    answer: pending,
  });
}

/** A scheduled message, as far as one page of the list shows it; undefined: it is deleted, or posted. */
async function listed(
  vendor: HttpVendor,
  { channel, scheduledMessage }: { channel: string; scheduledMessage: string },
): Promise<VendorAnswer<z.output<typeof pending>['scheduled_messages'][number] | undefined>> {
  const answer = await waiting(vendor, channel);
  if (!answer.ok) return answer;
  const { scheduled_messages, response_metadata } = answer.data;
  const found = scheduled_messages.find(({ id }) => scheduledId(id) === scheduledMessage);
  if (found || (response_metadata?.next_cursor ?? '') === '') return { ...answer, data: found };
  const detail = 'more is scheduled than one page shows';
  return { ok: false, status: answer.status, outcome: { kind: 'failed', reason: 'unavailable', detail } };
}

/** Slack's list gives the digits of the id alone. */
function scheduledId(id: string | number): string {
  return /^\d+$/.test(String(id)) ? `Q${id}` : String(id);
}

/** A message that waits at Slack. */
function waits(channel: string, id: string, postAt: number): Outcome {
  const scheduledMessage = scheduledId(id);
  const input = { channel, scheduledMessage };
  return {
    kind: 'succeeded',
    output: { ...input, postAt: new Date(postAt * 1000).toISOString() },
    // Before it there was nothing to delete.
    undo: { action: 'chat.message.unschedule', input, images: { before: null, after: input } },
  };
}

/** Unix seconds of a time in RFC 3339. */
function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
