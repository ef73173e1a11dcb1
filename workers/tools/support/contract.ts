import { z } from 'zod';
import { defineContract, personal, resolves, sink, trusted, untrusted } from '../../../shared/contract.ts';
import { topics } from './topic-words.ts';

const id = (what: string) => z.string().regex(/^[0-9]{1,20}$/, `the digits of ${what}`);
const conversation = id('a conversation id');
/** Whose answer, refund or account it is. */
const whose = sink('account', conversation);
const ticket = id('a ticket id, not the number that the inbox shows');
const tag = id('a tag id');
const contact = z.string().regex(/^[0-9a-f]{24}$/, 'the id of a contact in Intercom');
/** A team or a person of the support team, in one word, so that the manifest's `approved.queues` can name both; 0 is nobody. */
const assignee = z.string().regex(/^(team|admin)-[0-9]{1,20}$/, 'such as team-8001, admin-7002 or team-0');
const since = z.iso.datetime({ precision: 0 }).length(20);

/** `<` and `>` are refused: Intercom reads some HTML in what it is sent, and names no way to escape it. */
const words = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^(\n|[^\p{Cc}\p{Cs}<>])+$/u, 'text without control characters, < and >');
const oneLine = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}<>]+$/u, 'one line of text without < and >');

const known = trusted(z.string());
/** What Intercom holds, or a teammate has set: ids, states, times, names of tags and types. Anything may be missing there. */
const text = trusted(z.string().nullable());
/** What a customer wrote, or may have; nothing of it is trusted, nor what a teammate quotes of it. */
const wrote = untrusted(personal('free-text', z.string().nullable()));

const author = z.strictObject({
  /** `user`, `lead`, `admin`, `bot` or `team`. */
  kind: text,
  id: text,
  // People call themselves what they like.
  name: untrusted(personal('name', z.string().nullable())),
  email: untrusted(personal('email', z.string().nullable())),
});

const conversationShown = {
  conversation: known,
  title: wrote,
  subject: wrote,
  /** How it came: `email`, `conversation` (the messenger), `whatsapp` and so on. */
  channel: text,
  /** `open`, `closed` or `snoozed`. */
  state: text,
  priority: z.boolean(),
  author,
  contacts: z.array(known),
  admin: text,
  team: text,
  tags: z.array(z.strictObject({ tag: known, label: text })),
  createdAt: text,
  updatedAt: text,
  /** Since when the customer waits for an answer; null: they do not. */
  waitingSince: text,
};

const ticketShown = {
  ticket: known,
  /** What people see in the inbox; no action takes it. */
  number: text,
  category: text,
  type: text,
  typeName: text,
  /** `submitted`, `in_progress`, `waiting_on_customer` or `resolved`. */
  state: text,
  open: z.boolean(),
  title: wrote,
  contacts: z.array(known),
  admin: text,
  team: text,
  createdAt: text,
  updatedAt: text,
};

/** One message or note. `cut`: it goes on in Intercom. */
const part = z.strictObject({
  part: known,
  kind: text,
  author,
  wrote,
  cut: z.boolean(),
  attachments: z.int(),
  at: text,
});

const thread = {
  /** The newest messages and notes, oldest first. */
  parts: z.array(part),
  /** How many messages and notes came before them. */
  earlier: z.int(),
};

/** By the tool's own rules: what it is about, and whether its words are withheld, as they are for the special queue alone. */
const judged = { topics: trusted(z.array(z.enum(topics))), withheld: trusted(z.boolean()) };

/** From the conversation itself, as it is now: what an agent says of it counts for nothing. */
const holds = z.boolean();
const topicFacts = z
  .strictObject({
    found: z.boolean(),
    /** Payment, health or recovery: it goes to the special queue, and nothing else is done with it. */
    special: z.boolean(),
    payment: holds,
    health: holds,
    recovery: holds,
    security: holds,
  })
  .meta({
    examples: [
      { found: true, special: false, payment: false, health: false, recovery: false, security: false },
    ],
  });

/** Besides, who gets an answer: the mail address of the one contact who began it, empty where that is not beyond doubt. */
const replyFacts = topicFacts.extend({ customer: personal('email', z.string()) }).meta({
  examples: [
    {
      found: true,
      special: false,
      payment: false,
      health: false,
      recovery: false,
      security: false,
      customer: 'ada@acme.example',
    },
  ],
});
/** What of a customer may stand in an answer to that customer. */
const ofCustomer = ['name', 'email', 'phone', 'address', 'account'] as const;
const reply = resolves(ofCustomer, 'text', personal('free-text', words(2_000)), {
  recipient: 'facts.customer',
});

const page = {
  limit: z.int().min(1).max(50).default(20),
  /** `next` of the page before. */
  after: z
    .string()
    .regex(/^[A-Za-z0-9_=+/-]{1,500}$/)
    .optional(),
};

/** Whether a search asks for anything besides its page. */
const asked = (input: Record<string, unknown>): boolean =>
  Object.entries(input).some(([name, value]) => value !== undefined && name !== 'limit' && name !== 'after');
const somethingToLookFor = 'name at least one thing to look for';

const oneRecord = { records: 1 } as const;

/** Each change stays as a part of the conversation, which says when it was changed last. */
const leaves = ['conversation_parts', 'updated_at'];

/**
 * Intercom, conversations and tickets, API 2.15
 * (https://developers.intercom.com/docs/references/2.15/rest-api/api.intercom.io/conversations). Writes are in the name of
 * one teammate, the setting INTERCOM_ADMIN_ID.
 *
 * Intercom moves no money and resets no account, and neither does this tool. `refund.request` and `account.reset` each do what
 * a support team does there: they file a back-office ticket of a set type for a set team, whose people do it or do not. They
 * are in the groups `refund` and `permission`, so that the default policies hold them for people before anything is filed.
 */
export const contract = defineContract({
  tool: 'support',
  vendor: 'Intercom',
  summary:
    'Conversations with customers and tickets: read, tag, assign, answer, close; requests to refund or reset.',
  actions: {
    'conversation.search': {
      summary: 'Finds conversations, without what was written in them but their title and subject.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z
        .strictObject({
          state: z.enum(['open', 'closed', 'snoozed']).optional(),
          email: resolves(['email'], 'text', personal('email', z.email().max(254))).optional(),
          contact: contact.optional(),
          tag: tag.optional(),
          assignee: assignee.optional(),
          /** One word of the first message, whole. */
          word: personal('free-text', oneLine(60).regex(/^\S+$/, 'one word')).optional(),
          updatedSince: since.optional(),
          ...page,
        })
        .refine(asked, somethingToLookFor)
        .meta({ examples: [{ state: 'open' }] }),
      output: z.strictObject({
        total: z.int(),
        conversations: z.array(z.strictObject({ ...conversationShown, ...judged })),
        next: text,
      }),
    },
    'conversation.read': {
      summary:
        'Reads one conversation: the first message and the newest 30 messages and notes, each up to 2,000 characters.',
      mode: 'read',
      groups: [],
      // Customers write card numbers, diagnoses and passwords into it.
      sensitivity: 'regulated',
      input: z.strictObject({ conversation }).meta({ examples: [{ conversation: '2001' }] }),
      output: z.strictObject({ ...conversationShown, ...judged, wrote, cut: z.boolean(), ...thread }),
    },
    'ticket.search': {
      summary: 'Finds tickets, without what was written in them but their title.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z
        .strictObject({
          open: z.boolean().optional(),
          type: id('a ticket type id').optional(),
          contact: contact.optional(),
          assignee: assignee.optional(),
          updatedSince: since.optional(),
          ...page,
        })
        .refine(asked, somethingToLookFor)
        .meta({ examples: [{ open: true }] }),
      output: z.strictObject({
        total: z.int(),
        tickets: z.array(z.strictObject({ ...ticketShown, ...judged })),
        next: text,
      }),
    },
    'ticket.read': {
      summary:
        'Reads one ticket: its description and the newest 30 messages and notes, each up to 2,000 characters.',
      mode: 'read',
      groups: [],
      sensitivity: 'regulated',
      input: z.strictObject({ ticket }).meta({ examples: [{ ticket: '4001' }] }),
      output: z.strictObject({
        ...ticketShown,
        ...judged,
        wrote,
        cut: z.boolean(),
        /** Conversations that it is linked to. */
        conversations: z.array(known),
        ...thread,
      }),
    },
    'conversation.tag': {
      summary: 'Puts a tag that exists on a conversation.',
      mode: 'execute',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ conversation, tag }).meta({ examples: [{ conversation: '2001', tag: '86' }] }),
      output: z.strictObject({ conversation: known, tag: known }),
      // No `findAfter`: a tag that is not there may never have been put on, and may have been taken off since.
      undo: {
        action: 'support.conversation.untag',
        how: 'Takes the tag off, if it was not there before.',
        leaves,
      },
      about: { record: 'conversation', id: 'input.conversation' },
      measures: oneRecord,
    },
    'conversation.untag': {
      summary: 'Takes a tag off a conversation.',
      mode: 'execute',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ conversation, tag }).meta({ examples: [{ conversation: '2003', tag: '86' }] }),
      output: z.strictObject({ conversation: known, tag: known }),
      undo: {
        action: 'support.conversation.tag',
        how: 'Puts the tag back, if it was there before.',
        // When it was put on, and by whom.
        leaves: ['applied_at', 'applied_by', ...leaves],
      },
      about: { record: 'conversation', id: 'input.conversation' },
      measures: oneRecord,
    },
    'conversation.assign': {
      summary:
        'Assigns an open conversation to a team or to one of its people; team-0 and admin-0 are nobody.',
      mode: 'execute',
      groups: ['route'],
      sensitivity: 'confidential',
      input: z
        .strictObject({ conversation, to: sink('recipient', assignee) })
        .meta({ examples: [{ conversation: '2001', to: 'team-8002' }] }),
      output: z.strictObject({ conversation: known, admin: text, team: text }),
      undo: {
        action: 'support.conversation.assign',
        how: 'Assigns it back to the team or person it had just before, read in the same call. Whoever was notified has seen it.',
        leaves,
      },
      about: { record: 'conversation', id: 'input.conversation' },
      // The conversation itself is read, where each assignment stays as a part. Intercom states no lag: a margin.
      findAfter: 30,
      facts: topicFacts,
      measures: oneRecord,
    },
    'conversation.reply': {
      summary:
        'Answers the customer of a conversation in plain text. Refused where several people would get it.',
      mode: 'execute',
      groups: ['send'],
      sensitivity: 'confidential',
      input: z.strictObject({ conversation: whose, reply }).meta({
        examples: [{ conversation: '2001', reply: 'We have changed the address on your invoice.' }],
      }),
      output: z.strictObject({ conversation: known, part: text }),
      undo: {
        irreversible: 'The customer has got it.',
        instead:
          'Write a correction in the same conversation. A person can redact the reply in Intercom, where the customer may have read it.',
      },
      about: { record: 'conversation', id: 'input.conversation' },
      findAfter: 30,
      says: ['input.reply'],
      facts: replyFacts,
      // The tool refuses a conversation with more than one contact, so it is always one.
      measures: { records: 1, recipients: 1 },
    },
    'conversation.close': {
      summary: 'Closes a conversation, without a word to the customer.',
      mode: 'execute',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ conversation }).meta({ examples: [{ conversation: '2001' }] }),
      output: z.strictObject({ conversation: known, state: known }),
      undo: {
        action: 'support.conversation.reopen',
        how: 'Opens it again, if it was open before. One that was snoozed is not snoozed again: nothing undoes that.',
        leaves: ['waiting_since', ...leaves],
      },
      about: { record: 'conversation', id: 'input.conversation' },
      findAfter: 30,
      facts: topicFacts,
      measures: oneRecord,
    },
    'conversation.reopen': {
      summary: 'Opens a conversation that is closed or snoozed.',
      mode: 'execute',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ conversation }).meta({ examples: [{ conversation: '2002' }] }),
      output: z.strictObject({ conversation: known, state: known }),
      undo: {
        action: 'support.conversation.close',
        how: 'Closes it again, if it was closed before.',
        leaves: ['waiting_since', ...leaves],
      },
      about: { record: 'conversation', id: 'input.conversation' },
      findAfter: 30,
      measures: oneRecord,
    },
    'refund.request': {
      summary:
        "Files a ticket that asks the refund team to pay the conversation's customer back. Moves no money by itself.",
      mode: 'execute',
      groups: ['refund'],
      sensitivity: 'confidential',
      // The ticket stands where the conversation does, and the same people read it.
      clearance: 'regulated',
      input: z
        .strictObject({
          conversation: whose,
          /** In minor units: 1250 is 12.50 in most currencies. */
          amount: sink('amount', z.int().min(1).max(100_000_000)),
          currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters such as EUR'),
          order: sink('account', resolves(['account'], 'text', personal('account', oneLine(64)))).optional(),
          reason: personal('free-text', words(1_000)),
        })
        .meta({
          examples: [
            {
              conversation: '2001',
              amount: 1_250,
              currency: 'EUR',
              order: 'A-1001',
              reason: 'Charged twice.',
            },
          ],
        }),
      output: z.strictObject({ conversation: known, ticket: known, number: text }),
      undo: {
        irreversible:
          'The request is with the refund team, who may have begun. Money that was paid back stays paid.',
        instead: 'Tell the refund team, who close the ticket in Intercom.',
      },
      about: { record: 'ticket', id: 'output.ticket' },
      // The tickets that the conversation is linked to are read, not the search index. Intercom states no lag: a margin.
      findAfter: 60,
      measures: { records: 1, spend: { amount: 'input.amount', currency: 'input.currency' } },
    },
    'account.reset': {
      summary:
        "Files a ticket that asks the account team to reset a way into the customer's account. Resets nothing by itself.",
      mode: 'execute',
      groups: ['permission'],
      sensitivity: 'confidential',
      // The ticket stands where the conversation does, and the same people read it.
      clearance: 'regulated',
      input: z
        .strictObject({
          conversation: whose,
          what: z.enum(['password', 'two-factor', 'sessions']),
          reason: personal('free-text', words(1_000)),
        })
        .meta({
          examples: [
            {
              conversation: '2001',
              what: 'two-factor',
              reason: 'Lost the phone; asks from the usual address.',
            },
          ],
        }),
      output: z.strictObject({ conversation: known, ticket: known, number: text }),
      undo: {
        irreversible: 'The request is with the account team, who may have begun. What was reset stays reset.',
        instead: 'Tell the account team, who close the ticket in Intercom.',
      },
      about: { record: 'ticket', id: 'output.ticket' },
      findAfter: 60,
      measures: oneRecord,
    },
  },
});
