import { sensitivities, type Sensitivity } from '../../shared/contract.ts';
import { samePersonIn, type Directory } from '../../shared/directory.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { samePerson } from '../../shared/people.ts';
import type { ContactName, Signatory } from '../../shared/rpc.ts';
import { held, type ContactRow, type Found, type ReadinessFacts } from './readiness-facts.ts';

const DAY_MS = 86_400_000;

/** Mail addresses rot slower than drills: people change jobs about once in years, and boxes are given up unseen. */
export const CONTACT_DAYS = 90;

/** The address that a manifest gives for a contact. */
export function contactAddress({ owners, contacts }: Manifest, contact: ContactName): string {
  return contact === 'incident' ? contacts.incident : owners[contact].email;
}

/** Whether a contact answered a test at the address that it has now. */
export function contactAnswers({ manifest, contacts, now }: ReadinessFacts, contact: ContactName): Found {
  const address = contactAddress(manifest, contact);
  const row = contacts.find((one) => one.contact === contact);
  const { answered, open } = row ?? { answered: null, open: null };
  const good =
    answered !== null &&
    samePerson(answered.address, address) &&
    now - Date.parse(answered.at) <= CONTACT_DAYS * DAY_MS;
  if (good) return held([], `${answered.by} at ${answered.at}`, '');
  if (open && now < Date.parse(open.until) && samePerson(row?.address ?? '', address)) {
    return {
      status: 'waits',
      evidence: `asked, until ${open.until}`,
      next: `They answer: toolgate readiness ${manifest.agent} --answer <code>`,
    };
  }
  return held(
    [answered ? 'answered too long ago, or at another address' : 'never tested'],
    '',
    `toolgate readiness ${manifest.agent} --contact ${contact}`,
  );
}

/** Who signs, and in which role of the gate's people. */
export const signatoryRole = {
  legal: 'auditor',
  security: 'incident-commander',
  business: 'owner',
} as const;

/** The same in words. */
export const signatoryIs: Readonly<Record<Signatory, string>> = {
  legal: 'somebody for legal or compliance (role auditor)',
  security: 'somebody for security (role incident-commander)',
  business: 'its business owner (role owner)',
};

/**
 * Whose sign-off an agent needs: its business owner's always; security's unless it is of low risk and touches nothing above
 * internal; legal's for customer data, regulated text and spend. Pure.
 */
export function signatoriesNeeded({
  manifest,
  catalogue,
}: Pick<ReadinessFacts, 'manifest' | 'catalogue'>): Signatory[] {
  const actions = manifest.grants.flatMap(({ action }) => catalogue.get(action) ?? []);
  const sensitive = actions.some(({ sensitivity }) => rank(sensitivity) > rank('internal'));
  const spends = actions.some(({ groups, measures }) => groups.includes('budget') || measures?.spend);
  const regulated = rank(manifest.sensitivity) >= rank('regulated');
  return [
    ...(sensitive || spends || regulated ? (['legal'] as const) : []),
    ...(sensitive || manifest.risk !== 'low' ? (['security'] as const) : []),
    'business',
  ];
}

/** Whether somebody signed what is in force. */
export function signedOff({ manifest, signed }: ReadinessFacts, as: Signatory): Found {
  const sign = signed.find((one) => one.as === as);
  const next = `toolgate readiness ${manifest.agent} --sign ${as} --reason "…"`;
  if (!sign) return { status: 'waits', evidence: 'nobody signed', next };
  const evidence = `${sign.by} at ${sign.at}, for ${sign.policyVersion}`;
  if (sign.changed.length === 0) return held([], evidence, '');
  return { status: 'fail', evidence: `changed since: ${sign.changed.join(', ')}`, next };
}

/**
 * Why a person may not sign; null: they may. One person is one signature, whatever roles and addresses they hold: three by one
 * are one look. Outside the sandbox the business owner signs for the business, nobody in that owner's place. Pure.
 */
export function signFault(
  {
    manifest,
    signed,
    environment,
    directory,
  }: Pick<ReadinessFacts, 'manifest' | 'signed' | 'environment'> & { directory: Directory },
  as: Signatory,
  by: string,
): string | null {
  const other = signed.find(
    (one) => one.as !== as && one.changed.length === 0 && samePersonIn(directory, one.by, by),
  );
  if (other) return `You signed as ${other.as} already: another person signs as ${as}.`;
  if (as !== 'business' || environment === 'sandbox') return null;
  const owner = manifest.owners.business.email;
  return samePerson(owner, by) ? null : `Only ${owner}, its business owner, signs for the business.`;
}

/**
 * Why a person may not answer a contact's test; null: they may. An owner answers in person, a shared box is answered by
 * whoever reads it, never by the one who asked. The sandbox has none of those people: there anybody else answers. Pure.
 */
export function answerFault(
  { contact, address, askedBy }: Pick<ContactRow, 'contact' | 'address' | 'askedBy'>,
  by: string,
  environment: string,
): string | null {
  const inPerson = contact !== 'incident' && environment !== 'sandbox';
  if (inPerson) return samePerson(address, by) ? null : `Only ${address} can answer this test.`;
  return samePerson(askedBy, by) ? 'You asked for this test: somebody else answers it.' : null;
}

/** How sensitive, from 0. */
export function rank(sensitivity: Sensitivity): number {
  return sensitivities.indexOf(sensitivity);
}
