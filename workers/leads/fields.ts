/** Which field of a lead a form's field is, whatever the site calls it. */
import type { Site } from '../../shared/manifest.ts';

/** What the intake itself reads; never part of the lead. */
export type ControlField = 'publishableKey' | 'honeypot' | 'turnstile' | 'test';
export type LeadField =
  | 'name'
  | 'firstName'
  | 'lastName'
  | 'email'
  | 'phone'
  | 'company'
  | 'companyDomain'
  | 'country'
  | 'employees'
  | 'value'
  | 'currency'
  | 'interest'
  | 'message'
  | 'consent'
  | 'consentWording'
  | 'consentVersion'
  | 'page'
  | 'referrer';
export type KnownField = ControlField | LeadField;

/** Longest value of each, in UTF-16 code units. */
export const longest: Record<KnownField, number> = {
  publishableKey: 60,
  honeypot: 2_000,
  turnstile: 2_048,
  test: 10,
  name: 200,
  firstName: 100,
  lastName: 100,
  email: 254,
  phone: 40,
  company: 200,
  companyDomain: 300,
  country: 100,
  employees: 50,
  value: 50,
  currency: 20,
  interest: 200,
  message: 5_000,
  consent: 200,
  consentWording: 2_000,
  consentVersion: 60,
  page: 2_000,
  referrer: 2_000,
};

/** Fields of the site's own that ride along: so many, so long each. */
export const EXTRA_MAX = 30;
export const EXTRA_LONGEST = 2_000;

/** Campaign parameters and click ids, kept as sent. */
export const isAttribution = (name: string): boolean =>
  /^(utm_[a-z_]{1,40}|gclid|fbclid|msclkid)$/.test(name);
export const ATTRIBUTION_LONGEST = 500;

/** Usual names of the same thing, without case, `_`, `-` and spaces. */
const aliases: Record<string, KnownField> = {
  fullname: 'name',
  mail: 'email',
  emailaddress: 'email',
  tel: 'phone',
  telephone: 'phone',
  phonenumber: 'phone',
  organisation: 'company',
  organization: 'company',
  website: 'companyDomain',
  domain: 'companyDomain',
  comments: 'message',
  key: 'publishableKey',
  // Named so that neither a person nor a browser's autofill has a reason to fill it in.
  urlconfirm: 'honeypot',
  cfturnstileresponse: 'turnstile',
};

const known = new Map<string, KnownField>([
  ...Object.keys(longest).map((field) => [plain(field), field as KnownField] as const),
  ...Object.entries(aliases),
]);
// The plain words "honeypot" and "turnstile" are no field names: a site may use them for its own.
known.delete('honeypot');
known.delete('turnstile');

/** The names of a site's form, resolved: its own names first, then ours and the usual ones. */
export function fieldResolver(
  fieldNames: Readonly<Site['fieldNames']>,
): (sent: string) => KnownField | undefined {
  const own = new Map<string, KnownField>();
  for (const [ours, theirs] of Object.entries(fieldNames)) {
    const field = Object.hasOwn(longest, ours) ? (ours as KnownField) : known.get(plain(ours));
    if (field) own.set(theirs, field);
  }
  return (sent) => own.get(sent) ?? known.get(plain(sent));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}
