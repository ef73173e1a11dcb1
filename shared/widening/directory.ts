import { emptyDirectory, type Directory } from '../directory.ts';
import { at, changed, otherKeys, own } from './words.ts';

type Group = Directory['groups'][string];

/**
 * Who may decide more than before, or as more people, and who is told elsewhere, one line each. Fewer members and fewer Slack
 * names decide less; any other change counts: of two addresses taken apart each would count by itself.
 */
export function directoryWidenings(
  was: Directory = emptyDirectory,
  is: Directory = emptyDirectory,
): string[] {
  return [
    ...peopleWidenings(was, is),
    ...Object.entries(is.groups).flatMap(([name, group]) =>
      groupWidenings(`group ${name}`, own(was.groups, name), group),
    ),
    ...Object.keys(was.groups)
      .filter((name) => !Object.hasOwn(is.groups, name))
      .map((name) => `group ${name} removed: whoever may decide at all may decide for it`),
    ...otherKeys('people', was, is, ['people', 'groups']),
  ];
}

function peopleWidenings({ people: was }: Directory, { people: is }: Directory): string[] {
  const known = new Set(was.map(({ identities }) => key(identities)));
  const now = new Set(is.map(({ identities }) => key(identities)));
  const slack = new Map(was.map((person) => [key(person.identities), person.slack]));
  return [
    ...is
      .filter(({ identities }) => !known.has(key(identities)))
      .map(({ name, identities }) => `${name} is known by ${identities.join(', ')}`),
    ...was
      .filter(({ identities }) => !now.has(key(identities)) && identities.length > 1)
      .map(({ name, identities }) => `${name} is no longer one person by ${identities.join(', ')}`),
    ...is
      .filter((person) => person.slack !== undefined && slack.get(key(person.identities)) !== person.slack)
      .map(({ name, slack: member }) => `${name} may decide in Slack as ${String(member)}`),
  ];
}

function key(identities: readonly string[]): string {
  return identities
    .map((one) => one.toLowerCase())
    .toSorted()
    .join(' ');
}

function groupWidenings(name: string, was: Group | undefined, is: Group): string[] {
  const before = was?.members ?? [];
  const come = is.members.filter((member) => !before.includes(member));
  return [
    ...come.map((member) => `${member} may decide for ${name}`),
    ...(['slack', 'webhook', 'mail'] as const).flatMap((channel) =>
      changed(`where ${name} is told by ${channel}`, told(was, channel), told(is, channel)),
    ),
    ...(was ? otherKeys(name, was, is, ['members', 'slack', 'webhook', 'mail']) : []),
  ];
}

/** Nowhere is nowhere, however it is written. */
function told(group: Group | undefined, channel: string): unknown {
  const address = group && at(group, channel);
  return Array.isArray(address) && address.length === 0 ? undefined : address;
}
