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

/** Why a verified dispatch token is not good for opening these fields of so many leads; null: it is. `now`: Unix ms. */
export function leadFault(
  { purpose, tool, action, startBefore }: DispatchClaims,
  leads: readonly SealedLead[],
  fields: readonly LeadField[],
  now: number,
): string | null {
  const read = Object.hasOwn(readBy, action) ? readBy[action] : undefined;
  if (!read || purpose !== 'run' || tool !== 'leads') return 'the call does not read leads';
  // Asked this way round, so that what is no number is late.
  if (!(now < startBefore)) return 'the time to start the call has passed';
  if (leads.length > read.most) return `more than ${read.most} leads at once`;
  return fields.every((field) => read.fields.includes(field))
    ? null
    : 'the action does not read each of the fields';
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
