import { z } from 'zod';
import { defineContract, personal } from '../../../shared/contract.ts';

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id that Resend gave');
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'one line of text');
const address = personal('email', z.email().max(254));
const body = (max: number) =>
  personal(
    'free-text',
    z
      .string()
      .min(1)
      .max(max)
      .regex(/^([\n\t]|[^\p{Cc}\p{Cs}])+$/u, 'text without control characters'),
  );
/** UTC, `2026-12-01T09:00:00Z`; Resend takes up to 30 days ahead. */
const sendAt = z.iso.datetime({ precision: 0 }).length(20);
const text = z.string().nullable();

/** What is sent, and from whom. The name stands before the address, so nothing in it may end it. */
const content = {
  from: address,
  fromName: line(100)
    .regex(/^[^"<>@,;:\\]+$/, 'a name without " < > @ , ; : \\')
    .optional(),
  subject: personal('free-text', line(200)),
  text: body(20_000),
  html: body(50_000).optional(),
};

/** What Resend puts the link into by which a reader leaves the list. */
export const UNSUBSCRIBE = '{{{RESEND_UNSUBSCRIBE_URL}}}';

const contact = {
  id: z.string(),
  email: personal('email', z.string()),
  firstName: personal('name', text),
  lastName: personal('name', text),
  /** The person left all broadcasts. Resend sends single messages all the same: it is for policies to hold them. */
  unsubscribed: z.boolean(),
  createdAt: text,
};

const someone = 'ada@acme.example';
const draft = '00000000-0000-4000-8000-00000000b001';
const scheduled = '00000000-0000-4000-8000-00000000b002';
const segment = '00000000-0000-4000-8000-00000000a001';

/** Resend: contacts, suppressions, broadcasts and single messages (https://resend.com/docs/api-reference). */
export const contract = defineContract({
  tool: 'email',
  vendor: 'Resend',
  summary: 'Mail to people outside: who may be written to, broadcasts to a segment, messages to one person.',
  actions: {
    'contact.list': {
      summary: 'Lists contacts, of one segment or all, and whether each unsubscribed.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z
        .strictObject({
          segment: uuid.optional(),
          limit: z.int().min(1).max(100).default(25),
          /** `next` of the page before. */
          after: uuid.optional(),
        })
        .meta({ examples: [{ segment }] }),
      output: z.strictObject({ contacts: z.array(z.strictObject(contact)), next: text }),
    },
    'contact.read': {
      summary: 'Reads one contact by mail address, and whether the person unsubscribed.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email: address }).meta({ examples: [{ email: someone }] }),
      output: z.strictObject(contact),
    },
    'suppression.read': {
      summary:
        'Tells whether Resend sends nothing more to an address, and since a bounce, a complaint or by hand.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email: address }).meta({ examples: [{ email: 'bounced@acme.example' }] }),
      output: z.strictObject({ suppressed: z.boolean(), origin: text, since: text }),
    },
    'broadcast.read': {
      summary: 'Reads one broadcast: to which segment, what it says, whether and when it is sent.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ broadcast: uuid }).meta({ examples: [{ broadcast: draft }] }),
      output: z.strictObject({
        broadcast: z.string(),
        name: text,
        segment: text,
        /** draft, scheduled, queued, sent and a few more. */
        status: z.string(),
        from: personal('email', text),
        subject: personal('free-text', text),
        text: personal('free-text', text),
        html: personal('free-text', text),
        sendAt: text,
        sentAt: text,
      }),
    },
    'broadcast.draft': {
      summary: `Writes a broadcast to a segment as a draft; nothing is sent. Its texts hold ${UNSUBSCRIBE}.`,
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ name: line(100), segment: uuid, ...content })
        // A text part without the link would be a mailing that some readers cannot leave.
        .refine((input) => holdsLink(input.text) && (input.html === undefined || holdsLink(input.html)), {
          message: `text and html must hold ${UNSUBSCRIBE}`,
        })
        .meta({
          examples: [
            {
              name: 'December news',
              segment,
              from: 'news@acme.example',
              fromName: 'Acme',
              subject: 'What is new in December',
              text: `Hello, here is our news.\n\nUnsubscribe: ${UNSUBSCRIBE}`,
            },
          ],
        }),
      output: z.strictObject({ broadcast: z.string(), segment: z.string() }),
      undo: { action: 'email.broadcast.discard', how: 'Deletes the draft, if it is still one.' },
      // Found by the call in its name, in the list of broadcasts. Resend states no lag: a margin.
      findAfter: 30,
      says: ['input.subject', 'input.text', 'input.html'],
      measures: { records: 1 },
    },
    'broadcast.discard': {
      summary: 'Deletes a broadcast that is a draft; others are left alone.',
      mode: 'execute',
      groups: ['delete'],
      sensitivity: 'internal',
      input: z.strictObject({ broadcast: uuid }).meta({ examples: [{ broadcast: draft }] }),
      output: z.strictObject({ broadcast: z.string() }),
      undo: { irreversible: 'A deleted draft is gone at Resend; its text has to be drafted again.' },
      findAfter: 30,
      measures: { records: 1 },
    },
    'broadcast.schedule': {
      summary: 'Schedules a draft to be sent to its segment at a time, up to 30 days ahead.',
      mode: 'execute',
      groups: ['send'],
      sensitivity: 'internal',
      // No example: a time that fits today is past tomorrow. The segment is said so that policies and approvers see it.
      input: z.strictObject({ broadcast: uuid, segment: uuid, sendAt }),
      output: z.strictObject({ broadcast: z.string(), segment: z.string(), sendAt: z.string() }),
      undo: {
        action: 'email.broadcast.cancel',
        how: 'Cancels the sending, and the broadcast is a draft again. Once it is being sent, what has left is read.',
      },
      deferred: {
        at: 'sendAt',
        // Resend takes a cancellation to the last moment, and even then stops what has not left.
        cancel: { action: 'email.broadcast.cancel', input: { broadcast: 'broadcast' }, upTo: 0 },
      },
      findAfter: 30,
      /** From Resend. Contacts who unsubscribed get no broadcast and are not counted. */
      facts: z.strictObject({
        found: z.boolean(),
        recipients: z.int().min(0),
        /** False: the segment is too large to count, and `recipients` is a number beyond every limit. */
        counted: z.boolean(),
        /** Subject and texts as Resend has them, for the scan for claims. */
        text: personal('free-text', z.string()),
      }),
      says: ['facts.text'],
      measures: { records: 1, recipients: 'facts.recipients' },
    },
    'broadcast.cancel': {
      summary: 'Cancels a scheduled broadcast, which is a draft again, or stops one that is being sent.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ broadcast: uuid }).meta({ examples: [{ broadcast: scheduled }] }),
      output: z.strictObject({ broadcast: z.string(), status: z.string() }),
      undo: {
        action: 'email.broadcast.schedule',
        how: 'Schedules the broadcast again for the time it had, if that has not passed.',
      },
      findAfter: 30,
      measures: { records: 1 },
    },
    'message.send': {
      summary: 'Sends one message to one person, at once or at a time up to 30 days ahead.',
      mode: 'execute',
      groups: ['send'],
      sensitivity: 'confidential',
      input: z.strictObject({ to: address, ...content, sendAt: sendAt.optional() }).meta({
        examples: [
          {
            to: someone,
            from: 'news@acme.example',
            subject: 'Your trial',
            text: 'Hello Ada, your trial ends on Friday.',
          },
        ],
      }),
      output: z.strictObject({
        messageId: z.string(),
        /** Null: it was sent at once. */
        sendAt: text,
      }),
      undo: {
        action: 'email.message.cancel',
        how: 'Cancels the message while it waits for its time. One that was sent cannot be called back.',
      },
      deferred: {
        at: 'sendAt',
        cancel: { action: 'email.message.cancel', input: { messageId: 'messageId' }, upTo: 0 },
      },
      // Resend sends nothing twice under one key within 24 hours (https://resend.com/docs/dashboard/emails/idempotency-keys).
      idempotency: { header: 'Idempotency-Key', hours: 24 },
      findAfter: 30,
      /** From Resend: the person's contact and the list of suppressed addresses. */
      facts: z.strictObject({
        /** There is a contact with this address, who did not unsubscribe, and the address is not suppressed. */
        consent: z.boolean(),
        known: z.boolean(),
        unsubscribed: z.boolean(),
        suppressed: z.boolean(),
      }),
      says: ['input.subject', 'input.text', 'input.html'],
      measures: { recipients: 1, records: 1, consent: 'facts.consent' },
    },
    'message.cancel': {
      summary: 'Cancels a scheduled message.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ messageId: uuid })
        .meta({ examples: [{ messageId: '00000000-0000-4000-8000-00000000e001' }] }),
      output: z.strictObject({ messageId: z.string() }),
      undo: { irreversible: 'Resend never sends a cancelled message again; it has to be written anew.' },
      findAfter: 30,
      measures: { records: 1 },
    },
  },
});

function holdsLink(part: string): boolean {
  return part.includes(UNSUBSCRIBE);
}
