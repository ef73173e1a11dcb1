import { inGroup, samePersonIn, type Directory } from '../../../shared/directory.ts';
import { rolesBySettings, type PeopleEnv, type Role } from '../../../shared/people.ts';
import type { Approval } from '../../../shared/rpc.ts';
import { addressesOf, groupsAsked } from '../eligible.ts';
import { mayHaveButtons } from '../notice-of.ts';
import type { Card } from './cards.ts';

/** Why a button decides nothing. */
export type NoCard =
  | { why: 'forged' }
  | { why: 'expired' }
  | { why: 'stranger' }
  | { why: 'no-member'; groups: string[] }
  | { why: 'look-closer' };

/**
 * What whoever pressed may do at all, by any of their addresses: as the settings have it, since Slack knows no roles. In the sandbox,
 * where tokens alone carry roles, whoever is named in a group decides. Pure.
 */
export function rolesInSlack(
  env: Pick<PeopleEnv, 'ENVIRONMENT' | 'PEOPLE'>,
  directory: Directory,
  email: string,
): readonly Role[] {
  return env.ENVIRONMENT === 'sandbox' ? ['approver'] : rolesBySettings(env, addressesOf(directory, email));
}

/** The first address of whoever has this member id in Slack; null: nobody known. Pure. */
export function addressOf({ people }: Directory, member: string): string | null {
  return people.find(({ slack }) => slack === member)?.identities[0]?.toLowerCase() ?? null;
}

/** Why a card is not what it should be; null: it is ours, for this button, and in time. `now` in Unix ms. Pure. */
export function cardFault(card: Card | null, button: string, now: number): NoCard | null {
  if (!card || card.decision !== button) return { why: 'forged' };
  return now / 1000 < card.expires ? null : { why: 'expired' };
}

/**
 * Why somebody may not decide on a request from Slack; null: they may. Slack says who somebody is and not which roles they hold, so
 * only who is named by mail address in a group that is asked may; and only what a card may decide on still. Pure.
 */
export function slackFault(approval: Approval, email: string, directory: Directory): NoCard | null {
  const groups = groupsAsked(approval);
  const named = groups.some((group) => inGroup(directory, group, { email, roles: [] }));
  if (!named) return { why: 'no-member', groups };
  const { user } = approval;
  // Said by the rule for all decisions, too; nobody's card should get even that far for themselves.
  if (user !== null && samePersonIn(directory, user, email)) return { why: 'look-closer' };
  return mayHaveButtons(approval) ? null : { why: 'look-closer' };
}

/** What whoever pressed is told. Pure. */
export function wordsOf(fault: NoCard): string {
  switch (fault.why) {
    case 'forged':
      return 'This button was not made here, so nothing was decided. Decide in the console.';
    case 'expired':
      return 'The time for this is over, so nothing was decided.';
    case 'stranger':
      return 'Toolgate does not know who you are in Slack, so nothing was decided: decide in the console, or have your member id put into governance/people.yaml.';
    case 'no-member':
      return `This is asked of ${fault.groups.join(', ')}, and you are not named there by mail address, so nothing was decided: Slack knows no roles. Decide in the console.`;
    case 'look-closer':
      return 'This needs a closer look than a card gives, so nothing was decided: decide in the console.';
  }
}
