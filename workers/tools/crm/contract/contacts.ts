import { z } from 'zod';
import { personal, resolves, sink, type Action } from '../../../../shared/contract.ts';
import {
  archivedAgain,
  archiving,
  atLeastOne,
  changes,
  FIND_AFTER,
  id,
  line,
  more,
  optional,
  ours,
  page,
  recordId,
  stamps,
  theirs,
} from './fields.ts';

const email = resolves(['email'], 'text', personal('email', z.email().max(254)));
/** Where mail to this person goes from then on. */
const mailbox = sink('recipient', email);
const phone = z.string().regex(/^[+0-9][0-9 ().x-]{4,39}$/, 'digits, spaces and + ( ) . - x');

const leadStatus = z.enum([
  'NEW',
  'OPEN',
  'IN_PROGRESS',
  'OPEN_DEAL',
  'UNQUALIFIED',
  'ATTEMPTED_TO_CONTACT',
  'CONNECTED',
  'BAD_TIMING',
]);

/** What may be written of a contact, besides its mail address. */
const written = {
  firstName: resolves(['name'], 'text', personal('name', line(100))),
  lastName: resolves(['name'], 'text', personal('name', line(100))),
  phone: resolves(['phone'], 'text', personal('phone', phone)),
  company: line(200),
  jobTitle: personal('free-text', line(200)),
  country: line(100),
  leadStatus,
  ownerId: id,
};

const contact = z.strictObject({
  id: recordId,
  email: personal('email', theirs),
  firstName: personal('name', theirs),
  lastName: personal('name', theirs),
  phone: personal('phone', theirs),
  company: theirs,
  jobTitle: personal('free-text', theirs),
  country: theirs,
  lifecycleStage: ours,
  leadStatus: ours,
  ownerId: ours,
  createdAt: ours,
  updatedAt: ours,
});

/** https://developers.hubspot.com/docs/api-reference/crm-contacts-v3 */
export const contactActions = {
  'contact.read': {
    summary: 'Reads one contact by its id.',
    mode: 'read',
    groups: [],
    sensitivity: 'confidential',
    input: z.strictObject({ id }).meta({ examples: [{ id: '101' }] }),
    output: contact,
  },
  'contact.search': {
    summary: 'Finds contacts by mail address, company or words. New contacts show after some seconds.',
    mode: 'read',
    groups: [],
    sensitivity: 'confidential',
    input: z
      .strictObject({
        email: email.optional(),
        company: line(200).optional(),
        query: personal('free-text', line(200)).optional(),
        ...page,
      })
      .refine(more('limit', 'after'), atLeastOne)
      .meta({ examples: [{ email: 'ada@acme.example' }] }),
    output: z.strictObject({ total: z.int(), contacts: z.array(contact), next: ours }),
  },
  'contact.create': {
    summary: 'Creates a contact; refused when one with this mail address exists.',
    mode: 'execute',
    measures: { records: 1 },
    groups: ['personal-data-sync'],
    sensitivity: 'confidential',
    input: z
      .strictObject({ email: mailbox, ...optional(written) })
      .meta({ examples: [{ email: 'new.person@acme.example', firstName: 'New', lastName: 'Person' }] }),
    output: contact,
    undo: archivedAgain('contact'),
    about: { record: 'contact', id: 'output.id' },
    // Read by the unique mail address, not through the search index.
    findAfter: FIND_AFTER,
  },
  'contact.update': {
    summary: 'Changes fields of one contact; null clears a field.',
    mode: 'execute',
    measures: { records: 1 },
    groups: ['personal-data-sync'],
    sensitivity: 'confidential',
    input: z
      .strictObject({ id: sink('account', id), ...changes({ email: mailbox, ...written }) })
      .refine(more('id'), atLeastOne)
      .meta({ examples: [{ id: '102', leadStatus: 'OPEN' }] }),
    output: contact,
    undo: {
      action: 'crm.contact.update',
      how: 'Writes back the values that the fields had just before, read in the same call.',
      leaves: stamps,
    },
    about: { record: 'contact', id: 'input.id' },
    findAfter: FIND_AFTER,
  },
  'contact.archive': archiving('contact', { output: contact, example: '107', sensitivity: 'confidential' }),
} as const satisfies Record<string, Action>;
