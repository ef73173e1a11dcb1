import { associate, associations } from './hubspot-associations.ts';
import { crowd } from './hubspot-crowd.ts';
import { archived, seedAssociations, seedCompanies, seedContacts, seedDeals } from './hubspot-data.ts';
import { lists } from './hubspot-lists.ts';
import { readOwners } from './hubspot-owners.ts';
import { away, item, records, type Type } from './hubspot-records.ts';
import { seedLists } from './hubspot-segments.ts';
import { problem, RATE_10_SECONDS, RATE_SEARCH } from './hubspot-shapes.ts';
import { bearer, type Incoming, type SimulatedVendor } from './vendor.ts';

/**
 * HubSpot CRM: contacts, companies and deals in `hubspot-records.ts`, owners, lists and associations in files of their own
 * (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3), with the limits of a private app of a
 * Professional account (https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines).
 */
export const hubspot: SimulatedVendor = {
  origin: 'https://api.hubapi.com',
  secrets: { read: 'HUBSPOT_READ_TOKEN_SHA256', write: 'HUBSPOT_WRITE_TOKEN_SHA256' },
  types: ['contacts', 'companies', 'deals', 'lists', 'memberships', 'associations', 'archived'],
  seed(store) {
    const at = '2026-01-15T09:00:00.000Z';
    for (const [id, values] of [...seedContacts, ...crowd()])
      store.put('contacts', item('contacts', id, values, at, at));
    for (const [id, values] of seedCompanies) store.put('companies', item('companies', id, values, at, at));
    for (const [id, values] of seedDeals) store.put('deals', item('deals', id, values, at, at));
    for (const [from, to, typeIds] of seedAssociations) associate(from, to, typeIds, store);
    for (const [type, id, values] of archived) away(type, item(type, id, values, at, at), at, store);
    seedLists(store, at);
  },
  credential: ({ headers }) => bearer(headers),
  limits: (request) => [isSearch(request) ? RATE_SEARCH : RATE_10_SECONDS],
  limitHeaders: (request, remaining) =>
    // Answers of searches carry no such headers.
    isSearch(request)
      ? {}
      : {
          'x-hubspot-ratelimit-max': String(RATE_10_SECONDS.max),
          'x-hubspot-ratelimit-remaining': String(remaining),
          'x-hubspot-ratelimit-interval-milliseconds': String(RATE_10_SECONDS.per * 1000),
          'x-hubspot-ratelimit-daily': '650000',
          'x-hubspot-ratelimit-daily-remaining': '649000',
        },
  unauthorised: () =>
    problem(
      401,
      'INVALID_AUTHENTICATION',
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    ),
  forbidden: () =>
    problem(
      403,
      'MISSING_SCOPES',
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    ),
  limited: (request) => {
    const policyName = isSearch(request) ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING';
    const message = `You have reached your ${policyName.toLowerCase()} limit.`;
    return problem(429, undefined, message, { errorType: 'RATE_LIMIT', policyName });
  },
  broken: () => problem(500, undefined, 'internal error'),
  handle(request, store) {
    const { path } = request;
    if (path.startsWith('/crm/v3/lists/')) return lists(path.slice('/crm/v3/lists'.length), request, store);
    if (/^\/crm\/v3\/owners(\/|$)/.test(path))
      return readOwners(path.slice('/crm/v3/owners'.length), request);
    if (path.startsWith('/crm/v4/objects/'))
      return associations(path.slice('/crm/v4/objects/'.length), request, store);
    const [, type, id] = /^\/crm\/v3\/objects\/(contacts|companies|deals)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (!type) return problem(404, 'OBJECT_NOT_FOUND', 'resource not found');
    return records(type as Type, id === undefined ? undefined : decodeURIComponent(id), request, store);
  },
};

function isSearch({ path }: Incoming): boolean {
  return path.endsWith('/search');
}
