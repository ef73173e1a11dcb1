import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foreseeMessage } from './foresee.ts';
import {
  foreseeRemoval,
  foreseeUnscheduling,
  foundPost,
  foundRemoval,
  foundScheduled,
  imageOfMessage,
  imageOfScheduled,
  post,
  remove,
  schedule,
} from './messages.ts';
import { unscheduleMessage } from './requests.ts';
import { slackRefusal } from './slack.ts';

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
    'message.post': async (message, vendor, { id }) => post(vendor, message, id),
    'message.delete': async (place, vendor) => remove(vendor, place),
    'message.schedule': async (later, vendor) => schedule(vendor, later),
    'message.unschedule': async ({ channel, scheduledMessage }, vendor) => {
      const answer = await unscheduleMessage(vendor, channel, scheduledMessage);
      return answer.ok ? { kind: 'succeeded', output: { channel, scheduledMessage } } : answer.outcome;
    },
  },
  preview: {
    'message.post': async (message, vendor) => foreseeMessage(vendor, message),
    'message.delete': async (place, vendor) => foreseeRemoval(vendor, place),
    'message.schedule': async (message, vendor) =>
      foreseeMessage(vendor, { ...message, postAt: new Date(message.postAt).toISOString() }),
    'message.unschedule': async (scheduled, vendor) => foreseeUnscheduling(vendor, scheduled),
  },
  image: {
    'message.delete': async (place, vendor) => imageOfMessage(vendor, place),
    'message.unschedule': async (scheduled, vendor) => imageOfScheduled(vendor, scheduled),
  },
  find: {
    'message.post': async ({ channel }, vendor, call) => foundPost(vendor, channel, call),
    'message.delete': async (place, vendor) => foundRemoval(vendor, place),
    'message.schedule': async (later, vendor, { since }) => foundScheduled(vendor, later, since),
  },
});
