import { z } from 'zod';
import { slug } from './manifest.ts';
import { roles, type Person, type Role } from './people.ts';

const holder = z.union([z.enum(roles), z.email()]);

/** Who is who, and who is asked: `governance/people.yaml`. */
export const directorySchema = z.strictObject({
  people: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100).describe('What people call them.'),
        identities: z
          .array(z.email())
          .min(1)
          .describe('All mail addresses of this one person: decisions under two of them count once.'),
        slack: z
          .string()
          .regex(/^[UW][A-Z0-9]{4,20}$/)
          .optional()
          .describe('Member id in Slack. Without it a person decides elsewhere.'),
      }),
    )
    .default([])
    .describe('People whose sign-ins or Slack names must be known to be one person.'),
  groups: z
    .record(
      slug,
      z.strictObject({
        members: z.array(holder).min(1).describe('Roles, or mail addresses of single people.'),
        slack: z
          .string()
          .regex(/^[CG][A-Z0-9]{4,20}$/)
          .optional()
          .describe('Slack channel that is told of what waits for the group.'),
        webhook: z.url().optional().describe('Address that is told by a signed request.'),
        mail: z.array(z.email()).default([]).describe('Addresses that are told by mail.'),
      }),
    )
    .default({})
    .describe('Groups that manifests name under `approvals`. A group of this name may decide.'),
});
export type Directory = z.infer<typeof directorySchema>;

/** That of a policy set without `governance/people.yaml`. */
export const emptyDirectory: Directory = { people: [], groups: {} };

/** Without `governance/people.yaml`: whoever holds one of these roles decides, in whatever group. */
const byDefault: readonly Role[] = ['approver', 'owner'];

/** A name for the person behind a mail address: the same for each of their identities. Pure. */
export function identityOf(directory: Directory, email: string): string {
  const address = email.trim().toLowerCase();
  const known = directory.people.find(({ identities }) =>
    identities.some((identity) => identity.toLowerCase() === address),
  );
  return known?.identities[0]?.toLowerCase() ?? address;
}

/** Whether two mail addresses are one person's, as far as the directory knows. Pure. */
export function samePersonIn(directory: Directory, a: string, b: string): boolean {
  return identityOf(directory, a) === identityOf(directory, b);
}

/**
 * Whether somebody belongs to a group by role or by any of their addresses. A group that the directory does not know is
 * everybody who may decide at all. Pure.
 */
export function inGroup(
  directory: Directory,
  group: string,
  { email, roles: held }: Pick<Person, 'email' | 'roles'>,
): boolean {
  const members = Object.hasOwn(directory.groups, group) ? directory.groups[group]?.members : undefined;
  return (members ?? byDefault).some((member) =>
    member.includes('@') ? samePersonIn(directory, member, email) : held.some((role) => role === member),
  );
}
