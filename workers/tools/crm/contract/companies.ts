import { z } from 'zod';
import { untrusted, type Action } from '../../../../shared/contract.ts';
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

const domain = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'a lower-case host name such as acme.example',
  );

const written = {
  name: line(200),
  domain,
  country: line(100),
  city: line(100),
  employees: z.int().min(0).max(10_000_000),
  ownerId: id,
};

const company = z.strictObject({
  id: recordId,
  name: theirs,
  domain: theirs,
  country: theirs,
  city: theirs,
  industry: theirs,
  employees: untrusted(z.int().nullable()),
  ownerId: ours,
  createdAt: ours,
  updatedAt: ours,
});

/** https://developers.hubspot.com/docs/api-reference/crm-companies-v3 */
export const companyActions = {
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
    output: z.strictObject({ total: z.int(), companies: z.array(company), next: ours }),
  },
  'company.create': {
    summary: 'Creates a company. HubSpot does not refuse a second one with the same domain: search first.',
    mode: 'execute',
    measures: { records: 1 },
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject({ ...optional(written), name: written.name })
      .meta({ examples: [{ name: 'Newcomer Ltd', domain: 'newcomer.example' }] }),
    output: company,
    // No `findAfter`: nothing unique to look it up by but the search index, whose lag HubSpot does not state.
    undo: archivedAgain('company'),
    about: { record: 'company', id: 'output.id' },
  },
  'company.update': {
    summary: 'Changes fields of one company; null clears a field.',
    mode: 'execute',
    measures: { records: 1 },
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject({ id, ...changes(written) })
      .refine(more('id'), atLeastOne)
      .meta({ examples: [{ id: '502', employees: 1200 }] }),
    output: company,
    undo: {
      action: 'crm.company.update',
      how: 'Writes back the values that the fields had just before, read in the same call.',
      leaves: stamps,
    },
    about: { record: 'company', id: 'input.id' },
    findAfter: FIND_AFTER,
  },
  'company.archive': archiving('company', { output: company, example: '508', sensitivity: 'internal' }),
} as const satisfies Record<string, Action>;
