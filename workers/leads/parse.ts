/** Turns name and value pairs into a lead, by the field names of its site. Pure. */
import { z } from 'zod';
import type { Site } from '../../shared/manifest.ts';
import type { Fault } from '../../shared/problems.ts';
import { pointerTo, type Pair } from './body.ts';
import {
  ATTRIBUTION_LONGEST,
  EXTRA_LONGEST,
  EXTRA_MAX,
  fieldResolver,
  isAttribution,
  longest,
  type KnownField,
} from './fields.ts';
import { companyDomainOf, hostOf } from './mail-domains.ts';

/** What a person told a site, cleaned. Numbers and codes that could not be read are in `extra`, as sent. */
export interface Draft {
  name: string | null;
  email: string | null;
  phone: string | null;
  company: string | null;
  companyDomain: string | null;
  country: string | null;
  employees: number | null;
  /** Minor units of `currency`. */
  value: number | null;
  currency: string | null;
  interest: string | null;
  message: string | null;
  consent: { given: boolean; wording: string | null; version: string };
  /** Campaign parameters (`utm_…`), click ids, page and referrer. */
  attribution: Record<string, string>;
  /** The site's own fields, by name. */
  extra: Record<string, string>;
}

/** More than anybody writes there, and fewer digits than a card or most telephone numbers with their country have: both stay in clear. */
const EMPLOYEES_MAX = 10_000_000;
const VALUE_MAX = 99_999_999_999;

/** A form as it was sent, sorted into what we know, campaign parameters and the site's own fields. */
export interface Sorted {
  known: ReadonlyMap<KnownField, string>;
  attribution: ReadonlyMap<string, string>;
  extra: ReadonlyMap<string, string>;
  faults: Fault[];
}

/** Sorts pairs by field and cleans their text. A name sent twice: the last counts, of the site's own fields all. */
export function sortFields(pairs: readonly Pair[], site: Pick<Site, 'fieldNames'>): Sorted {
  const resolve = fieldResolver(site.fieldNames);
  const known = new Map<KnownField, string>();
  const attribution = new Map<string, string>();
  const extra = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [name, raw] of pairs) {
    const field = resolve(name);
    const value = clean(raw, field === 'message' || field === 'consentWording' || !field);
    const max = field ? longest[field] : isAttribution(name) ? ATTRIBUTION_LONGEST : EXTRA_LONGEST;
    if (value.length > max)
      faults.push({ pointer: pointerTo(name), detail: `is longer than ${max} characters` });
    else if (value === '') continue;
    else if (field) known.set(field, value);
    else if (isAttribution(name)) attribution.set(name, value);
    else extra.set(name, extra.has(name) ? `${extra.get(name)}, ${value}` : value);
  }
  if (extra.size > EXTRA_MAX)
    faults.push({ pointer: '', detail: `At most ${EXTRA_MAX} fields of your own are kept.` });
  return { known, attribution, extra, faults: faults.slice(0, 20) };
}

/** No control characters and no broken surrogates; one line, unless lines are wanted. */
function clean(raw: string, lines: boolean): string {
  const text = raw.toWellFormed().normalize('NFC').replace(/\r\n?/g, '\n');
  const safe = text.replace(/[^\P{Cc}\n\t]/gu, '');
  return (lines ? safe : safe.replace(/\s+/g, ' ')).trim();
}

export type DraftRead = { ok: true; draft: Draft } | { ok: false; faults: Fault[] };

const mail = z.email();

/** Makes the lead. Refused is only what nobody could answer: no way to reach the person, or values too long. */
export function readDraft(
  sorted: Sorted,
  site: Pick<Site, 'consentVersion'>,
  referer: string | null,
): DraftRead {
  const faults = [...sorted.faults, ...contactFaults(sorted.known)];
  if (faults.length > 0) return { ok: false, faults };
  const extra = new Map(sorted.extra);
  const read = <T>(field: KnownField, reader: (text: string) => T | null): T | null =>
    readOrKeep(sorted.known, extra, field, reader);
  const email = textOf(sorted, 'email');
  const website = read('companyDomain', hostOf);
  const draft: Draft = {
    name: nameOf(sorted.known),
    email,
    phone: textOf(sorted, 'phone'),
    company: textOf(sorted, 'company'),
    companyDomain: website ?? companyDomainOf(email),
    country: read('country', countryOf),
    employees: read('employees', countOf(EMPLOYEES_MAX)),
    value: read('value', countOf(VALUE_MAX)),
    currency: read('currency', currencyOf),
    interest: textOf(sorted, 'interest'),
    message: textOf(sorted, 'message'),
    consent: consentOf(sorted.known, site),
    attribution: attributionOf(sorted, referer),
    extra: Object.fromEntries(extra),
  };
  return { ok: true, draft };
}

function textOf({ known }: Sorted, field: KnownField): string | null {
  return known.get(field) ?? null;
}

function contactFaults(known: ReadonlyMap<KnownField, string>): Fault[] {
  const email = known.get('email');
  const phone = known.get('phone');
  if (email === undefined && phone === undefined) {
    return [{ pointer: '/email', detail: 'is needed, or a phone number' }];
  }
  const faults: Fault[] = [];
  if (email !== undefined && !mail.safeParse(email).success) {
    faults.push({ pointer: '/email', detail: 'is not a mail address' });
  }
  if (phone !== undefined && (phone.match(/\d/g) ?? []).length < 5) {
    faults.push({ pointer: '/phone', detail: 'is not a phone number' });
  }
  return faults;
}

/** A value we cannot read is no reason to lose the lead, nor to lose the value. */
function readOrKeep<T>(
  known: ReadonlyMap<KnownField, string>,
  extra: Map<string, string>,
  field: KnownField,
  reader: (text: string) => T | null,
): T | null {
  const text = known.get(field);
  if (text === undefined) return null;
  const value = reader(text);
  if (value === null) extra.set(field, text);
  return value;
}

function nameOf(known: ReadonlyMap<KnownField, string>): string | null {
  const parts = [known.get('firstName'), known.get('lastName')].filter((part) => part !== undefined);
  return known.get('name') ?? (parts.length > 0 ? parts.join(' ') : null);
}

function countryOf(text: string): string | null {
  return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : null;
}

function currencyOf(text: string): string | null {
  return /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : null;
}

/** A whole number with or without separators of thousands; ranges and decimals are left to people. */
function countOf(max: number): (text: string) => number | null {
  return (text) => {
    const digits = /^\d{1,3}([ .,'’\u00a0\u202f])\d{3}(\1\d{3})*$/.test(text)
      ? text.replace(/\D/g, '')
      : text;
    return /^\d{1,16}$/.test(digits) && Number(digits) <= max ? Number(digits) : null;
  };
}

function consentOf(
  known: ReadonlyMap<KnownField, string>,
  site: Pick<Site, 'consentVersion'>,
): Draft['consent'] {
  const sent = known.get('consentVersion');
  return {
    given: said(known.get('consent')),
    wording: known.get('consentWording') ?? null,
    // What the person saw counts. The pattern keeps it fit for the journal.
    version: sent !== undefined && /^[\w.:-]{1,60}$/.test(sent) ? sent : site.consentVersion,
  };
}

/** Whether a checkbox or flag says yes. */
export function said(value: string | undefined): boolean {
  return value !== undefined && !/^(|0|false|no|off)$/i.test(value);
}

/** Campaign parameters as sent; those in the page's own address where the form sent none. */
function attributionOf({ known, attribution }: Sorted, referer: string | null): Record<string, string> {
  const page = known.get('page') ?? referer?.slice(0, longest.page);
  const found = new Map<string, string>();
  for (const [name, value] of queryOf(page)) {
    if (isAttribution(name) && value !== '')
      found.set(name, clean(value, false).slice(0, ATTRIBUTION_LONGEST));
  }
  for (const [name, value] of attribution) found.set(name, value);
  const referrer = known.get('referrer');
  if (page) found.set('page', clean(page, false));
  if (referrer) found.set('referrer', referrer);
  return Object.fromEntries(found);
}

function queryOf(page: string | undefined): Iterable<[string, string]> {
  return page && URL.canParse(page) ? new URL(page).searchParams : [];
}
