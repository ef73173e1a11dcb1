/** Requests about which records belong together (https://developers.hubspot.com/docs/api-reference/crm-associations-v4). */
import { z } from 'zod';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';

type Side = 'contacts' | 'companies' | 'deals';

export interface Pair {
  fromType: Side;
  from: string;
  toType: Side;
  to: string;
}

/** How two records belong together, as the contract has it. */
export interface Type {
  category: 'HUBSPOT_DEFINED' | 'USER_DEFINED' | 'INTEGRATOR_DEFINED';
  typeId: number;
}

const root = '/crm/v4/objects';
/** Pages of 500 that are looked through for one record. A company with more associations is left to people. */
const PAGES_MAX = 4;

const type = z.object({
  category: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED']),
  typeId: z.int(),
  label: z.string().nullish(),
});
const associated = z.object({
  toObjectId: z.union([z.string(), z.int()]).transform(String),
  associationTypes: z.array(type),
});
const page = z.object({
  results: z.array(associated),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});
/** HubSpot says more of it, and not always the same; what was made is read again. */
const made = z.union([
  z.object({ status: z.string() }),
  z.object({ fromObjectTypeId: z.string(), toObjectTypeId: z.string() }),
]);

export async function listAssociations(
  vendor: HttpVendor,
  { fromType, from, toType }: Omit<Pair, 'to'>,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<VendorAnswer<z.output<typeof page>>> {
  return vendor.send({
    method: 'GET',
    path: `${root}/${fromType}/${from}/associations/${toType}`,
    query: { limit, after },
    changes: false,
    answer: page,
  });
}

/** The types by which two records are associated, sorted; undefined: they are not. */
export async function typesOf(vendor: HttpVendor, pair: Pair): Promise<VendorAnswer<Type[] | undefined>> {
  let after: string | undefined;
  for (let n = 0; n < PAGES_MAX; n += 1) {
    const answer = await listAssociations(vendor, pair, { limit: 500, after });
    if (!answer.ok) return answer;
    const { results, paging } = answer.data;
    const found = results.find(({ toObjectId }) => toObjectId === pair.to);
    if (found) return { ...answer, data: sortedTypes(found.associationTypes) };
    after = paging?.next?.after;
    if (after === undefined) return { ...answer, data: undefined };
  }
  const detail = 'the record has more associations than are looked through';
  return { ok: false, status: null, outcome: { kind: 'failed', reason: 'rejected', detail } };
}

/** Without types, HubSpot's default for the two kinds of records. */
export async function associate(
  vendor: HttpVendor,
  { fromType, from, toType, to }: Pair,
  types: readonly Type[] | undefined,
): Promise<VendorAnswer<unknown>> {
  const unlabelled = `${root}/${fromType}/${from}/associations/default/${toType}/${to}`;
  const labelled = `${root}/${fromType}/${from}/associations/${toType}/${to}`;
  const specs = types?.map(({ category, typeId }) => ({
    associationCategory: category,
    associationTypeId: typeId,
  }));
  return vendor.send({
    method: 'PUT',
    path: specs ? labelled : unlabelled,
    ...(specs && { json: specs }),
    changes: true,
    answer: made,
  });
}

/** Removes every type by which two records are associated. */
export async function dissociate(
  vendor: HttpVendor,
  { fromType, from, toType, to }: Pair,
): Promise<VendorAnswer<null>> {
  return vendor.send({
    method: 'DELETE',
    path: `${root}/${fromType}/${from}/associations/${toType}/${to}`,
    changes: true,
    answer: z.null(),
  });
}

export function sortedTypes(types: readonly Type[]): Type[] {
  return types
    .map(({ category, typeId }) => ({ category, typeId }))
    .sort((a, b) => (a.category < b.category ? -1 : Number(a.category > b.category)) || a.typeId - b.typeId);
}
