import { z } from 'zod';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import type { Kind, Value } from './kinds.ts';

/** A record in our field names, as the contract shows it. */
export type Shown = Record<string, Value>;

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
    if (value === undefined) continue;
    out[property] = value === null ? '' : (kind.codecs[name]?.write?.(value, fields) ?? String(value));
  }
  return out;
}

/** A record of HubSpot in our fields; what it does not hold is null. */
export function shown(kind: Kind, { id, properties, createdAt, updatedAt }: HubspotRecord): Shown {
  const out: Shown = { id, createdAt: createdAt ?? null, updatedAt: updatedAt ?? null };
  for (const [name, property] of Object.entries(kind.properties)) {
    const text = properties[property] || null;
    const codec = kind.codecs[name];
    out[name] = text !== null && codec ? codec.show(text, properties) : text;
  }
  return out;
}
