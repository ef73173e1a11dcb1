import type { Directory } from '../../shared/directory.ts';
import { decisionsInForce, type Approval, type DecisionRecord, type ReasonCode } from '../../shared/rpc.ts';
import { peopleOf } from './eligible.ts';

/** Who approved what is in force and counts, in the order in which they did. Pure. */
export function approversOf(approval: Approval): string[] {
  return approval.decisions.filter((record) => counts(approval, record)).map(({ by }) => by);
}

/** The code of the decision that ended it: the rejection if there is one, else the last approval of what is in force. */
export function reasonOf(approval: Approval): ReasonCode | null {
  const inForce = decisionsInForce(approval);
  return (inForce.find(({ decision }) => decision === 'reject') ?? inForce.at(-1))?.reason ?? null;
}

/** A request that names no number still needs one person. */
export function peopleNeeded({ needs }: Pick<Approval, 'needs'>): number {
  return Math.max(1, needs);
}

/** Who edited the call so far, and whom they stood in for. Pure. */
export function editorsOf({ edits }: Approval, directory: Directory): Set<string> {
  return new Set(edits.flatMap((edit) => peopleOf(directory, edit)));
}

/** The state of a request that waited, with the decisions it has. Pure. */
export function statusAfter(approval: Approval, directory: Directory): Approval['status'] {
  const { decisions } = approval;
  if (decisions.some(({ decision }) => decision === 'reject')) return 'rejected';
  const approving = decisions.filter((record) => counts(approval, record));
  return distinct(approving.map((record) => peopleOf(directory, record))) >= peopleNeeded(approval)
    ? 'approved'
    : 'waiting';
}

/**
 * Whether a decision counts as an approval of what is in force: of this very digest, not by who edited it where two are needed, and
 * by hand where no pre-approval will do. Pure.
 */
export function counts(approval: Approval, record: DecisionRecord): boolean {
  if (record.decision !== 'approve' || record.digest !== approval.digest) return false;
  const two = peopleNeeded(approval) > 1;
  if (two && record.ofEditor) return false;
  if (record.preapproval === null) return true;
  return isNoStrangers(approval) && !(two && approval.irreversible);
}

/**
 * Whether no argument is known to be in what strangers may have written. Told of none, nobody could look them up, and then it is
 * not known of any. Pure.
 */
export function isNoStrangers({ provenance }: Pick<Approval, 'provenance'>): boolean {
  return provenance.length > 0 && !provenance.some(({ level }) => level === 'untrusted');
}

/** How many people at the least stand behind some decisions: those that share one count once. */
function distinct(decisions: readonly string[][]): number {
  const groups: Set<string>[] = [];
  for (const people of decisions) {
    const touching = groups.filter((group) => people.some((one) => group.has(one)));
    const merged = new Set([...people, ...touching.flatMap((group) => [...group])]);
    for (const group of touching) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
  }
  return groups.length;
}
