/** Who can own records (https://developers.hubspot.com/docs/api-reference/crm-crm-owners-v3). HubSpot lets nobody write here. */
import { z } from 'zod';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';

const text = z.string().nullish();
const owner = z.object({
  id: z.string(),
  email: text,
  firstName: text,
  lastName: text,
  type: text,
  archived: z.boolean().default(false),
});
type Owner = z.output<typeof owner>;

const owners = z.object({
  results: z.array(owner),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

export async function readOwner(vendor: HttpVendor, id: string): Promise<VendorAnswer<Owner>> {
  return vendor.send({ method: 'GET', path: `/crm/v3/owners/${id}`, changes: false, answer: owner });
}

export async function listOwners(
  vendor: HttpVendor,
  page: { email?: string | undefined; limit: number; after?: string | undefined },
): Promise<VendorAnswer<z.output<typeof owners>>> {
  return vendor.send({ method: 'GET', path: '/crm/v3/owners', query: page, changes: false, answer: owners });
}

/** An owner in the contract's fields. */
export function shownOwner({
  id,
  email,
  firstName,
  lastName,
  type,
  archived,
}: Owner): Record<string, unknown> {
  return {
    id,
    email: email ?? null,
    firstName: firstName || null,
    lastName: lastName || null,
    kind: type === 'PERSON' || type === 'QUEUE' ? type : 'UNKNOWN',
    archived,
  };
}
