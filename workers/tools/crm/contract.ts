import { z } from 'zod';
import { defineContract, personal, trusted, untrusted } from '../../../shared/contract.ts';

const id = z.string().regex(/^[0-9]{1,20}$/, 'the digits of a HubSpot record id');
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'one line of text');
const domain = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'a lower-case host name such as acme.example',
  );
const email = z.email().max(254);
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
const contactFields = {
  firstName: personal('name', line(100)),
  lastName: personal('name', line(100)),
  phone: personal('phone', phone),
  company: line(200),
  jobTitle: personal('free-text', line(200)),
  country: line(100),
  leadStatus,
  ownerId: id,
};

const companyFields = {
  name: line(200),
  domain,
  country: line(100),
  city: line(100),
  employees: z.int().min(0).max(10_000_000),
  ownerId: id,
};

/** What HubSpot holds; anything may be missing there. */
const text = z.string().nullable();

const contact = z.strictObject({
  id: trusted(z.string()),
  // Forms write into these: a name may be an instruction.
  email: untrusted(personal('email', text)),
  firstName: untrusted(personal('name', text)),
  lastName: untrusted(personal('name', text)),
  phone: personal('phone', text),
  company: text,
  jobTitle: personal('free-text', text),
  country: text,
  lifecycleStage: text,
  leadStatus: text,
  ownerId: text,
  createdAt: text,
  updatedAt: text,
});

const company = z.strictObject({
  id: z.string(),
  name: text,
  domain: text,
  country: text,
  city: text,
  industry: text,
  employees: z.int().nullable(),
  ownerId: text,
  createdAt: text,
  updatedAt: text,
});

const page = {
  limit: z.int().min(1).max(50).default(10),
  /** `next` of the page before. */
  after: z
    .string()
    .regex(/^[0-9]{1,10}$/)
    .optional(),
};

/** Each field may be left out (unchanged) or null (cleared). */
function changes<S extends Record<string, z.ZodType>>(
  fields: S,
): { [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> } {
  const out = Object.entries(fields).map(([name, schema]) => {
    const cls = schema.meta()?.['x-personal'];
    const nullable = schema.nullable();
    // The class goes on the outside, where masking looks first.
    return [name, (cls === undefined ? nullable : nullable.meta({ 'x-personal': cls })).optional()];
  });
  return Object.fromEntries(out) as { [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> };
}

const optional = <S extends Record<string, z.ZodType>>(fields: S) => z.object(fields).partial().shape;

/** Whether the input says anything besides the fields named here. */
const more =
  (...names: string[]) =>
  (input: Record<string, unknown>): boolean =>
    Object.entries(input).some(([name, value]) => value !== undefined && !names.includes(name));

const atLeastOne = 'at least one more field is needed';

/** HubSpot keeps no draft: what is written is written. */
const noDelete = (what: string): { irreversible: string } => ({
  irreversible: `Toolgate ships no action that deletes a ${what}; a person archives it in HubSpot.`,
});

/** HubSpot CRM, contacts and companies (https://developers.hubspot.com/docs/api/crm/contacts). */
export const contract = defineContract({
  tool: 'crm',
  vendor: 'HubSpot',
  summary: 'Contacts and companies in the CRM.',
  actions: {
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
          email: personal('email', email).optional(),
          company: line(200).optional(),
          query: personal('free-text', line(200)).optional(),
          ...page,
        })
        .refine(more('limit', 'after'), atLeastOne)
        .meta({ examples: [{ email: 'ada@acme.example' }] }),
      output: z.strictObject({ total: z.int(), contacts: z.array(contact), next: text }),
    },
    'contact.create': {
      summary: 'Creates a contact; refused when one with this mail address exists.',
      mode: 'execute',
      measures: { records: 1 },
      groups: ['personal-data-sync'],
      sensitivity: 'confidential',
      input: z
        .strictObject({ email: personal('email', email), ...optional(contactFields) })
        .meta({ examples: [{ email: 'new.person@acme.example', firstName: 'New', lastName: 'Person' }] }),
      output: contact,
      undo: noDelete('contact'),
      // Read by the unique mail address, not through the search index; HubSpot states no lag, so this is a margin.
      findAfter: 30,
    },
    'contact.update': {
      summary: 'Changes fields of one contact; null clears a field.',
      mode: 'execute',
      measures: { records: 1 },
      groups: ['personal-data-sync'],
      sensitivity: 'confidential',
      input: z
        .strictObject({ id, ...changes({ email: personal('email', email), ...contactFields }) })
        .refine(more('id'), atLeastOne)
        .meta({ examples: [{ id: '102', leadStatus: 'OPEN' }] }),
      output: contact,
      undo: {
        action: 'crm.contact.update',
        how: 'Writes back the values that the fields had just before, read in the same call.',
        leaves: ['updatedAt', 'lastmodifieddate'],
      },
      about: { record: 'contact', id: 'input.id' },
      findAfter: 30,
    },
    'company.read': {
      summary: 'Reads one company by its id.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ id }).meta({ examples: [{ id: '501' }] }),
      output: company,
    },
    'company.search': {
      summary: 'Finds companies by domain or name. New companies show after some seconds.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ domain: domain.optional(), name: line(200).optional(), ...page })
        .refine(more('limit', 'after'), atLeastOne)
        .meta({ examples: [{ domain: 'acme.example' }] }),
      output: z.strictObject({ total: z.int(), companies: z.array(company), next: text }),
    },
    'company.create': {
      summary: 'Creates a company. HubSpot does not refuse a second one with the same domain: search first.',
      mode: 'execute',
      measures: { records: 1 },
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ ...optional(companyFields), name: companyFields.name })
        .meta({ examples: [{ name: 'Newcomer Ltd', domain: 'newcomer.example' }] }),
      output: company,
      // No `findAfter`: nothing unique to look it up by but the search index, whose lag HubSpot does not state.
      undo: noDelete('company'),
    },
    'company.update': {
      summary: 'Changes fields of one company; null clears a field.',
      mode: 'execute',
      measures: { records: 1 },
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ id, ...changes(companyFields) })
        .refine(more('id'), atLeastOne)
        .meta({ examples: [{ id: '502', employees: 1200 }] }),
      output: company,
      undo: {
        action: 'crm.company.update',
        how: 'Writes back the values that the fields had just before, read in the same call.',
      },
      findAfter: 30,
    },
  },
});
