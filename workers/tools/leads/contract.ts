import { z } from 'zod';
import { defineContract, personal, sink, trusted, untrusted } from '../../../shared/contract.ts';

/** Where a person picks leads up that nothing else routed, and where an undo sends one back to. */
export const HUMAN_QUEUE = 'human-queue';

const id = z.string().regex(/^lead_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a lead');
const queue = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens');
const anyLead = 'lead_01JD00000000000000000000QA';
const aSmallLead = {
  found: true,
  test: false,
  employees: 40,
  employeesKnown: true,
  value: 0,
  valueKnown: false,
  country: 'DE',
};
const status = z.enum(['new', 'routed', 'human-queue']);
const text = z.string().nullable();
/** Set by the inbox, the site's rules and whoever routes. */
const ours = trusted(text);
/** From the form: anybody can write anything there. */
const theirs = untrusted(text);
const count = z.int().min(0);
const theirCount = untrusted(count.nullable());

/** What tells leads apart without saying who wrote. */
const summary = {
  id: trusted(id),
  site: trusted(z.string()),
  status: trusted(status),
  /** RFC 3339. */
  receivedAt: trusted(z.string()),
  queue: ours,
  test: z.boolean(),
  company: theirs,
  companyDomain: theirs,
  /** ISO 3166-1 alpha-2. */
  country: theirs,
  employees: theirCount,
  /** Minor units of `currency`. */
  value: theirCount,
  currency: theirs,
  interest: theirs,
};

const lead = z.strictObject({
  ...summary,
  /** Id of the call that routed it, or `rule:` and the id of the site's rule. */
  routedBy: ours,
  name: personal('name', theirs),
  email: personal('email', theirs),
  phone: personal('phone', theirs),
  message: personal('free-text', theirs),
});

export const contract = defineContract({
  tool: 'leads',
  vendor: 'Toolgate',
  summary: 'Leads that the marketing sites posted: read them and route them to a queue.',
  actions: {
    'lead.list': {
      summary: 'List leads of one status, oldest first. Test leads and quarantined ones are not among them.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ status: status.default('new'), limit: z.int().min(1).max(100).default(20) })
        .meta({ examples: [{ status: 'new', limit: 20 }] }),
      output: z.strictObject({ leads: z.array(z.strictObject(summary)) }),
    },
    'lead.get': {
      summary: 'Read one lead, with what the person wrote.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ lead: id }).meta({ examples: [{ lead: anyLead }] }),
      output: lead,
    },
    'lead.route': {
      summary: `Send a lead to a queue; a routed one can only go back to ${HUMAN_QUEUE}.`,
      mode: 'execute',
      measures: { records: 1 },
      groups: ['route'],
      sensitivity: 'internal',
      input: z
        .strictObject({
          lead: id,
          queue: sink('recipient', queue),
          note: personal('free-text', z.string().max(500)).default(''),
        })
        .meta({ examples: [{ lead: anyLead, queue: 'sales-dach', note: 'Small company in DE' }] }),
      output: z.strictObject({ lead: trusted(id), queue: trusted(queue) }),
      undo: {
        action: 'leads.lead.route',
        how: `Routes the lead back to ${HUMAN_QUEUE}, or from there to the queue that it was in, unless it has gone on since. What people have read or done by then stays done.`,
        // A lead that was in no queue goes to people, not back to the agents.
        leaves: ['status', 'queue', 'routedBy'],
      },
      about: { record: 'lead', id: 'input.lead' },
      // The inbox answers from its own storage, so what it says about a call is never late.
      findAfter: 0,
      /** From the lead's own record. A number that the lead does not state is 0, and its `…Known` is false. */
      facts: z
        .strictObject({
          found: z.boolean(),
          test: z.boolean(),
          employees: count,
          employeesKnown: z.boolean(),
          value: count,
          valueKnown: z.boolean(),
          country: z.string().optional(),
        })
        .meta({ examples: [aSmallLead] }),
    },
  },
});
