/** What may be opened for which call, and opening it. Pure. */
import type { DispatchClaims } from '../../shared/dispatch-token.ts';
import type { KeyPair } from '../../shared/hpke.ts';
import {
  openLead,
  type LeadField,
  type LeadOpened,
  type LeadValues,
  type SealedLead,
} from '../../shared/lead-seal.ts';

/** What each action of the leads tool reads. An action that is not here opens nothing. */
const readBy: Readonly<Record<string, { fields: readonly LeadField[]; most: number }>> = {
  'leads.lead.get': { fields: ['name', 'email', 'phone', 'company', 'interest', 'message'], most: 1 },
  'leads.lead.list': { fields: ['company', 'interest'], most: 100 },
};

/** Whether a verified dispatch token is good for opening these fields of so many leads. `now`: Unix ms. */
export function mayOpen(
  { purpose, tool, action, startBefore }: DispatchClaims,
  leads: readonly SealedLead[],
  fields: readonly LeadField[],
  now: number,
): boolean {
  const read = Object.hasOwn(readBy, action) ? readBy[action] : undefined;
  if (!read || purpose !== 'run' || tool !== 'leads' || !(now < startBefore)) return false;
  return leads.length <= read.most && fields.every((field) => read.fields.includes(field));
}

/** Opens these fields of every lead, or of none. */
export function openAll(
  keys: ReadonlyMap<string, KeyPair>,
  leads: readonly SealedLead[],
  fields: readonly LeadField[],
): { ok: true; values: LeadValues[] } | (LeadOpened & { ok: false }) {
  const values: LeadValues[] = [];
  for (const lead of leads) {
    const opened = openLead(keys, lead);
    if (!opened.ok) return opened;
    values.push(only(opened.values, fields));
  }
  return { ok: true, values };
}

function only(values: LeadValues, fields: readonly LeadField[]): LeadValues {
  const kept = Object.entries(values).filter(([field]) => fields.includes(field as LeadField));
  return Object.fromEntries(kept);
}
