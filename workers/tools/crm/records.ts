/** What becomes of one record: read, created, changed, archived; with the way back and the images that it is compared by. */
import type { Image } from '../../../shared/image.ts';
import type { Outcome, UndoPlan } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import {
  archive,
  create,
  read,
  shown,
  update,
  type HubspotRecord,
  type HubspotResults,
  type Shown,
} from './hubspot.ts';
import type { Kind, Value } from './kinds.ts';

type Fields = Record<string, Value | undefined>;

export function one(kind: Kind, answer: VendorAnswer<HubspotRecord>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(kind, answer.data) } : answer.outcome;
}

export function many(kind: Kind, answer: VendorAnswer<HubspotResults>): Outcome {
  if (!answer.ok) return answer.outcome;
  const { total, results, paging } = answer.data;
  const records = results.map((record) => shown(kind, record));
  return { kind: 'succeeded', output: { total, [kind.path]: records, next: paging?.next?.after ?? null } };
}

/** Creates a record; taken back by archiving it, as long as nobody has changed it. */
export async function make(vendor: HttpVendor, kind: Kind, fields: Fields): Promise<Outcome> {
  const made = await create(vendor, kind, fields);
  if (!made.ok) return made.outcome;
  const output = shown(kind, made.data);
  return { kind: 'succeeded', output, undo: archiveAgain(kind, output) };
}

/** The undo of a record that was created, as it was left. */
export function archiveAgain(kind: Kind, left: Shown): UndoPlan {
  const images = { before: null, after: whole(left) };
  return { action: `crm.${kind.record}.archive`, input: { id: left['id'] ?? null }, images };
}

/** Reads what the fields hold now, writes, and keeps what they held as the undo. */
export async function change(vendor: HttpVendor, kind: Kind, id: string, fields: Fields): Promise<Outcome> {
  const before = await read(vendor, kind, id);
  if (!before.ok) return before.outcome;
  const lost = unkept(kind, before.data, fields);
  if (lost)
    return { kind: 'failed', reason: 'rejected', detail: `what ${lost} holds could not be written back` };
  const after = await update(vendor, kind, id, fields);
  if (!after.ok) return after.outcome;
  // HubSpot answers a change with the changed properties only, so the rest comes from before.
  const properties = { ...before.data.properties, ...after.data.properties };
  const output = shown(kind, { ...before.data, ...after.data, properties });
  const was = named(shown(kind, before.data), fields);
  // What it takes to take it back is also what it was before.
  const images = { before: was, after: named(output, fields) };
  return { kind: 'succeeded', output, undo: { action: `crm.${kind.record}.update`, input: was, images } };
}

/** Archives a record, which is read first: afterwards only a person at HubSpot can tell what it held. */
export async function putAway(vendor: HttpVendor, kind: Kind, id: string): Promise<Outcome> {
  const before = await read(vendor, kind, id);
  if (!before.ok) return before.outcome;
  const gone = await archive(vendor, kind, id);
  return gone.ok ? one(kind, before) : gone.outcome;
}

/** What HubSpot holds now of the fields that an update names. */
export async function imageOfFields(
  vendor: HttpVendor,
  kind: Kind,
  { id, ...fields }: Fields & { id: string },
): Promise<Seen> {
  return seen(await read(vendor, kind, id), (record) => named(shown(kind, record), fields));
}

/** What HubSpot holds now of a record; null: it is archived, or gone. */
export async function imageOfRecord(vendor: HttpVendor, kind: Kind, id: string): Promise<Seen> {
  return seen(await read(vendor, kind, id), (record) => whole(shown(kind, record)));
}

function seen(answer: VendorAnswer<HubspotRecord>, image: (record: HubspotRecord) => Image): Seen {
  if (answer.ok) return { kind: 'image', image: image(answer.data) };
  return answer.status === 404 ? { kind: 'image', image: null } : answer.outcome;
}

/** All that people may change. The time of the last change is not compared: HubSpot moves it by itself. */
function whole(shownFields: Shown): Shown {
  const { updatedAt: _, ...held } = shownFields;
  return held;
}

/** The id and the fields that are named. */
function named(held: Shown, fields: Record<string, unknown>): Shown {
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined);
  return Object.fromEntries(['id', ...names].map((name) => [name, held[name] ?? null]));
}

/** A field that holds something which is not shown, so that writing back what is shown would clear it. */
function unkept(kind: Kind, { properties, ...record }: HubspotRecord, fields: Fields): string | undefined {
  const held = shown(kind, { ...record, properties });
  return Object.entries(kind.properties).find(
    ([name, property]) => fields[name] !== undefined && held[name] === null && !!properties[property],
  )?.[0];
}
