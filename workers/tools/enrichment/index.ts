import { z } from 'zod';
import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import { employeeRange } from './employees.ts';
import type { Env } from './env.ts';

const text = z.string().nullish();

const company = z.object({
  data: z.object({
    domain: z.string(),
    name: text,
    description: text,
    category: z.object({ sector: text, industry: text }).nullish(),
    geo: z.object({ city: text, countryCode: text }).nullish(),
    foundedYear: z.int().nullish(),
    metrics: z.object({ employees: text }).nullish(),
  }),
});

const person = z.object({
  data: z.object({
    email: z.string(),
    name: z.object({ givenName: text, familyName: text }).nullish(),
    employment: z.object({ title: text, seniority: text, role: text, name: text, domain: text }).nullish(),
    geo: z.object({ countryCode: text }).nullish(),
  }),
});

/** Nothing but the status; with 202, Hunter is still asking the mail server and says nothing yet. */
const verified = z.object({ data: z.object({ status: z.string().optional() }).optional() });
const statuses = ['valid', 'invalid', 'accept_all', 'webmail', 'disposable'];
/** Seconds. Hunter asks again for free; it states no time, and gives up after some twenty seconds. */
const ASK_AGAIN = 20;

export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: 'https://api.hunter.io',
    // Hunter takes the key in the query string, too; there it would end up in logs. One: nothing is written here.
    credentials: { read: 'HUNTER_API_KEY', write: 'HUNTER_API_KEY', header: 'x-api-key' },
    // Hunter answers 403 at the rate limit, 429 when the plan's credits are used up, 451 for whoever objected.
    statuses: { 403: 'vendor-limited', 451: 'not-found' },
  }),
  run: {
    'company.lookup': async ({ domain }, vendor) => {
      const answer = await vendor.send({
        method: 'GET',
        path: '/v2/companies/find',
        query: { domain },
        changes: false,
        answer: company,
      });
      return answer.ok ? { kind: 'succeeded', output: companyOf(answer.data) } : answer.outcome;
    },
    'person.lookup': async ({ email }, vendor) => {
      const answer = await vendor.send({
        method: 'GET',
        path: '/v2/people/find',
        query: { email },
        changes: false,
        answer: person,
      });
      return answer.ok ? { kind: 'succeeded', output: personOf(answer.data) } : answer.outcome;
    },
    'email.verify': async ({ email }, vendor) => {
      const answer = await vendor.send({
        method: 'GET',
        path: '/v2/email-verifier',
        query: { email },
        changes: false,
        answer: verified,
      });
      return answer.ok ? statusOf(answer.status, answer.data) : answer.outcome;
    },
  },
});

/** `http`: the status of Hunter's answer. A status of an address that is new to us is no status. */
function statusOf(http: number, { data }: z.output<typeof verified>): Outcome {
  if (http === 202)
    return { kind: 'failed', reason: 'unavailable', detail: 'Hunter is still asking', retryAfter: ASK_AGAIN };
  const status = data?.status;
  if (status === undefined)
    return { kind: 'failed', reason: 'contract', detail: 'the answer holds no status' };
  return { kind: 'succeeded', output: { status: statuses.includes(status) ? status : 'unknown' } };
}

function companyOf({ data }: z.output<typeof company>): Record<string, unknown> {
  const employees = employeeRange(data.metrics?.employees);
  return {
    domain: data.domain,
    name: data.name ?? null,
    description: data.description ?? null,
    sector: data.category?.sector ?? null,
    industry: data.category?.industry ?? null,
    countryCode: data.geo?.countryCode ?? null,
    city: data.geo?.city ?? null,
    foundedYear: data.foundedYear ?? null,
    employeesMin: employees.min,
    employeesMax: employees.max,
  };
}

/** The little that a lead needs; photos, handles and private places stay with Hunter. */
function personOf({ data }: z.output<typeof person>): Record<string, unknown> {
  return {
    email: data.email,
    firstName: data.name?.givenName ?? null,
    lastName: data.name?.familyName ?? null,
    jobTitle: data.employment?.title ?? null,
    seniority: data.employment?.seniority ?? null,
    role: data.employment?.role ?? null,
    company: data.employment?.name ?? null,
    companyDomain: data.employment?.domain ?? null,
    countryCode: data.geo?.countryCode ?? null,
  };
}
