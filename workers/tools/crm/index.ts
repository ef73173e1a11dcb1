import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type HttpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foreseeCompany, foreseeContact, foreseeUpdate } from './foresee.ts';
import { foundCreate, foundUpdate } from './find.ts';
import {
  companies,
  contacts,
  create,
  read,
  search,
  shown,
  update,
  type HubspotRecord,
  type HubspotResults,
  type Kind,
  type Shown,
  type Value,
} from './hubspot.ts';

export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: 'https://api.hubapi.com',
    credentials: {
      read: 'HUBSPOT_READ_TOKEN',
      write: 'HUBSPOT_WRITE_TOKEN',
      header: 'authorization',
      prefix: 'Bearer ',
    },
  }),
  run: {
    'contact.read': async ({ id }, vendor) => one(contacts, await read(vendor, contacts, id)),
    'contact.search': async ({ email, company, ...page }, vendor) =>
      many(contacts, await search(vendor, contacts, { email, company }, page)),
    'contact.create': async (input, vendor) => one(contacts, await create(vendor, contacts, input)),
    'contact.update': async ({ id, ...fields }, vendor) =>
      change(vendor, contacts, id, fields, 'crm.contact.update'),
    'company.read': async ({ id }, vendor) => one(companies, await read(vendor, companies, id)),
    'company.search': async ({ domain, name, ...page }, vendor) =>
      many(companies, await search(vendor, companies, { domain, name }, page)),
    'company.create': async (input, vendor) => one(companies, await create(vendor, companies, input)),
    'company.update': async ({ id, ...fields }, vendor) =>
      change(vendor, companies, id, fields, 'crm.company.update'),
  },
  preview: {
    'contact.create': async (input, vendor) => foreseeContact(vendor, input),
    'contact.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, contacts, id, fields),
    'company.create': async (input, vendor) => foreseeCompany(vendor, input),
    'company.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, companies, id, fields),
  },
  image: {
    'contact.update': async ({ id, ...fields }, vendor) =>
      imageOf(contacts, await read(vendor, contacts, id), fields),
    'company.update': async ({ id, ...fields }, vendor) =>
      imageOf(companies, await read(vendor, companies, id), fields),
  },
  find: {
    'contact.create': async (input, vendor, { since }) =>
      foundCreate(contacts, await read(vendor, contacts, input.email, 'email'), input, since),
    'contact.update': async (input, vendor, { since }) =>
      foundUpdate(contacts, await read(vendor, contacts, input.id), input, since),
    'company.update': async (input, vendor, { since }) =>
      foundUpdate(companies, await read(vendor, companies, input.id), input, since),
  },
});

function one(kind: Kind, answer: VendorAnswer<HubspotRecord>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(kind, answer.data) } : answer.outcome;
}

function many(kind: Kind, answer: VendorAnswer<HubspotResults>): Outcome {
  if (!answer.ok) return answer.outcome;
  const { total, results, paging } = answer.data;
  const records = results.map((record) => shown(kind, record));
  return { kind: 'succeeded', output: { total, [kind.path]: records, next: paging?.next?.after ?? null } };
}

/** What HubSpot holds now of the fields that an update names. */
function imageOf(kind: Kind, answer: VendorAnswer<HubspotRecord>, fields: Record<string, unknown>): Seen {
  if (answer.ok) return { kind: 'image', image: named(shown(kind, answer.data), fields) };
  return answer.status === 404 ? { kind: 'image', image: null } : answer.outcome;
}

/** The id and the fields that are named. */
function named(held: Shown, fields: Record<string, unknown>): Record<string, Value> {
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined);
  return Object.fromEntries(['id', ...names].map((name) => [name, held[name] ?? null]));
}

/** Reads what the fields hold now, writes, and keeps what they held as the undo. */
async function change(
  vendor: HttpVendor,
  kind: Kind,
  id: string,
  fields: Record<string, Value | undefined>,
  action: string,
): Promise<Outcome> {
  const before = await read(vendor, kind, id);
  if (!before.ok) return before.outcome;
  const after = await update(vendor, kind, id, fields);
  if (!after.ok) return after.outcome;
  // HubSpot answers a change with the changed properties only, so the rest comes from before.
  const properties = { ...before.data.properties, ...after.data.properties };
  const output = shown(kind, { ...before.data, ...after.data, properties });
  const was = named(shown(kind, before.data), fields);
  // What it takes to take it back is also what it was before.
  const images = { before: was, after: named(output, fields) };
  return { kind: 'succeeded', output, undo: { action, input: was, images } };
}
