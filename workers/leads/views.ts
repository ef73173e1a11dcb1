/** A lead as agents and as people see it before anything is opened. Pure. */
import type { LeadField } from '../../shared/lead-seal.ts';
import type { LeadDetail, LeadFacts } from '../../shared/rpc.ts';
import type { StoredLead } from './store.ts';

/** What the inbox itself knows of a lead. */
export function factsOf(site: string, lead: StoredLead): LeadFacts {
  const { consent: _, ...clear } = lead.clear;
  return {
    id: lead.id,
    site,
    status: lead.status,
    receivedAt: new Date(lead.receivedAt).toISOString(),
    queue: lead.queue,
    routedBy: lead.routedBy,
    test: lead.test,
    ...clear,
  };
}

/** A lead as people see it: what is sealed is named and masked. `notes`: whether whoever routed it left any. */
export function detailOf(site: string, lead: StoredLead, notes: boolean): LeadDetail {
  const { fields } = lead.sealed;
  const masked = (field: LeadField, mask: string): string | null => (fields.includes(field) ? mask : null);
  const facts = factsOf(site, lead);
  return {
    ...facts,
    name: masked('name', '[name]'),
    email: masked('email', '[email]'),
    phone: masked('phone', '[phone]'),
    company: masked('company', '[company]'),
    interest: facts.interest ?? masked('interest', '[free-text]'),
    message: masked('message', '[free-text]'),
    reasons: lead.reasons,
    consent: lead.clear.consent,
    sealed: notes ? [...fields, 'note'] : [...fields],
  };
}
