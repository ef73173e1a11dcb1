import { z } from 'zod';
import { defineContract, personal, sink, trusted, untrusted } from '../../../shared/contract.ts';

/** An id, not a name: a name can be given to another channel. */
const channel = sink('recipient', z.string().regex(/^[CG][A-Z0-9]{8,20}$/, 'the id of a Slack channel'));
const text = personal(
  'free-text',
  z
    .string()
    .min(1)
    .max(4000)
    .regex(/^(\n|[^\p{Cc}\p{Cs}])+$/u, 'text without control characters'),
);
const anyChannel = trusted(z.string());
/** Slack's name of a message in its channel: seconds and six decimals. */
const ts = z.string().regex(/^[0-9]{9,12}\.[0-9]{6}$/, 'the ts of a Slack message');
const scheduledMessage = z.string().regex(/^Q[A-Z0-9]{1,30}$/, 'the id of a scheduled message');

/** Slack Web API (https://docs.slack.dev/reference/methods: chat.postMessage, chat.delete, chat.scheduleMessage, chat.deleteScheduledMessage). */
export const contract = defineContract({
  tool: 'chat',
  vendor: 'Slack',
  summary: "Messages in the team's chat.",
  actions: {
    'message.post': {
      summary: 'Posts a plain-text message to a channel that the bot is a member of.',
      mode: 'execute',
      groups: ['notify'],
      sensitivity: 'internal',
      input: z
        .strictObject({
          channel,
          text,
        })
        .meta({ examples: [{ channel: 'C0LEADS001', text: 'A new lead waits in the queue.' }] }),
      output: z.strictObject({ channel: anyChannel, ts: trusted(z.string()) }),
      undo: {
        action: 'chat.message.delete',
        how: 'Deletes the message, unless somebody has changed it. Whoever was notified by then has seen it.',
      },
      about: { record: 'message', id: 'output.ts' },
      // The message carries the id of the call; history is read, not a search index. Slack states no lag: a margin.
      findAfter: 30,
      says: ['input.text'],
    },
    'message.delete': {
      summary: 'Deletes a message that the bot posted.',
      mode: 'execute',
      groups: ['notify'],
      sensitivity: 'internal',
      input: z
        .strictObject({ channel, ts })
        .meta({ examples: [{ channel: 'C0LEADS002', ts: '1767600000.000100' }] }),
      output: z.strictObject({
        channel: anyChannel,
        ts: trusted(z.string()),
        /** What it said, as Slack keeps it: `&`, `<` and `>` escaped. Agents quote outsiders in it. Null: not known any more. */
        text: untrusted(personal('free-text', z.string().nullable())),
      }),
      undo: {
        irreversible: 'Slack brings no deleted message back.',
        instead: 'Post it again: the outcome of the deletion has its text.',
      },
      about: { record: 'message', id: 'input.ts' },
      // The channel's history is read, not a search index. Slack states no lag: a margin.
      findAfter: 30,
    },
    'message.schedule': {
      summary:
        'Schedules a plain-text message to a channel that the bot is a member of, up to 120 days ahead.',
      mode: 'execute',
      groups: ['notify'],
      sensitivity: 'internal',
      // No example: a time that fits today is past tomorrow.
      input: z.strictObject({
        channel,
        text,
        /** When it is posted, UTC: `2026-12-01T09:00:00Z`. */
        postAt: z.iso.datetime({ precision: 0 }).length(20),
      }),
      output: z.strictObject({
        channel: anyChannel,
        scheduledMessage: trusted(scheduledMessage),
        postAt: trusted(z.string()),
      }),
      undo: {
        action: 'chat.message.unschedule',
        how: 'Deletes the scheduled message, up to a minute before it is posted.',
      },
      about: { record: 'scheduled', id: 'output.scheduledMessage' },
      deferred: {
        at: 'postAt',
        cancel: {
          action: 'chat.message.unschedule',
          input: { channel: 'channel', scheduledMessage: 'scheduledMessage' },
          // Slack refuses to delete what it posts within 60 seconds.
          upTo: 60,
        },
      },
      // The list of scheduled messages is read, not a search index. Slack states no lag: a margin.
      findAfter: 30,
      says: ['input.text'],
    },
    'message.unschedule': {
      summary: 'Deletes a scheduled message, up to a minute before it is posted.',
      mode: 'execute',
      groups: ['notify'],
      sensitivity: 'internal',
      input: z
        .strictObject({ channel, scheduledMessage })
        .meta({ examples: [{ channel: 'C0LEADS001', scheduledMessage: 'Q0SANDBOX01' }] }),
      output: z.strictObject({ channel: anyChannel, scheduledMessage: trusted(z.string()) }),
      // No `findAfter`: a message that is no longer listed may have been deleted, and may have been posted.
      undo: {
        irreversible: 'A deleted message is gone.',
        instead: 'Schedule its text again: the call that scheduled it has it.',
      },
      about: { record: 'scheduled', id: 'input.scheduledMessage' },
    },
  },
});
