import { z } from 'zod';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';

/** A value of a field of ours. */
export type Value = string | number | null;
/** A record in our field names, as the contract shows it. */
export type Shown = Record<string, Value>;

/** One type of CRM object: its path, and our field names with HubSpot's property names. */
export interface Kind {
  path: 'contacts' | 'companies';
  /** What one is called in the names of our actions. */
  record: string;
  properties: Readonly<Record<string, string>>;
  /** Fields that HubSpot keeps as digits in a string. */
  numbers: readonly string[];
}

export const contacts: Kind = {
  path: 'contacts',
  record: 'contact',
  properties: {
    email: 'email',
    firstName: 'firstname',
    lastName: 'lastname',
    phone: 'phone',
    company: 'company',
    jobTitle: 'jobtitle',
    country: 'country',
    lifecycleStage: 'lifecyclestage',
    leadStatus: 'hs_lead_status',
    ownerId: 'hubspot_owner_id',
  },
  numbers: [],
};

export const companies: Kind = {
  path: 'companies',
  record: 'company',
  properties: {
    name: 'name',
    domain: 'domain',
    country: 'country',
    city: 'city',
    industry: 'industry',
    employees: 'numberofemployees',
    ownerId: 'hubspot_owner_id',
  },
  numbers: ['employees'],
};

/** https://developers.hubspot.com/docs/api-reference/crm-contacts-v3: every value is a string or null. */
const record = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string().nullable()),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
});
export type HubspotRecord = z.output<typeof record>;

const results = z.object({
  total: z.int(),
  results: z.array(record),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
});
export type HubspotResults = z.output<typeof results>;

const root = '/crm/v3/objects';

/** Reads one record by id, or by a property whose values are unique. `archived`: one that was archived. */
export async function read(
  vendor: HttpVendor,
  kind: Kind,
  id: string,
  { idProperty, archived }: { idProperty?: 'email'; archived?: true } = {},
): Promise<VendorAnswer<HubspotRecord>> {
  return vendor.send({
    method: 'GET',
    path: `${root}/${kind.path}/${encodeURIComponent(id)}`,
    query: {
      properties: Object.values(kind.properties).join(','),
      idProperty,
      ...(archived && { archived: 'true' }),
    },
    changes: false,
    answer: record,
  });
}

/** Searches by exact property values and words. HubSpot's index lags some seconds behind its records. */
export async function search(
  vendor: HttpVendor,
  kind: Kind,
  equal: Record<string, string | undefined>,
  { query, limit, after }: { query?: string | undefined; limit: number; after?: string | undefined },
): Promise<VendorAnswer<HubspotResults>> {
  const filters = Object.entries(equal)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ propertyName: kind.properties[name], operator: 'EQ', value }));
  return vendor.send({
    method: 'POST',
    path: `${root}/${kind.path}/search`,
    json: {
      filterGroups: filters.length > 0 ? [{ filters }] : [],
      properties: Object.values(kind.properties),
      limit,
      ...(query !== undefined && { query }),
      ...(after !== undefined && { after }),
    },
    changes: false,
    answer: results,
  });
}

export async function create(
  vendor: HttpVendor,
  kind: Kind,
  fields: Record<string, Value | undefined>,
): Promise<VendorAnswer<HubspotRecord>> {
  return vendor.send({
    method: 'POST',
    path: `${root}/${kind.path}`,
    json: { properties: written(kind, fields) },
    changes: true,
    answer: record,
  });
}

export async function update(
  vendor: HttpVendor,
  kind: Kind,
  id: string,
  fields: Record<string, Value | undefined>,
): Promise<VendorAnswer<HubspotRecord>> {
  return vendor.send({
    method: 'PATCH',
    path: `${root}/${kind.path}/${encodeURIComponent(id)}`,
    json: { properties: written(kind, fields) },
    changes: true,
    answer: record,
  });
}

/** Archives a record. HubSpot answers with nothing but its status. */
export async function archive(vendor: HttpVendor, kind: Kind, id: string): Promise<VendorAnswer<null>> {
  return vendor.send({
    method: 'DELETE',
    path: `${root}/${kind.path}/${encodeURIComponent(id)}`,
    changes: true,
    answer: z.null(),
  });
}

/** Fields of ours as HubSpot's properties: null clears, which HubSpot writes as an empty string. */
function written(kind: Kind, fields: Record<string, Value | undefined>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, property] of Object.entries(kind.properties)) {
    const value = fields[name];
    if (value !== undefined) out[property] = value === null ? '' : String(value);
  }
  return out;
}

/** A record of HubSpot in our fields; what it does not hold is null. */
export function shown(kind: Kind, { id, properties, createdAt, updatedAt }: HubspotRecord): Shown {
  const out: Shown = { id, createdAt: createdAt ?? null, updatedAt: updatedAt ?? null };
  for (const [name, property] of Object.entries(kind.properties)) {
    const value = properties[property] || null;
    out[name] = kind.numbers.includes(name) ? whole(value) : value;
  }
  return out;
}

function whole(value: string | null): number | null {
  const number = value === null ? NaN : Number(value);
  return Number.isSafeInteger(number) ? number : null;
}
