/** What creates and updates would change, told from what HubSpot holds now. */
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { read, search, shown } from './hubspot.ts';
import { companies, contacts, deals, type Kind, type Value } from './kinds.ts';

type Fields = Record<string, Value | undefined>;

/** An update: the fields it names, as they are and as they would be. */
export async function foreseeUpdate(
  vendor: HttpVendor,
  kind: Kind,
  id: string,
  fields: Fields,
): Promise<Foreseen | Outcome> {
  const answer = await read(vendor, kind, id);
  if (!answer.ok) return answer.outcome;
  const held = shown(kind, answer.data);
  const after = said(fields);
  const before = Object.fromEntries(Object.keys(after).map((name) => [name, held[name] ?? null]));
  return { kind: 'foreseen', before: { id, ...before }, after: { id, ...after } };
}

/** A new contact, which HubSpot refuses when one with its mail address exists. */
export async function foreseeContact(
  vendor: HttpVendor,
  fields: Fields & { email: string },
): Promise<Foreseen | Outcome> {
  const answer = await read(vendor, contacts, fields.email, { idProperty: 'email' });
  if (answer.ok)
    return { kind: 'failed', reason: 'conflict', detail: 'a contact with this mail address exists' };
  if (answer.status !== 404) return answer.outcome;
  return { kind: 'foreseen', before: null, after: said(fields) };
}

/** A new company. HubSpot takes a second one with the same domain without a word, so that is said here. */
export async function foreseeCompany(vendor: HttpVendor, fields: Fields): Promise<Foreseen | Outcome> {
  const foreseen: Foreseen = { kind: 'foreseen', before: null, after: said(fields) };
  const { domain } = fields;
  return typeof domain === 'string' ? withTwins(vendor, companies, { domain }, foreseen) : foreseen;
}

/** A new deal. HubSpot takes any number with the same name. */
export async function foreseeDeal(
  vendor: HttpVendor,
  fields: Fields & { name: string },
): Promise<Foreseen | Outcome> {
  const foreseen: Foreseen = { kind: 'foreseen', before: null, after: said(fields) };
  return withTwins(vendor, deals, { name: fields.name }, foreseen);
}

/** Says how many records like it are there already. */
async function withTwins(
  vendor: HttpVendor,
  kind: Kind,
  same: Record<string, string>,
  foreseen: Foreseen,
): Promise<Foreseen | Outcome> {
  const answer = await search(vendor, kind, same, { limit: 1 });
  if (!answer.ok) return answer.outcome;
  const { total } = answer.data;
  if (total === 0) return foreseen;
  const what = `${kind.path} with this ${Object.keys(same).join()}`;
  return { ...foreseen, sideEffects: [`A duplicate: ${what} are there already: ${total}.`] };
}

/** An archived record shows none of its fields any more. */
export async function foreseeArchive(
  vendor: HttpVendor,
  kind: Kind,
  id: string,
): Promise<Foreseen | Outcome> {
  const answer = await read(vendor, kind, id);
  if (!answer.ok) return answer.outcome;
  const held = shown(kind, answer.data);
  const after = { ...Object.fromEntries(Object.keys(held).map((name) => [name, null])), id };
  const sideEffects = [
    'HubSpot takes it off its lists and keeps it for 90 days; a person can restore it by hand.',
  ];
  return { kind: 'foreseen', before: held, after, sideEffects };
}

function said(fields: Fields): Record<string, Value> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, Value>;
}
