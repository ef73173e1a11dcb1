import { z } from 'zod';
import { defineContract, personal } from '../../../shared/contract.ts';

/** Slack Web API (https://docs.slack.dev/reference/methods/chat.postMessage). */
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
          /** An id, not a name: a name can be given to another channel. */
          channel: z.string().regex(/^[CG][A-Z0-9]{8,20}$/, 'the id of a Slack channel'),
          text: personal(
            'free-text',
            z
              .string()
              .min(1)
              .max(4000)
              .regex(/^(\n|[^\p{Cc}\p{Cs}])+$/u, 'text without control characters'),
          ),
        })
        .meta({ examples: [{ channel: 'C0LEADS001', text: 'A new lead waits in the queue.' }] }),
      output: z.strictObject({ channel: z.string(), ts: z.string() }),
      undo: {
        irreversible:
          'Toolgate ships no action that deletes a message, and whoever was notified has seen it; a person deletes it in Slack.',
      },
      // The message carries the id of the call; history is read, not a search index. Slack states no lag: a margin.
      findAfter: 30,
    },
  },
});
