import { z } from 'zod';
import { groups, sensitivities, type KnownAction } from './contract.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestFault } from './manifest-check.ts';
import { samePerson, type Person } from './people.ts';
import type { Touched } from './touches.ts';

/** What of governance somebody may decide. A change of a policy set needs each right that it touches. */
export const decisions = [
  'create-agent',
  'connect-source',
  'connect-site',
  'widen',
  'change-rights',
] as const;
export type Decision = (typeof decisions)[number];

/** Each decision in words, as in "the right to …". */
export const decisionWords: Record<Decision, string> = {
  'create-agent': 'create an agent',
  'connect-source': 'connect a tool to an agent',
  'connect-site': 'connect a site',
  widen: 'widen what agents may do',
  'change-rights': 'change decision rights and acceptable use',
};

/** A role of `people.ts`, or the mail address of one person. */
const holder = z.union([
  z.enum(['operator', 'approver', 'incident-commander', 'owner', 'auditor']),
  z.email(),
]);
const right = z.strictObject({
  by: z.array(holder).min(1).describe('Who may ask for it: roles, or mail addresses of single people.'),
  approve: z.array(holder).min(1).describe('Who may put in force what somebody else asked for.'),
});

/** Decision rights and acceptable use: `governance/rights.yaml`. */
export const rightsSchema = z.strictObject({
  decisions: z.record(z.enum(decisions), right).describe('Who may decide what of governance.'),
  barred: z
    .strictObject({
      actions: z
        .array(z.string().regex(/^[a-z]+(\.[a-z]+){2}$/))
        .default([])
        .describe('Actions that no manifest may grant.'),
      groups: z
        .array(z.enum(groups))
        .default([])
        .describe('Groups of which no manifest may grant an action.'),
      above: z
        .enum(sensitivities)
        .default('restricted')
        .describe('The sensitivity that no agent’s ceiling exceeds.'),
    })
    .prefault({})
    .describe('What no manifest may grant, whoever signs.'),
});

export type Rights = z.infer<typeof rightsSchema>;

type Right = Rights['decisions'][Decision];
type Side = keyof Right;
type Who = Pick<Person, 'email' | 'roles'>;

/** Without `governance/rights.yaml` owners ask, and owners and incident commanders approve. */
const byDefault: Right = { by: ['owner'], approve: ['owner', 'incident-commander'] };

/** Who may approve what a change touches. */
export function approversOf(
  rights: Rights | undefined,
  touched: readonly Touched[],
): { decision: Decision; holders: string[] }[] {
  return touched.map(({ decision }) => ({ decision, holders: [...rightOf(rights, decision).approve] }));
}

function rightOf(rights: Rights | undefined, decision: Decision): Right {
  return rights?.decisions[decision] ?? byDefault;
}

/** Whether a person asks for, or approves, anything of governance at all: the door before the rules. */
export function holdsAnyRight(who: Who, rights: Rights | undefined, side: Side): boolean {
  return (
    (side === 'by' && who.roles.includes('owner')) ||
    decisions.some((decision) => holds(who, rightOf(rights, decision)[side]))
  );
}

/** All who ask for, or approve, anything of governance, as roles and mail addresses. */
export function holdersOf(rights: Rights | undefined, side: Side): string[] {
  const named = decisions.flatMap((decision) => rightOf(rights, decision)[side]);
  return [...new Set([...(side === 'by' ? ['owner'] : []), ...named])];
}

/**
 * The rights that somebody lacks to ask for a change (`by`) or to approve it (`approve`), one line each, with what of the
 * change needs it and who holds it; none: he may. `rights` are those in force before the change: nobody gives himself one.
 * Who may ask for anything may narrow. Pure.
 */
export function lackedRights(
  who: Who,
  rights: Rights | undefined,
  touched: readonly Touched[],
  side: Side,
): string[] {
  return touched.flatMap(({ decision, what }) => {
    const right = rightOf(rights, decision)[side];
    if (holds(who, right)) return [];
    const does = side === 'by' ? 'asking for it' : 'approving it';
    return [`${what.join('; ')}: ${does} is the right to ${decisionWords[decision]} of ${right.join(', ')}`];
  });
}

function holds({ email, roles }: Who, right: readonly string[]): boolean {
  return right.some((holder) =>
    holder.includes('@') ? samePerson(holder, email) : roles.some((role) => role === holder),
  );
}

/** What would lock everybody out, in words; none: the rights hold together. Pure. */
export function rightsFaults(rights: Rights | undefined): string[] {
  const sides: Side[] = ['by', 'approve'];
  return sides.flatMap((side) => {
    const right = rightOf(rights, 'change-rights')[side];
    if (right.some((holder) => !holder.includes('@'))) return [];
    return [
      `change-rights.${side} names persons only: add a role, or nobody can change it once they have left`,
    ];
  });
}

/** What a manifest grants though acceptable use bars it, whoever signs. Pure. */
export function barredFaults(
  { grants, sensitivity }: Manifest,
  rights: Rights | undefined,
  catalogue: ReadonlyMap<string, KnownAction>,
): ManifestFault[] {
  if (!rights) return [];
  const { actions, groups, above } = rights.barred;
  const barred = grants.flatMap(({ action }, index) => {
    const group = catalogue.get(action)?.groups.find((name) => groups.includes(name));
    const why = actions.includes(action) ? action : group && `${action} (group ${group})`;
    if (!why) return [];
    const detail = `${why} is barred for every agent by governance/rights.yaml: take the grant away`;
    return [{ path: ['grants', index, 'action'], detail }];
  });
  if (sensitivities.indexOf(sensitivity) <= sensitivities.indexOf(above)) return barred;
  const detail = `${sensitivity} is above ${above}, which governance/rights.yaml bars for every agent: lower it`;
  return [...barred, { path: ['sensitivity'], detail }];
}
