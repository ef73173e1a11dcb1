import type { Store } from '../store.ts';
import { companies, objected, people, type Company, type Person } from './hunter-data.ts';
import { bearer, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

/**
 * Hunter v2 enrichment of companies and people, and its email verifier (https://hunter.io/api-documentation/v2): 15 requests a second, 500 a
 * minute. Hunter answers 403 at the rate limit and 429 when the plan's credits are used up.
 */
export const hunter: SimulatedVendor = {
  origin: 'https://api.hunter.io',
  secrets: { read: 'HUNTER_API_KEY_SHA256', write: 'HUNTER_API_KEY_SHA256' },
  types: ['companies', 'people'],
  seed(store) {
    for (const company of companies)
      store.put('companies', { id: company.domain, key: null, body: { ...company } });
    for (const person of people) store.put('people', { id: person.email, key: null, body: { ...person } });
  },
  credential: ({ headers, query }) => headers.get('x-api-key') ?? bearer(headers) ?? query.get('api_key'),
  limits: () => [
    { name: 'second', max: 15, per: 1 },
    { name: 'minute', max: 500, per: 60 },
  ],
  unauthorised: () => problem(401, 'authentication_failed', 'No user found for the API key supplied'),
  limited: () => problem(403, 'too_many_requests', 'You have reached the rate limit of the API'),
  broken: () => problem(500, 'internal_error', 'Something went wrong on our side'),
  handle(request, store) {
    if (request.method !== 'GET') return problem(404, 'not_found', 'No such page');
    switch (request.path) {
      case '/v2/companies/find':
        return findCompany(request, store);
      case '/v2/email-verifier':
        return verify(request);
      case '/v2/people/find':
        return findPerson(request, store);
      default:
        return problem(404, 'not_found', 'No such page');
    }
  },
};

function findCompany({ query }: Incoming, store: Store): Reply {
  const domain = query.get('domain')?.toLowerCase();
  if (!domain) return problem(400, 'wrong_params', 'You are missing the domain parameter');
  const found = store.get('companies', domain);
  if (!found) return problem(404, 'not_found', 'No company was found for this domain');
  return { status: 200, json: { data: companyView(found.body as unknown as Company), meta: { domain } } };
}

function findPerson({ query }: Incoming, store: Store): Reply {
  const email = query.get('email')?.toLowerCase();
  if (!email) return problem(400, 'wrong_params', 'You are missing the email or linkedin_handle parameter');
  if (objected.includes(email))
    return problem(451, 'claimed_email', 'This person asked us not to process their personal data');
  const found = store.get('people', email);
  if (!found) return problem(404, 'not_found', 'No person was found for this email address');
  const view = personView(found.body as unknown as Person, store);
  return { status: 200, json: { data: view, meta: { email } } };
}

/** As Hunter answers for the addresses of the sandbox. One at `slow.example` is being asked for ever. */
function verify({ query }: Incoming): Reply {
  const email = query.get('email')?.toLowerCase() ?? '';
  const [, domain] = /^[^@\s]+@([^@\s]+\.[^@\s]+)$/.exec(email) ?? [];
  if (domain === undefined) return problem(400, 'invalid_email', 'The supplied email is invalid');
  if (objected.includes(email))
    return problem(451, 'claimed_email', 'This person asked us not to process their personal data');
  if (domain === 'slow.example') return { status: 202, json: { data: {}, meta: { params: { email } } } };
  const status = statusOf(email, domain);
  const data = {
    status,
    result: status === 'valid' ? 'deliverable' : 'risky',
    score: status === 'valid' ? 97 : 40,
    email,
    regexp: true,
    gibberish: false,
    disposable: status === 'disposable',
    webmail: status === 'webmail',
    mx_records: status !== 'invalid',
    smtp_server: status !== 'invalid',
    smtp_check: status === 'valid',
    accept_all: status === 'accept_all',
    block: false,
    sources: [],
  };
  return { status: 200, json: { data, meta: { params: { email } } } };
}

function statusOf(email: string, domain: string): string {
  if (people.some((person) => person.email === email)) return 'valid';
  const known: Record<string, string> = {
    'webmail.example': 'webmail',
    'disposable.example': 'disposable',
    'globex.example': 'accept_all',
    'petra.example': 'unknown',
  };
  if (Object.hasOwn(known, domain)) return known[domain] ?? 'unknown';
  return companies.some((company) => company.domain === domain) ? 'accept_all' : 'invalid';
}

function companyView(company: Company): Record<string, unknown> {
  const { domain, name, description, sector, industry, country, city, foundedYear, employees } = company;
  const place = country && { city, country: country[0], countryCode: country[1] };
  return {
    id: `sandbox-${domain}`,
    name,
    legalName: name,
    domain,
    category: { sector, industryGroup: null, industry, subIndustry: null },
    tags: [],
    description,
    foundedYear,
    location: country?.[0] ?? null,
    geo: place ?? { city: null, country: null, countryCode: null },
    type: 'private',
    metrics: { employees, trafficRank: null, annualRevenue: null, raised: null },
    tech: [],
  };
}

function personView({ email, given, family, title, seniority, role, domain }: Person, store: Store): unknown {
  const company = domain === null ? undefined : (store.get('companies', domain)?.body as Company | undefined);
  return {
    id: `sandbox-${email}`,
    name: {
      fullName: [given, family].filter(Boolean).join(' ') || null,
      givenName: given,
      familyName: family,
    },
    email,
    location: company?.country?.[0] ?? null,
    geo: { city: null, country: company?.country?.[0] ?? null, countryCode: company?.country?.[1] ?? null },
    employment: { domain, name: company?.name ?? null, title, role, subRole: null, seniority },
    phone: null,
  };
}

function problem(code: number, id: string, details: string): Reply {
  return { status: code, json: { errors: [{ id, code, details }] } };
}
