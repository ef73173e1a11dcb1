/** Where a message would go, told by Slack. */
import { z } from 'zod';
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';

/** https://docs.slack.dev/reference/methods/conversations.info */
const info = z.object({
  ok: z.literal(true),
  channel: z.object({
    id: z.string(),
    name: z.string().default(''),
    is_member: z.boolean().default(false),
    is_archived: z.boolean().default(false),
  }),
});

/** A message to a channel: refused where Slack would refuse it. */
export async function foreseeMessage(
  vendor: HttpVendor,
  message: { channel: string; text: string; postAt?: string },
): Promise<Foreseen | Outcome> {
  const answer = await vendor.send({
    method: 'GET',
    path: '/api/conversations.info',
    query: { channel: message.channel },
    changes: false,
    answer: info,
  });
  if (!answer.ok) return answer.outcome;
  const { is_archived, is_member, name } = answer.data.channel;
  if (is_archived) return rejected('the channel is archived');
  if (!is_member) return rejected('the bot is no member of the channel');
  return {
    kind: 'foreseen',
    before: null,
    after: { ...message },
    sideEffects: [goesTo(name, message.postAt)],
  };
}

/** A name that is no plain channel name is not passed on: whoever named the channel would write into a preview. */
function goesTo(name: string, postAt: string | undefined): string {
  const channel = /^[a-z0-9_-]{1,80}$/.test(name) ? `#${name}` : 'the channel';
  const when = postAt === undefined ? '' : ` at ${postAt}`;
  return `It goes to ${channel}${when}, and its members see it.`;
}

function rejected(detail: string): Outcome {
  return { kind: 'failed', reason: 'rejected', detail };
}
