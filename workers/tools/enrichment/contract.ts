import { z } from 'zod';
import { defineContract, personal } from '../../../shared/contract.ts';

const text = z.string().nullable();

/** Hunter enrichment (https://hunter.io/api-documentation/v2). Looking up changes nothing but the plan's credits. */
export const contract = defineContract({
  tool: 'enrichment',
  vendor: 'Hunter',
  summary: 'What is publicly known of a company or of a person at work.',
  actions: {
    'company.lookup': {
      summary: 'Looks a company up by its domain: size, industry, country.',
      mode: 'read',
      groups: [],
      sensitivity: 'public',
      input: z
        .strictObject({
          domain: z
            .string()
            .max(253)
            .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'a lower-case host name'),
        })
        .meta({ examples: [{ domain: 'acme.example' }] }),
      output: z.strictObject({
        domain: z.string(),
        name: text,
        description: text,
        sector: text,
        industry: text,
        /** ISO 3166-1 alpha-2. */
        countryCode: text,
        city: text,
        foundedYear: z.int().nullable(),
        /** Hunter states ranges; both ends included, `employeesMax` null when open. */
        employeesMin: z.int().nullable(),
        employeesMax: z.int().nullable(),
      }),
    },
    'person.lookup': {
      summary:
        'Looks a person up by the work mail address: name, position, employer. The address is sent to Hunter.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z
        .strictObject({ email: personal('email', z.email().max(254)) })
        .meta({ examples: [{ email: 'ada@acme.example' }] }),
      output: z.strictObject({
        email: personal('email', z.string()),
        firstName: personal('name', text),
        lastName: personal('name', text),
        jobTitle: personal('free-text', text),
        seniority: text,
        role: text,
        company: text,
        companyDomain: text,
        countryCode: text,
      }),
    },
  },
});
