/** What becomes of an association: made, removed, foreseen, looked at and looked for. */
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import { associate, dissociate, sortedTypes, typesOf, type Pair, type Type } from './associations.ts';

type Wanted = Pair & { types?: Type[] | undefined };

const already: Outcome = { kind: 'failed', reason: 'conflict', detail: 'the records are associated already' };
const notThere: Outcome = { kind: 'failed', reason: 'not-found', detail: 'the records are not associated' };

/** Associates two records that are not; of those that are, the undo would take away what was there before. */
export async function join(vendor: HttpVendor, { types, ...pair }: Wanted): Promise<Outcome> {
  const before = await typesOf(vendor, pair);
  if (!before.ok) return before.outcome;
  if (before.data) return already;
  const answer = await associate(vendor, pair, types);
  if (!answer.ok) return answer.outcome;
  // HubSpot may have added types of its own, such as the primary company. Without an answer no image is told.
  const after = await typesOf(vendor, pair);
  const now = after.ok ? after.data : undefined;
  const images = now && { before: null, after: { ...pair, types: now } };
  return {
    kind: 'succeeded',
    output: { ...pair, types: now ?? null },
    undo: { action: 'crm.association.remove', input: { ...pair }, ...(images && { images }) },
  };
}

/** Takes two records apart. Its undo gives them back the types that they had. */
export async function part(vendor: HttpVendor, pair: Pair): Promise<Outcome> {
  const before = await typesOf(vendor, pair);
  if (!before.ok) return before.outcome;
  if (!before.data) return notThere;
  const answer = await dissociate(vendor, pair);
  if (!answer.ok) return answer.outcome;
  const was = { ...pair, types: before.data };
  return {
    kind: 'succeeded',
    output: was,
    undo: { action: 'crm.association.create', input: was, images: { before: was, after: null } },
  };
}

export async function foreseeJoin(
  vendor: HttpVendor,
  { types, ...pair }: Wanted,
): Promise<Foreseen | Outcome> {
  const before = await typesOf(vendor, pair);
  if (!before.ok) return before.outcome;
  if (before.data) return already;
  return { kind: 'foreseen', before: null, after: { ...pair, ...(types && { types: sortedTypes(types) }) } };
}

export async function foreseePart(vendor: HttpVendor, pair: Pair): Promise<Foreseen | Outcome> {
  const before = await typesOf(vendor, pair);
  if (!before.ok) return before.outcome;
  if (!before.data) return notThere;
  return { kind: 'foreseen', before: { ...pair, types: before.data }, after: { ...pair, types: null } };
}

/** The association with its types; null: there is none, or one of the records is gone. */
export async function imageOfPair(vendor: HttpVendor, wanted: Wanted): Promise<Seen> {
  const pair = pairOf(wanted);
  const now = await typesOf(vendor, pair);
  if (now.ok) return { kind: 'image', image: now.data ? { ...pair, types: now.data } : null };
  return now.status === 404 ? { kind: 'image', image: null } : now.outcome;
}

/** Whether two records were associated. How they would be taken apart is known; what else changed since is not. */
export async function foundJoin(vendor: HttpVendor, wanted: Wanted): Promise<Outcome | null> {
  const pair = pairOf(wanted);
  const now = await typesOf(vendor, pair);
  if (!now.ok) return null;
  if (!now.data) return { kind: 'failed', reason: 'unavailable', detail: 'the records are not associated' };
  const after = { ...pair, types: now.data };
  const undo = { action: 'crm.association.remove', input: { ...pair }, images: { before: null, after } };
  return { kind: 'succeeded', output: after, undo };
}

/** Whether two records were taken apart. By which types they were associated, nobody can tell any more. */
export async function foundPart(vendor: HttpVendor, pair: Pair): Promise<Outcome | null> {
  const now = await typesOf(vendor, pair);
  if (!now.ok) return null;
  if (now.data) return { kind: 'failed', reason: 'unavailable', detail: 'the records are associated still' };
  return { kind: 'succeeded', output: { ...pair, types: null } };
}

/** Which two records, without how they belong together. */
function pairOf({ fromType, from, toType, to }: Pair): Pair {
  return { fromType, from, toType, to };
}
