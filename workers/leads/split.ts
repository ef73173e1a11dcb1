/** What of a lead stays in clear, because the inbox works by it, and what is only kept sealed. Pure. */
import type { LeadValues } from '../../shared/lead-seal.ts';
import type { Site } from '../../shared/manifest.ts';
import type { Draft } from './parse.ts';

/** What rules, lists and reports look at: numbers, codes, a host name, and words that the site's own settings name. */
export interface Clear {
  companyDomain: string | null;
  country: string | null;
  employees: number | null;
  value: number | null;
  currency: string | null;
  /** Only one that a rule of the site names. */
  interest: string | null;
  /** `version`: the site's own, or `other`: then what was sent is sealed. */
  consent: { given: boolean; version: string };
}

/** For a version of the wording that the site's settings do not name (any more). */
const OTHER_VERSION = 'other';

/**
 * Parts a lead. Free text is never in clear, whatever its field is called: anybody can write anything there. `site` gives the
 * words that may be: without it (settings that were never kept) there are none.
 */
export function splitDraft(
  draft: Draft,
  site: Pick<Site, 'rules' | 'consentVersion'> | undefined,
): { clear: Clear; personal: LeadValues } {
  const { companyDomain, country, employees, value, currency, consent } = draft;
  const interest = knownInterest(draft.interest, site?.rules ?? []);
  const version = consent.version === site?.consentVersion ? consent.version : OTHER_VERSION;
  return {
    clear: {
      companyDomain,
      country,
      employees,
      value,
      currency,
      interest,
      consent: { given: consent.given, version },
    },
    personal: {
      ...texts(draft, interest === null),
      ...(consent.wording !== null && { consentWording: consent.wording }),
      ...(version === OTHER_VERSION && { consentVersion: consent.version }),
      ...(some(draft.attribution) && { attribution: JSON.stringify(draft.attribution) }),
      ...(some(draft.extra) && { extra: JSON.stringify(draft.extra) }),
    },
  };
}

function texts(draft: Draft, withInterest: boolean): LeadValues {
  const { name, email, phone, company, interest, message } = draft;
  return {
    ...(name !== null && { name }),
    ...(email !== null && { email }),
    ...(phone !== null && { phone }),
    ...(company !== null && { company }),
    ...(withInterest && interest !== null && { interest }),
    ...(message !== null && { message }),
  };
}

/** The interest as a rule spells it; null: no rule does, so it is free text. */
function knownInterest(said: string | null, rules: Site['rules']): string | null {
  const words = rules.flatMap(({ when }) => when.interest ?? []);
  return words.find((word) => word.toLowerCase() === said?.toLowerCase()) ?? null;
}

function some(record: Record<string, string>): boolean {
  return Object.keys(record).length > 0;
}
