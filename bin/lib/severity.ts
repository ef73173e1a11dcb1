import { sensitivities, type Group, type KnownAction } from '../../shared/contract.ts';

/** How bad it is when an action is wrong, from its contract alone: mode, groups, sensitivity, and whether there is a way back. */
export interface Severity {
  id: 'look' | 'look-personal' | 'change' | 'change-personal' | 'reach' | 'authority';
  name: string;
  /** Why these actions stand together. */
  reason: string;
  covers: (action: KnownAction) => boolean;
}

const confidential = sensitivities.indexOf('confidential');

/** Worst first: an action is of the first class that covers it. The last one covers what is left. */
const worstFirst: readonly Severity[] = [
  {
    id: 'authority',
    name: 'Cannot be taken back',
    reason: 'Deletes, refunds, exports and permissions: what is gone, paid, copied or allowed stays so.',
    covers: ofGroups('delete', 'refund', 'export', 'permission'),
  },
  {
    id: 'reach',
    name: 'Reaches the public or spends',
    reason:
      'Publishing, sending, budgets and audiences: strangers see it or money moves, before anybody can look.',
    covers: ofGroups('publish', 'send', 'budget', 'segment', 'suppress'),
  },
  {
    id: 'change-personal',
    name: 'Changes data of people',
    reason: 'Writes what is confidential or syncs personal data: a mistake is one about somebody.',
    covers: (action) =>
      action.mode === 'execute' && (ofGroups('personal-data-sync')(action) || isConfidential(action)),
  },
  {
    id: 'change',
    name: 'Changes something inside',
    reason: 'Routes, notifies and writes company records: colleagues see it, and most of it can be undone.',
    covers: (action) => action.mode === 'execute',
  },
  {
    id: 'look-personal',
    name: 'Reads data of people',
    reason: 'Changes nothing, but what was read is known: confidential data and above.',
    covers: isConfidential,
  },
  {
    id: 'look',
    name: 'Reads what is internal',
    reason: 'Changes nothing and tells little.',
    covers: () => true,
  },
];

/** All classes, mildest first. */
export const severities: readonly Severity[] = worstFirst.toReversed();

/** The class of an action. */
export function severityOf(action: KnownAction): Severity['id'] {
  return worstFirst.find(({ covers }) => covers(action))?.id ?? 'authority';
}

function ofGroups(...groups: readonly Group[]): (action: KnownAction) => boolean {
  return (action) => action.groups.some((group) => groups.includes(group));
}

function isConfidential({ sensitivity }: KnownAction): boolean {
  return sensitivities.indexOf(sensitivity) >= confidential;
}
