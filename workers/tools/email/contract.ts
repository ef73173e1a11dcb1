import { z } from 'zod';
import { defineContract, personal, resolves, sink, trusted, untrusted } from '../../../shared/contract.ts';
import { classOf } from '../../../shared/placeholder.ts';

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id that Resend gave');
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'one line of text');
const address = personal('email', z.email().max(254));
/** Whom a look-up is about. */
const known = resolves(['email'], 'text', address);
const textOf = (max: number, form: RegExp) =>
  personal('free-text', z.string().min(1).max(max).regex(form, 'text without control characters'));
const body = (max: number) => textOf(max, /^([\n\t]|[^\p{Cc}\p{Cs}])+$/u);
/** Also takes back what people wrote at Resend, with line ends of Windows. */
const rewritten = (max: number) => textOf(max, /^([\n\r\t]|[^\p{Cc}\p{Cs}])+$/u);
/** UTC, `2026-12-01T09:00:00Z`; Resend takes up to 30 days ahead. */
const sendAt = z.iso.datetime({ precision: 0 }).length(20);
const id = trusted(z.string());
const text = trusted(z.string().nullable());
/**
 * What people type of themselves, and what mails say: never trusted. An agent writes drafts; if its own words came back as the
 * team's, it could vouch for them.
 */
const said = untrusted(personal('free-text', z.string().nullable()));
const person = untrusted(personal('name', z.string().nullable()));
const mailbox = untrusted(personal('email', z.string()));

/** Who gets it: all of a segment. */
const toSegment = sink('recipient', uuid);
/** Which broadcast or message it is about. */
const which = sink('account', uuid);

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

/** What of a person may stand in a mail to that person. Nothing that a bank or a state gave them. */
const ofReader = ['name', 'email', 'phone', 'address', 'account'] as const;
const reader = { recipient: 'input.to' } as const;

/** A mail to one person. */
const toOnePerson = {
  ...content,
  to: sink('recipient', resolves(['email'], 'header', address)),
  subject: resolves(['name'], 'header', content.subject, reader),
  text: resolves(ofReader, 'text', content.text, reader),
  html: resolves(ofReader, 'html', body(50_000), reader).optional(),
};

/** What Resend puts the link into by which a reader leaves the list. */
export const UNSUBSCRIBE = '{{{RESEND_UNSUBSCRIBE_URL}}}';

/** A page of a list. */
const page = {
  limit: z.int().min(1).max(100).default(25),
  /** `next` of the page before. */
  after: uuid.optional(),
};

const contact = z.strictObject({
  id,
  email: mailbox,
  firstName: person,
  lastName: person,
  /** The person left all broadcasts. Resend sends single messages all the same: it is for policies to hold them. */
  unsubscribed: z.boolean(),
  createdAt: text,
});

/** A broadcast without what it says. */
const brief = {
  broadcast: id,
  name: said,
  segment: text,
  /** draft, scheduled, queued, sent and a few more. */
  status: id,
};
const times = { sendAt: text, sentAt: text };
const whole = {
  ...brief,
  from: untrusted(personal('email', z.string().nullable())),
  subject: said,
  replyTo: z.array(mailbox),
  previewText: said,
  text: said,
  html: said,
};
/** SHA-256 over everything that readers get. */
const version = id;
/** What scheduling and cancelling change: the state, when it leaves, to whom and what it says. */
const plan = z.strictObject({
  broadcast: id,
  status: id,
  segment: text,
  sendAt: text,
  version: version.nullable(),
});

/** From Resend: the person's contact and the list of suppressed addresses. */
const consent = z
  .strictObject({
    /** There is a contact with this address, who did not unsubscribe, and the address is not suppressed. */
    consent: z.boolean(),
    known: z.boolean(),
    unsubscribed: z.boolean(),
    suppressed: z.boolean(),
  })
  .meta({ examples: [{ consent: true, known: true, unsubscribed: false, suppressed: false }] });

/** Resend sends nothing twice under one key within 24 hours (https://resend.com/docs/dashboard/emails/idempotency-keys). */
const once = { header: 'Idempotency-Key', hours: 24 } as const;
/** Where a mail's words are in an input. */
const written = ['input.subject', 'input.text', 'input.html'] as const;
/** A new one's, with the name of the sender: readers see that first. */
const signed = ['input.fromName', ...written] as const;
const toOne = { recipients: 1, records: 1, consent: 'facts.consent' } as const;

const someone = 'ada@acme.example';
const draft = '00000000-0000-4000-8000-00000000b001';
const scheduled = '00000000-0000-4000-8000-00000000b002';
const segment = '00000000-0000-4000-8000-00000000a001';

/** Resend: contacts, suppressions, broadcasts and single messages (https://resend.com/docs/api-reference). */
export const contract = defineContract({
  tool: 'email',
  vendor: 'Resend',
  summary: 'Mail to people outside: who may be written to, broadcasts to a segment, messages to one person.',
  artefacts: {
    mail: {
      content: ['name', 'segment', 'subject', 'text', 'html'],
      restore: ['email.broadcast.update'],
      id: 'broadcast',
    },
  },
  actions: {
    'contact.list': {
      summary: 'Lists contacts, of one segment or all, and whether each unsubscribed.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ segment: uuid.optional(), ...page }).meta({ examples: [{ segment }] }),
      output: z.strictObject({ contacts: z.array(contact), next: text }),
    },
    'contact.read': {
      summary: 'Reads one contact by mail address, and whether the person unsubscribed.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email: known }).meta({ examples: [{ email: someone }] }),
      output: contact,
    },
    'suppression.read': {
      summary:
        'Tells whether Resend sends nothing more to an address, and since a bounce, a complaint or by hand.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email: known }).meta({ examples: [{ email: 'bounced@acme.example' }] }),
      output: z.strictObject({ suppressed: z.boolean(), origin: text, since: text }),
    },
    'suppression.list': {
      summary: 'Lists the addresses that Resend sends nothing more to, newest first.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z
        .strictObject({ origin: z.enum(['bounce', 'complaint', 'manual']).optional(), ...page })
        .meta({ examples: [{ origin: 'bounce' }] }),
      output: z.strictObject({
        suppressions: z.array(z.strictObject({ email: mailbox, origin: text, since: text })),
        next: text,
      }),
    },
    'segment.list': {
      summary: 'Lists the segments that broadcasts go to.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(page).meta({ examples: [{}] }),
      // Names of segments only colleagues give.
      output: z.strictObject({
        segments: z.array(z.strictObject({ segment: id, name: text, createdAt: text })),
        next: text,
      }),
    },
    'broadcast.list': {
      summary: 'Lists broadcasts, newest first, without what they say.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject(page).meta({ examples: [{ limit: 10 }] }),
      output: z.strictObject({ broadcasts: z.array(z.strictObject({ ...brief, ...times })), next: text }),
    },
    'broadcast.read': {
      summary: 'Reads one broadcast: to which segment, what it says, whether and when it is sent.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ broadcast: uuid }).meta({ examples: [{ broadcast: draft }] }),
      output: z.strictObject({ ...whole, ...times, version }),
    },
    'broadcast.draft': {
      summary: `Writes a broadcast to a segment as a draft; nothing is sent. Its texts hold ${UNSUBSCRIBE}.`,
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ name: line(100), segment: toSegment, ...content })
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
      output: z.strictObject({ broadcast: id, segment: id }),
      undo: {
        action: 'email.broadcast.discard',
        how: 'Deletes the draft, if it is still one and nobody has written on in it.',
      },
      about: { record: 'mail', id: 'output.broadcast' },
      // Found by the call in its name, in the list of broadcasts. Resend states no lag: a margin.
      findAfter: 30,
      says: [...signed],
      measures: { records: 1 },
    },
    'broadcast.update': {
      summary: `Changes a draft: its name, segment, subject or texts. Texts hold ${UNSUBSCRIBE}. Who it is from stays.`,
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({
          broadcast: uuid,
          // Longer than a new draft's: that carries the call that wrote it.
          name: line(150).optional(),
          segment: toSegment.optional(),
          subject: content.subject.optional(),
          text: rewritten(20_000).optional(),
          /** Null: it has none. A part is neither added nor taken away. */
          html: personal('free-text', rewritten(50_000).nullable()).optional(),
        })
        .refine(
          (input) =>
            Object.entries(input).some(([name, value]) => name !== 'broadcast' && value !== undefined),
          'at least one field to change is needed',
        )
        .refine(
          ({ text: plain, html }) => [plain, html].every((one) => typeof one !== 'string' || holdsLink(one)),
          {
            message: `text and html must hold ${UNSUBSCRIBE}`,
          },
        )
        .meta({ examples: [{ broadcast: draft, subject: 'News of November, corrected' }] }),
      output: z.strictObject({ broadcast: id }),
      undo: {
        action: 'email.broadcast.update',
        how: 'Writes back what the fields said just before, read in the same call.',
      },
      about: { record: 'mail', id: 'input.broadcast' },
      // No `findAfter`: Resend says of no draft when it was changed, so one that says something else may have been changed since.
      says: [...written],
      measures: { records: 1 },
    },
    'broadcast.discard': {
      summary: 'Deletes a broadcast that is a draft; others are left alone. Answers what it said.',
      mode: 'execute',
      groups: ['delete'],
      sensitivity: 'internal',
      input: z.strictObject({ broadcast: which }).meta({ examples: [{ broadcast: draft }] }),
      output: z.strictObject(whole),
      undo: {
        irreversible: 'A deleted draft is gone at Resend.',
        instead: 'Draft it again: the answer of this call holds what it said.',
      },
      about: { record: 'mail', id: 'input.broadcast' },
      findAfter: 30,
      measures: { records: 1 },
    },
    'broadcast.schedule': {
      summary: 'Schedules a draft to be sent to its segment at a time, up to 30 days ahead.',
      mode: 'execute',
      groups: ['send'],
      sensitivity: 'internal',
      // All of a segment read it, and whoever they pass it on to.
      clearance: 'public',
      // No example: a time that fits today is past tomorrow. The segment is said so that policies and approvers see it.
      input: z.strictObject({ broadcast: which, segment: toSegment, sendAt }),
      output: plan,
      undo: {
        action: 'email.broadcast.cancel',
        how: 'Cancels the sending, and the broadcast is a draft again. Once it is being sent, what has left is read.',
      },
      deferred: {
        at: 'sendAt',
        // Resend takes a cancellation to the last moment, and even then stops what has not left.
        cancel: { action: 'email.broadcast.cancel', input: { broadcast: 'broadcast' }, upTo: 0 },
      },
      about: { record: 'mail', id: 'input.broadcast' },
      findAfter: 30,
      /**
       * From Resend, as it is when the call is made: who joins the segment before it is sent gets it, too. Contacts who
       * unsubscribed get no broadcast and are not counted.
       */
      facts: z
        .strictObject({
          found: z.boolean(),
          recipients: z.int().min(0),
          /** False: the segment is too large to count, and `recipients` is a number beyond every limit. */
          counted: z.boolean(),
          /** Subject and texts as Resend has them, for the scan for claims. */
          text: personal('free-text', z.string()),
        })
        .meta({ examples: [{ found: true, recipients: 40, counted: true, text: 'Spring' }] }),
      says: ['facts.text'],
      measures: { records: 1, recipients: 'facts.recipients' },
    },
    'broadcast.cancel': {
      summary: 'Cancels a scheduled broadcast, which is a draft again, or stops one that is being sent.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ broadcast: uuid }).meta({ examples: [{ broadcast: scheduled }] }),
      output: plan,
      undo: {
        action: 'email.broadcast.schedule',
        how: 'Schedules the broadcast again for the time it had, if that has not passed and it says the same still.',
      },
      about: { record: 'mail', id: 'input.broadcast' },
      findAfter: 30,
      measures: { records: 1 },
    },
    'message.send': {
      summary: 'Sends one message to one person at once.',
      mode: 'execute',
      groups: ['send'],
      sensitivity: 'confidential',
      input: z.strictObject(toOnePerson).meta({
        examples: [
          {
            to: someone,
            from: 'news@acme.example',
            subject: 'Your trial',
            text: 'Hello Ada, your trial ends on Friday.',
          },
        ],
      }),
      output: z.strictObject({ messageId: id }),
      undo: {
        irreversible: 'A mail that has left cannot be called back.',
        instead:
          'Write a correction to the same person; if it holds what they should not have, tell the incident contact.',
      },
      idempotency: once,
      about: { record: 'message', id: 'output.messageId' },
      findAfter: 30,
      facts: consent,
      says: [...signed],
      measures: toOne,
    },
    'message.schedule': {
      summary: 'Schedules one message to one person, up to 30 days ahead.',
      mode: 'execute',
      groups: ['send'],
      sensitivity: 'confidential',
      // No example: a time that fits today is past tomorrow.
      input: z.strictObject({ ...toOnePerson, sendAt }),
      output: z.strictObject({ messageId: id, sendAt: text }),
      undo: {
        action: 'email.message.cancel',
        how: 'Cancels the message while it waits for its time. One that was sent cannot be called back.',
        leaves: ['last_event'],
      },
      deferred: {
        at: 'sendAt',
        cancel: { action: 'email.message.cancel', input: { messageId: 'messageId' }, upTo: 0 },
      },
      idempotency: once,
      about: { record: 'message', id: 'output.messageId' },
      findAfter: 30,
      facts: consent,
      says: [...signed],
      measures: toOne,
    },
    'message.cancel': {
      summary: 'Cancels a scheduled message.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ messageId: uuid })
        .meta({ examples: [{ messageId: '00000000-0000-4000-8000-00000000e001' }] }),
      output: z.strictObject({ messageId: id, status: text, sendAt: text }),
      undo: {
        irreversible: 'Resend never sends a cancelled message.',
        instead: 'Write the message anew, and schedule it for the time it had.',
      },
      about: { record: 'message', id: 'input.messageId' },
      findAfter: 30,
      measures: { records: 1 },
    },
  },
});

/** A text that the gate kept sealed is looked at once it is opened. */
function holdsLink(part: string): boolean {
  return part.includes(UNSUBSCRIBE) || classOf(part) === 'text';
}
