import { z } from 'zod';
import { defineContract, personal, resolves, trusted, untrusted } from '../../../shared/contract.ts';

/**
 * Gathered from what companies and people say of themselves in public, and so whatever they want read. What is looked up comes
 * back as asked: it is no more trusted for that.
 */
const theirs = untrusted(z.string().nullable());
const asked = untrusted(z.string());
const theirCount = untrusted(z.int().nullable());
const email = resolves(['email'], 'text', personal('email', z.email().max(254)));

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
        domain: asked,
        name: theirs,
        description: theirs,
        sector: theirs,
        industry: theirs,
        /** ISO 3166-1 alpha-2. */
        countryCode: theirs,
        city: theirs,
        foundedYear: theirCount,
        /** Hunter states ranges; both ends included, `employeesMax` null when open. */
        employeesMin: theirCount,
        employeesMax: theirCount,
      }),
    },
    'person.lookup': {
      summary:
        'Looks a person up by the work mail address: name, position, employer. The address is sent to Hunter.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email }).meta({ examples: [{ email: 'ada@acme.example' }] }),
      output: z.strictObject({
        email: personal('email', asked),
        firstName: personal('name', theirs),
        lastName: personal('name', theirs),
        jobTitle: personal('free-text', theirs),
        seniority: theirs,
        role: theirs,
        company: theirs,
        companyDomain: theirs,
        countryCode: theirs,
      }),
    },
    'email.verify': {
      summary:
        'Tells whether a mail address takes mail, and nothing else about it. The address is sent to Hunter, which asks its mail server.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email }).meta({ examples: [{ email: 'ada@acme.example' }] }),
      output: z.strictObject({
        /** `accept_all`: its server takes mail for any name. `webmail`, `disposable`: of a mail provider. */
        status: trusted(z.enum(['valid', 'invalid', 'accept_all', 'webmail', 'disposable', 'unknown'])),
      }),
    },
  },
});
