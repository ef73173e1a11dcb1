/** The types of CRM objects that are read and written: their paths, and our field names with HubSpot's property names. */
import { decimalText, minorUnits } from './money.ts';

/** A value of a field of ours. */
export type Value = string | number | null;
type Fields = Readonly<Record<string, Value | undefined>>;
type Properties = Readonly<Record<string, string | null>>;

export interface Kind {
  path: 'contacts' | 'companies' | 'deals';
  /** What one is called in the names of our actions. */
  record: string;
  properties: Readonly<Record<string, string>>;
  /** Fields that are not just the text that HubSpot keeps. */
  codecs: Readonly<Record<string, Codec>>;
}

interface Codec {
  /** What HubSpot's text says; null: nothing that the contract could hold. */
  show(text: string, properties: Properties): Value;
  write?(value: string | number, fields: Fields): string;
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
  codecs: {},
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
  codecs: { employees: { show: whole } },
};

export const deals: Kind = {
  path: 'deals',
  record: 'deal',
  properties: {
    name: 'dealname',
    amount: 'amount',
    currency: 'deal_currency_code',
    pipeline: 'pipeline',
    stage: 'dealstage',
    closeDate: 'closedate',
    ownerId: 'hubspot_owner_id',
  },
  codecs: {
    amount: {
      show: (text, { deal_currency_code }) => minorUnits(text, deal_currency_code),
      write: (units, { currency }) => decimalText(Number(units), String(currency)) ?? '',
    },
    closeDate: { show: time },
  },
};

function whole(text: string): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

/** RFC 3339 in UTC, without milliseconds where there are none. */
function time(text: string): string | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace('.000Z', 'Z');
}
