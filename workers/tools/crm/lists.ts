/** Requests about HubSpot's lists and their members (https://developers.hubspot.com/docs/api-reference/crm-lists-v3). */
import { z } from 'zod';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { WHOLE_MAX } from './contract/lists.ts';
import { sorted } from './members.ts';

/** Contacts, among HubSpot's types of objects. */
const CONTACTS = '0-1';
const root = '/crm/v3/lists';

const digits = z.union([z.string(), z.int()]).transform(String);
const list = z.object({
  listId: digits,
  name: z.string().nullish(),
  objectTypeId: z.string(),
  processingType: z.string(),
  createdAt: z.string().nullish(),
  updatedAt: z.string().nullish(),
  additionalProperties: z.record(z.string(), z.string().nullable()).nullish(),
});
export type HubspotList = z.output<typeof list>;

const found = z.object({ lists: z.array(list), hasMore: z.boolean(), offset: z.int(), total: z.int() });
const memberPage = z.object({
  results: z.array(z.object({ recordId: digits })),
  total: z.int().nullish(),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});
/** Who was put on is told under one of two names, so it is told from who was missing. */
const moved = z.object({ recordIdsRemoved: z.array(digits), recordIdsMissing: z.array(digits).nullish() });
export type Moved = z.output<typeof moved>;
const lists = z.object({
  results: z.array(
    z.object({
      recordId: digits,
      recordListMemberships: z.array(z.object({ listId: digits })),
    }),
  ),
});

export async function readList(vendor: HttpVendor, id: string): Promise<VendorAnswer<HubspotList>> {
  const answer = await vendor.send({
    method: 'GET',
    path: `${root}/${id}`,
    changes: false,
    answer: z.object({ list }),
  });
  return answer.ok ? { ...answer, data: answer.data.list } : answer;
}

export async function searchLists(
  vendor: HttpVendor,
  {
    query,
    kind,
    limit,
    offset,
  }: { query?: string | undefined; kind?: string | undefined; limit: number; offset: number },
): Promise<VendorAnswer<z.output<typeof found>>> {
  return vendor.send({
    method: 'POST',
    path: `${root}/search`,
    json: {
      ...(query !== undefined && { query }),
      ...(kind !== undefined && { processingTypes: [kind] }),
      count: limit,
      offset,
      additionalProperties: [],
    },
    changes: false,
    answer: found,
  });
}

/** A page of the members, by their ids upwards. */
export async function readMembers(
  vendor: HttpVendor,
  id: string,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<VendorAnswer<z.output<typeof memberPage>>> {
  return vendor.send({
    method: 'GET',
    path: `${root}/${id}/memberships`,
    query: { limit, after },
    changes: false,
    answer: memberPage,
  });
}

/** Every member of a list that may be written as a whole, sorted; a list that is longer is refused. */
export async function wholeList(vendor: HttpVendor, id: string): Promise<VendorAnswer<string[]>> {
  const members = new Set<string>();
  let after: string | undefined;
  // Two pages hold 500; a third one tells that there are more, and paging that goes round in a circle ends there, too.
  for (let n = 0; n < 3; n += 1) {
    const answer = await readMembers(vendor, id, { limit: 250, after });
    if (!answer.ok) return answer;
    for (const { recordId } of answer.data.results) members.add(recordId);
    after = answer.data.paging?.next?.after;
    if (after === undefined && members.size <= WHOLE_MAX) return { ...answer, data: sorted([...members]) };
  }
  return refused(`the list has more than ${WHOLE_MAX} members`);
}

/** Which of some contacts are on a list, sorted. HubSpot is asked about the contacts, so the list may be of any length. */
export async function among(
  vendor: HttpVendor,
  id: string,
  contacts: readonly string[],
): Promise<VendorAnswer<string[]>> {
  const answer = await vendor.send({
    method: 'POST',
    path: `${root}/records/memberships/batch/read`,
    json: { inputs: contacts.map((recordId) => ({ objectTypeId: CONTACTS, recordId })) },
    changes: false,
    answer: lists,
  });
  if (!answer.ok) return answer;
  const on = answer.data.results.filter(({ recordListMemberships }) =>
    recordListMemberships.some(({ listId }) => listId === id),
  );
  const asked = new Set(contacts);
  return { ...answer, data: sorted(on.map(({ recordId }) => recordId).filter((one) => asked.has(one))) };
}

/** Puts on and takes off in one request, so that a list is never half written. */
export async function move(
  vendor: HttpVendor,
  id: string,
  { on, off }: { on: readonly string[]; off: readonly string[] },
): Promise<VendorAnswer<Moved>> {
  return vendor.send({
    method: 'PUT',
    path: `${root}/${id}/memberships/add-and-remove`,
    json: { recordIdsToAdd: on, recordIdsToRemove: off },
    changes: true,
    answer: moved,
  });
}

/** A list whose members are contacts that were put on it, not found by filters; any other is refused. */
export async function writable(vendor: HttpVendor, id: string): Promise<VendorAnswer<HubspotList>> {
  const answer = await readList(vendor, id);
  if (!answer.ok || (isFixed(answer.data) && isOfContacts(answer.data))) return answer;
  return refused(
    isFixed(answer.data)
      ? 'the list holds no contacts'
      : 'the list is filled by its filters, so nobody is put on it',
  );
}

/** A list in the contract's fields. */
export function shownList(held: HubspotList): Record<string, string | number | boolean | null> {
  const { listId, name, processingType, createdAt, updatedAt } = held;
  const kinds = ['MANUAL', 'SNAPSHOT', 'DYNAMIC'];
  return {
    list: listId,
    name: name ?? null,
    ofContacts: isOfContacts(held),
    kind: kinds.includes(processingType) ? processingType : 'UNKNOWN',
    size: sizeOf(held),
    createdAt: createdAt ?? null,
    updatedAt: updatedAt ?? null,
  };
}

export function isOfContacts({ objectTypeId }: HubspotList): boolean {
  return objectTypeId === CONTACTS;
}

export function isFixed({ processingType }: HubspotList): boolean {
  return processingType === 'MANUAL' || processingType === 'SNAPSHOT';
}

/** As HubSpot last counted; null: it does not say. */
export function sizeOf({ additionalProperties }: HubspotList): number | null {
  const size = additionalProperties?.['hs_list_size'];
  return typeof size === 'string' && /^\d{1,9}$/.test(size) ? Number(size) : null;
}

function refused(detail: string): {
  ok: false;
  status: null;
  outcome: { kind: 'failed'; reason: 'rejected'; detail: string };
} {
  return { ok: false, status: null, outcome: { kind: 'failed', reason: 'rejected', detail } };
}
