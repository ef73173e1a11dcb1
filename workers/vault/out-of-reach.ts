import type { OutOfReach } from '../../shared/erasure.ts';

/**
 * Where a person may stand that no erasure here reaches, by tool: the vendors' own records. From the vendors' public help pages; a
 * vendor moves its menus, so each says what to look for.
 */
export const atVendors: Readonly<Record<string, string>> = {
  leads: 'The sites that posted the lead may keep a copy of the form of their own: erase it there.',
  crm: 'HubSpot: open the contact, Actions, Delete, "Permanent delete" (GDPR delete), which also blocks the address from coming back by import.',
  enrichment:
    'Hunter: what it knows of an address comes from the web; the person claims it by the form on hunter.io/claim.',
  email:
    'Resend: delete the contact from each audience. Mails that were sent stay in its logs as long as its retention says, and in their inboxes.',
  ads: 'Meta: remove the address from each custom audience in Audience Manager, or by a list of deletions; matched profiles are Meta’s own.',
  cms: 'WordPress: Tools, Erase Personal Data, with the address; and the pages or comments that name the person.',
  support:
    'Intercom: open the person, More, "Delete", then "Permanently delete", which erases their conversations, too.',
  chat: 'Slack: delete the messages that name the person, in their channels; exports and e-discovery copies are the workspace owner’s.',
};

const elsewhere: readonly OutOfReach[] = [
  {
    where: 'copies of the platform',
    how: 'Cloudflare can put a Durable Object back to any moment of the last 30 days. Until then the values are in those copies, encrypted: the certificate says when that is over. Whoever puts an object back has to erase again.',
  },
  {
    where: 'journals and the audit log',
    how: 'They hold placeholders, masked fields and keyed hashes, no value. A placeholder that was erased opens nowhere.',
  },
  {
    where: 'exports and backups that you made',
    how: 'What somebody wrote down, revealed or exported before is outside of the gate: erase it where it is kept.',
  },
  {
    where: 'notices that were sent',
    how: 'Mails, Slack messages and webhooks name calls and approvals, not customers; what people answered there is theirs to delete.',
  },
];

/** Everything that an erasure does not reach. `inboxes`: whether leads are part of it. */
export function outOfReach(inboxes: boolean): OutOfReach[] {
  const leads = {
    where: 'leads in sites’ inboxes',
    how: 'Not part of this erasure. They expire by each site’s retentionDays.',
  };
  const vendors = Object.entries(atVendors).map(([tool, how]) => ({ where: `tool ${tool}`, how }));
  return [...vendors, ...(inboxes ? [] : [leads]), ...elsewhere];
}
