import { z } from 'zod';
import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
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

/** Marks our messages, so that one can be found again by its call. */
const EVENT = 'toolgate_call';
/** How far Slack's clock may be behind the guard's, in ms. */
const SKEW = 5_000;

export default defineTool({
  contract,
  connect: (env: Env, gate) =>
    new HttpVendor(
      {
        origin: 'https://slack.com',
        credential: {
          setting: 'SLACK_BOT_TOKEN',
          value: env.SLACK_BOT_TOKEN,
          header: 'authorization',
          prefix: 'Bearer ',
        },
        refusal: slackRefusal,
      },
      env,
      gate,
    ),
  run: {
    'message.post': async ({ channel, text }, vendor, { id }) => {
      const answer = await vendor.send({
        method: 'POST',
        path: '/api/chat.postMessage',
        json: {
          channel,
          text: escapeText(text),
          mrkdwn: false,
          parse: 'none',
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
          metadata: { event_type: EVENT, event_payload: { call: id } },
        },
        changes: true,
        answer: posted,
      });
      return answer.ok ? done(answer.data.channel, answer.data.ts) : answer.outcome;
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
  },
});

function done(channel: string, ts: string): Outcome {
  return { kind: 'succeeded', output: { channel, ts } };
}
