import { identityOf, inGroup, samePersonIn, type Directory } from '../../shared/directory.ts';
import { rolesBySettings, type PeopleEnv, type Person, type Role } from '../../shared/people.ts';
import type { Approval, Delegation } from '../../shared/rpc.ts';

/** Whoever holds one of these may decide at all; of what, their groups say. */
export const deciders: readonly Role[] = ['approver', 'owner'];

/** Somebody who wants to decide; the address in lower case. */
export type Decider = Pick<Person, 'email' | 'roles'>;

/** What is known of people as they decide. */
export interface Known {
  directory: Directory;
  /** What others lent to the one who decides, in force or not. */
  delegations: readonly Delegation[];
}

/** Why somebody may not decide on a request at all. */
export type NoRight =
  | { why: 'role' }
  /** The agent acts for this very person. */
  | { why: 'own-request' }
  /** They stand in for the person that the agent acts for. */
  | { why: 'stands-in' }
  | { why: 'not-asked'; groups: string[] };

export type Right =
  /** As whom they may decide: null by own right, else who lent it; in the order in which it is tried. */
  { ok: true; as: (string | null)[] } | { ok: false; refusal: NoRight };

/** The groups that are asked by now: the first, and each that it was escalated to. Pure. */
export function groupsAsked({ group, escalation, escalated }: Approval): string[] {
  return [...new Set([group, ...escalation.slice(0, escalated)])];
}

/**
 * Whether somebody may decide on a request: in one of the groups that are asked, or lent the right by somebody who is; never on what
 * an agent does for them or for one they stand in for. What was lent is not lent on. Pure.
 */
export function rightTo(approval: Approval, person: Decider, known: Known, now: number): Right {
  const { directory } = known;
  const { user } = approval;
  if (!person.roles.some((role) => deciders.includes(role))) return { ok: false, refusal: { why: 'role' } };
  if (user !== null && samePersonIn(directory, user, person.email))
    return { ok: false, refusal: { why: 'own-request' } };
  const lenders = standsInFor(known, person.email, now);
  if (user !== null && lenders.some(({ from }) => samePersonIn(directory, user, from)))
    return { ok: false, refusal: { why: 'stands-in' } };
  const groups = groupsAsked(approval);
  const as = asWhom(groups, person, known, now);
  return as.length > 0 ? { ok: true, as } : { ok: false, refusal: { why: 'not-asked', groups } };
}

/** Whether somebody is in one of these groups, by own right or lent. Pure. */
export function isAsked(groups: readonly string[], person: Decider, known: Known, now: number): boolean {
  return asWhom(groups, person, known, now).length > 0;
}

function asWhom(groups: readonly string[], person: Decider, known: Known, now: number): (string | null)[] {
  const { directory } = known;
  const asked = (one: Decider): boolean => groups.some((group) => inGroup(directory, group, one));
  const lenders = standsInFor(known, person.email, now);
  // Who holds no right any more lends none.
  const lent = lenders
    .filter(({ from, roles }) => roles.length > 0 && asked({ email: from, roles }))
    .map(({ from }) => from);
  return [...(asked(person) ? [null] : []), ...lent];
}

/**
 * Of what somebody held when they lent it or decided beforehand, what the settings give them still, by any address. In the sandbox,
 * where tokens alone carry roles, all of it. Pure.
 */
export function stillHeld(
  env: Pick<PeopleEnv, 'ENVIRONMENT' | 'PEOPLE'>,
  directory: Directory,
  { email, roles }: Decider,
): readonly Role[] {
  if (env.ENVIRONMENT === 'sandbox') return roles;
  const now = rolesBySettings(env, addressesOf(directory, email));
  return roles.filter((role) => now.includes(role));
}

/** All addresses of the person behind one, as far as the directory knows; in lower case. Pure. */
export function addressesOf(directory: Directory, email: string): string[] {
  const known = directory.people.find(({ identities }) =>
    identities.some((one) => samePersonIn(directory, one, email)),
  );
  const all = [email, ...(known?.identities ?? [])];
  return [...new Set(all.map((one) => one.trim().toLowerCase()))];
}

/** What is lent to somebody right now. Nobody lends to themselves under another address. Pure. */
export function standsInFor({ directory, delegations }: Known, email: string, now: number): Delegation[] {
  return delegations.filter(
    ({ from, to, since, until, endedAt }) =>
      endedAt === null &&
      samePersonIn(directory, to, email) &&
      !samePersonIn(directory, from, email) &&
      // A time that cannot be read is no time at which anything is lent.
      Date.parse(since) <= now &&
      now < Date.parse(until),
  );
}

/** The people behind a decision or an edit: who gave it, and for whom. Pure. */
export function peopleOf(
  directory: Directory,
  { by, onBehalfOf }: { by: string; onBehalfOf: string | null },
): string[] {
  return [by, ...(onBehalfOf === null ? [] : [onBehalfOf])].map((email) => identityOf(directory, email));
}
