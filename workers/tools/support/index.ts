import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import type { Gate } from '../../../shared/tool/gate.ts';
import { httpVendor } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import {
  assigned,
  assigneeImage,
  assigneeOf,
  assignmentFound,
  closed,
  opened,
  seenAs,
  stateFound,
  stateImage,
  tagged,
  tagImage,
} from './conversation.ts';
import { adminOf, idsOf, type Support } from './desk.ts';
import type { Env } from './env.ts';
import { foreseeAssignment, foreseeReply, foreseeRequest, foreseeState, foreseeTag } from './foresee.ts';
import { hostOf } from './region.ts';
import { filters, many } from './search.ts';
import {
  readConversation,
  readTicket,
  searchConversations,
  searchTickets,
  VERSION,
  type IntercomConversation,
} from './intercom.ts';
import { replied, replyFound } from './reply.ts';
import { findRequest, refundAsked, request, resetAsked } from './requests.ts';
import { conversationRead, conversationShown, customerOf, ticketRead, ticketShown } from './shown.ts';
import { conversationTopics, forAgents, ticketTopics, topicFacts } from './topics.ts';

const intercom = httpVendor<Env>((env) => ({
  origin: hostOf(env),
  credentials: {
    read: 'INTERCOM_READ_TOKEN',
    write: 'INTERCOM_WRITE_TOKEN',
    header: 'authorization',
    prefix: 'Bearer ',
  },
  headers: { 'intercom-version': VERSION },
  limitEnds: 'x-ratelimit-reset',
}));

export default defineTool({
  contract,
  connect: Object.assign(
    (env: Env, gate: Gate): Support => ({ ids: idsOf(env), http: intercom(env, gate) }),
    { about: intercom.about },
  ),
  run: {
    'conversation.search': async ({ limit, after, ...wanted }, { http }) => {
      const byWord = wanted.word !== undefined;
      const page = byWord ? { limit: PAGE_MAX, after: undefined } : { limit, after };
      const answer = await searchConversations(http, filters(wanted, 'conversation'), page);
      if (!answer.ok) return answer.outcome;
      const found = answer.data.conversations.map((one) =>
        forAgents(conversationShown(one), conversationTopics(one)),
      );
      if (!byWord) return many('conversations', found, answer.data);
      // A word that finds what is withheld would tell it, word by word: by a count, an empty page or a next one, too.
      const told = found.filter(({ withheld }) => !withheld);
      return many('conversations', told.slice(0, limit), { total_count: told.length, pages: null });
    },
    'conversation.read': async ({ conversation }, { http }) => {
      const answer = await readConversation(http, conversation);
      return answer.ok
        ? {
            kind: 'succeeded',
            output: forAgents(conversationRead(answer.data), conversationTopics(answer.data)),
          }
        : answer.outcome;
    },
    'ticket.search': async ({ limit, after, ...wanted }, { http }) => {
      const answer = await searchTickets(http, filters(wanted, 'ticket'), { limit, after });
      if (!answer.ok) return answer.outcome;
      return many(
        'tickets',
        answer.data.tickets.map((found) => forAgents(ticketShown(found), ticketTopics(found))),
        answer.data,
      );
    },
    'ticket.read': async ({ ticket }, { http }) => {
      const answer = await readTicket(http, ticket);
      return answer.ok
        ? { kind: 'succeeded', output: forAgents(ticketRead(answer.data), ticketTopics(answer.data)) }
        : answer.outcome;
    },
    'conversation.tag': async (input, support) => tagged(support, input, true),
    'conversation.untag': async (input, support) => tagged(support, input, false),
    'conversation.assign': async (input, support) => assigned(support, input),
    'conversation.reply': async (input, support) => replied(support, input),
    'conversation.close': async (input, support) => closed(support, input),
    'conversation.reopen': async (input, support) => opened(support, input),
    'refund.request': async (input, support, { id }) => request(support, refundAsked(input), id),
    'account.reset': async (input, support, { id }) => request(support, resetAsked(input), id),
  },
  preview: {
    'conversation.tag': async (input, support) => foreseeTag(support, input, true),
    'conversation.untag': async (input, support) => foreseeTag(support, input, false),
    'conversation.assign': async (input, support) => foreseeAssignment(support, input),
    'conversation.reply': async (input, support) => foreseeReply(support, input),
    'conversation.close': async (input, support) => foreseeState(support, input, 'closed'),
    'conversation.reopen': async (input, support) => foreseeState(support, input, 'open'),
    'refund.request': async (input, support) => foreseeRequest(support, 'REFUND', input),
    'account.reset': async (input, support) => foreseeRequest(support, 'RESET', input),
  },
  image: {
    'conversation.tag': async ({ conversation, tag }, { http }) =>
      seenAs(await readConversation(http, conversation), (found) => tagImage(found, tag)),
    'conversation.untag': async ({ conversation, tag }, { http }) =>
      seenAs(await readConversation(http, conversation), (found) => tagImage(found, tag)),
    'conversation.assign': async ({ conversation, to }, { http }) =>
      seenAs(await readConversation(http, conversation), (found) =>
        assigneeImage(found, assigneeOf(to).type),
      ),
    'conversation.close': async ({ conversation }, { http }) =>
      seenAs(await readConversation(http, conversation), stateImage),
    'conversation.reopen': async ({ conversation }, { http }) =>
      seenAs(await readConversation(http, conversation), stateImage),
  },
  facts: {
    'conversation.assign': async ({ conversation }, support) => factsOf(support, conversation),
    'conversation.reply': async ({ conversation }, support) => replyFactsOf(support, conversation),
    'conversation.close': async ({ conversation }, support) => factsOf(support, conversation),
  },
  find: {
    'conversation.assign': async (input, support, { since }) =>
      byAdmin(support, (admin) => assignmentFound(support, input, { admin, since })),
    'conversation.reply': async (input, support, { since }) =>
      byAdmin(support, (admin) => replyFound(support, input, { admin, since })),
    'conversation.close': async (input, support, { since }) =>
      byAdmin(support, (admin) => stateFound(support, input, 'closed', { admin, since })),
    'conversation.reopen': async (input, support, { since }) =>
      byAdmin(support, (admin) => stateFound(support, input, 'open', { admin, since })),
    'refund.request': async ({ conversation }, support, { id }) => findRequest(support, conversation, id),
    'account.reset': async ({ conversation }, support, { id }) => findRequest(support, conversation, id),
  },
});

/** The most that one search shows. One by a word shows no more than its first page. */
const PAGE_MAX = 50;

/** What policies are told of a conversation, read from it. */
async function factsOf(support: Support, conversation: string): Promise<Record<string, boolean>> {
  return topicFacts(await toJudge(support, conversation));
}

/** The same, and who would get an answer. */
async function replyFactsOf(
  support: Support,
  conversation: string,
): Promise<Record<string, boolean | string>> {
  const found = await toJudge(support, conversation);
  return { ...topicFacts(found), customer: (found && customerOf(found)) ?? '' };
}

async function toJudge({ http }: Support, conversation: string): Promise<IntercomConversation | null> {
  const answer = await readConversation(http, conversation);
  // Without facts the call is denied: what could not be read may be special.
  if (!answer.ok && answer.status !== 404) throw new Error('Intercom cannot be asked now');
  return answer.ok ? answer.data : null;
}

/** Looks for what was written in the name that the settings say; without one nothing can be told. */
async function byAdmin(
  { ids }: Support,
  look: (admin: string) => Promise<Outcome | null>,
): Promise<Outcome | null> {
  const admin = adminOf(ids);
  return admin.ok ? look(admin.data) : null;
}
