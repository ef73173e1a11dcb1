import { maskText } from './mask.ts';
import type { LeadDetail } from './rpc.ts';

/** A lead without what tells who wrote it. Pure. */
export function maskedLead(lead: LeadDetail): LeadDetail {
  return {
    ...lead,
    name: lead.name && '[name]',
    email: lead.email && '[email]',
    phone: lead.phone && '[phone]',
    message: lead.message && '[free-text]',
    // Page addresses and campaign parameters may carry a person's address.
    attribution: mapped(lead.attribution, maskText),
    extra: mapped(lead.extra, () => '[free-text]'),
  };
}

function mapped(record: Record<string, string>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
