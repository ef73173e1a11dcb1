import { sensitivities } from '../contract.ts';
import type { Governance } from '../governance.ts';
import type { Rights } from '../rights.ts';
import type { SharedLimits } from '../shared-limits.ts';
import { budgetWidenings, isNoWeaker, limitWidenings, rate, type Rate } from './bounds.ts';
import { at, changed, otherKeys, own } from './words.ts';

const nothingShared: SharedLimits = { workflows: {}, vendors: {} };

/** What more the agents may do together, one line each. A workflow that no agent is left in bounds nobody. */
export function sharedWidenings(
  was: SharedLimits = nothingShared,
  is: SharedLimits = nothingShared,
  { manifests }: Governance,
): string[] {
  const peopled = new Set(Object.values(manifests).map(({ workflow }) => workflow));
  const workflows = Object.entries(was.workflows).filter(([name]) => peopled.has(name));
  return [
    ...workflows.flatMap(([name, before]) => {
      const now = own(is.workflows, name) ?? { limits: [], budgets: [] };
      // What its agents are granted is not looked at: a limit of an action counts as long as it has agents.
      const lines = [
        ...limitWidenings(before.limits, now.limits, () => true),
        ...budgetWidenings(before.budgets, now.budgets, () => true),
        ...otherKeys('', before, now, ['limits', 'budgets']),
      ];
      return lines.map((line) => `workflow ${name} ${line}`);
    }),
    ...Object.entries(was.vendors).flatMap(([tool, quota]) =>
      quotaWidening(tool, quota, own(is.vendors, tool)),
    ),
    ...otherKeys('shared limits', was, is, ['workflows', 'vendors']),
  ];
}

function quotaWidening(tool: string, was: Rate, is: Rate | undefined): string[] {
  if (!is) return [`quota of ${tool} (${rate(was)}) removed`];
  return isNoWeaker(is, was) ? [] : [`quota of ${tool} raised from ${rate(was)} to ${rate(is)}`];
}

/**
 * Who may decide: any change counts, a right taken away too, since what is left to fewer people is easier for one of
 * them to bend. Of what nobody may grant, more is narrower.
 */
export function rightsWidenings(was: Rights | undefined, is: Rights | undefined): string[] {
  if (!was || !is)
    return was === is ? [] : [`decision rights ${is ? 'written down' : 'removed'}: treated as widening`];
  const decisions = Object.keys({ ...was.decisions, ...is.decisions }).flatMap((name) =>
    changed(`right to ${name}`, at(was.decisions, name), at(is.decisions, name)),
  );
  const [before, now] = [was.barred, is.barred];
  return [
    ...decisions,
    ...before.actions.filter((one) => !now.actions.includes(one)).map((one) => `${one} is no longer barred`),
    ...before.groups
      .filter((one) => !now.groups.includes(one))
      .map((one) => `the group ${one} is no longer barred`),
    ...(sensitivities.indexOf(now.above) > sensitivities.indexOf(before.above)
      ? [`data above ${before.above} is no longer barred, only above ${now.above}`]
      : []),
    ...otherKeys('barred', before, now, ['actions', 'groups', 'above']),
    ...otherKeys('rights', was, is, ['decisions', 'barred']),
  ];
}
