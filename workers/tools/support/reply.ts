import type { Outcome } from '../../../shared/outcome.ts';
import { adminOf, type Support } from './desk.ts';
import { foundReply, type Trace } from './find.ts';
import { comment, readConversation } from './intercom.ts';
import { withOneContact } from './requests.ts';

interface Reply {
  conversation: string;
  reply: string;
}

const isComment = (type: string): boolean => type === 'comment';

/** Answers the one customer of a conversation. */
export async function replied(support: Support, { conversation, reply }: Reply): Promise<Outcome> {
  const admin = adminOf(support.ids);
  if (!admin.ok) return admin.outcome;
  const one = await withOneContact(support, conversation);
  if (!one.ok) return one.outcome;
  const answer = await comment(support.http, conversation, admin.data, reply);
  if (!answer.ok) return answer.outcome;
  const parts = answer.data.conversation_parts?.conversation_parts ?? [];
  const ours = parts.findLast(
    ({ part_type, author }) => isComment(part_type ?? '') && author?.id === admin.data,
  );
  return { kind: 'succeeded', output: { conversation, part: ours?.id ?? null } };
}

/** Whether a call's reply was sent. Null: cannot be told. */
export async function replyFound(
  { http }: Support,
  { conversation, reply }: Reply,
  by: Omit<Trace, 'kind'>,
): Promise<Outcome | null> {
  const answer = await readConversation(http, conversation);
  return foundReply(answer, { ...by, kind: isComment }, reply, (part) => ({ conversation, part }));
}
