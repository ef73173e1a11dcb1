/** What may be loaded into a simulated vendor: which types, which fields of them, and what each field holds. Anything else is left out. */
import type { Item } from './store.ts';

/**
 * What a field holds. `email`, `phone`, `name`, `domain` and `text` are replaced whatever they say. `shared`: a word that many
 * records have in common is kept, a rarer one is not. `choice`: one of a list is kept. `number` and `flag` are kept.
 */
export type FieldClass =
  | 'email'
  | 'phone'
  | 'name'
  | 'domain'
  | 'text'
  | 'shared'
  | 'number'
  | 'flag'
  | { choice: readonly string[] };

export interface ImportShape {
  /** Where a record of this vendor has its fields; null: in itself. */
  inner: 'properties' | null;
  fields: Readonly<Record<string, FieldClass>>;
  /** The n-th record's id, from 1: ids of people at a vendor are theirs, too. */
  id(n: number): string;
  /** The record as the simulator keeps it. */
  item(id: string, fields: Record<string, unknown>): Item;
}

/** A record that is masked, on its way into a simulator. */
export interface MaskedRecord {
  id: string;
  fields: Record<string, unknown>;
}

/** Dates are not loaded: together with little else they tell who somebody is. */
const AT = '2026-01-01T00:00:00.000Z';

const stages = [
  'subscriber',
  'lead',
  'marketingqualifiedlead',
  'salesqualifiedlead',
  'opportunity',
  'customer',
  'evangelist',
  'other',
];
const statuses = [
  'NEW',
  'OPEN',
  'IN_PROGRESS',
  'OPEN_DEAL',
  'UNQUALIFIED',
  'ATTEMPTED_TO_CONTACT',
  'CONNECTED',
  'BAD_TIMING',
];

const hubspot = (key: 'email' | 'domain', fields: ImportShape['fields']): ImportShape => ({
  inner: 'properties',
  fields,
  id: (n) => String(9_000_000_000 + n),
  item: (id, properties) => ({
    id,
    key: typeof properties[key] === 'string' ? properties[key] : null,
    body: { id, properties, createdAt: AT, updatedAt: AT, archived: false },
  }),
});

/** By vendor and type. What is not here is not classed, and cannot be loaded. */
export const importShapes: Readonly<Record<string, Readonly<Record<string, ImportShape>>>> = {
  hubspot: {
    contacts: hubspot('email', {
      email: 'email',
      firstname: 'name',
      lastname: 'name',
      phone: 'phone',
      company: 'name',
      jobtitle: 'text',
      country: 'shared',
      city: 'shared',
      website: 'domain',
      lifecyclestage: { choice: stages },
      hs_lead_status: { choice: statuses },
    }),
    companies: hubspot('domain', {
      name: 'name',
      domain: 'domain',
      country: 'shared',
      city: 'shared',
      industry: 'shared',
      phone: 'phone',
      numberofemployees: 'number',
      lifecyclestage: { choice: stages },
    }),
  },
  resend: {
    contacts: {
      inner: null,
      fields: { email: 'email', first_name: 'name', last_name: 'name', unsubscribed: 'flag' },
      id: (n) => `00000000-0000-4000-9000-${n.toString(16).padStart(12, '0')}`,
      item: (id, fields) => ({
        id,
        key: typeof fields['email'] === 'string' ? fields['email'] : null,
        body: {
          id,
          email: null,
          first_name: null,
          last_name: null,
          unsubscribed: false,
          created_at: '2026-01-01 00:00:00+00',
          segments: [],
          ...fields,
        },
      }),
    },
  },
};

/** The shapes of a vendor's types; none for a vendor whose records nobody classed. */
export function shapesOf(vendor: string): Readonly<Record<string, ImportShape>> | undefined {
  return Object.hasOwn(importShapes, vendor) ? importShapes[vendor] : undefined;
}
