import { covers, type Target } from '../../flags/targets.ts';
import type { Approval, MoreNeeded } from '../../shared/rpc.ts';
import { approversOf } from './counting.ts';

/**
 * The request after a stop of `target` that began at `epoch`: approved and not taken is void when the stop covers it and
 * came after the approval. What waits, waits on. A late or repeated word of an older stop changes nothing newer. Pure.
 */
export function voidedBy(approval: Approval, target: Target, epoch: number): Approval {
  const { status, approvedUnder, agent, workflow, tool, action } = approval;
  if (status !== 'approved' || !covers(target, { agent, workflow, tool, action })) return approval;
  // Approved before epochs were kept: not known to be newer, so it is not.
  if ((approvedUnder ?? -1) >= epoch) return approval;
  return { ...approval, status: 'void', stoppedBy: target };
}

/**
 * The request at a time: from its deadline on, what nobody decided has expired, and so has what was approved and never
 * taken. A person's yes was to a call of then, not of whenever the guard comes back. Pure.
 */
export function expire(approval: Approval, now: number): Approval {
  // Negated, so that a deadline that is no time has passed.
  const overdue = !(now < Date.parse(approval.deadline));
  return isOpen(approval) && overdue ? { ...approval, status: 'expired' } : approval;
}

/** Whether anything may still become of it. */
export function isOpen({ status }: Pick<Approval, 'status'>): boolean {
  return status === 'waiting' || status === 'approved';
}

/** The state after a guard took the decision, and what the guard is told. */
export interface Take {
  approval: Approval;
  told: Approval['status'];
}

/**
 * Takes the decision for the call with one of these digests. Approved is told once, and then it is used; a guard that lost the
 * answer asks again and is told `used`. Another digest is another call: the approval was not given for it, so it is
 * void from then on, and what is used already is not told to that call either. Pure.
 */
export function take(approval: Approval, digests: readonly string[], now: number): Take {
  const current = expire(approval, now);
  if (!digests.includes(current.digest)) return takeOther(current);
  if (current.status !== 'approved') return { approval: current, told: current.status };
  return { approval: { ...current, status: 'used' }, told: 'approved' };
}

function takeOther(approval: Approval): Take {
  if (isOpen(approval)) return { approval: { ...approval, status: 'void' }, told: 'void' };
  // For a guard, `used` grants its call.
  return { approval, told: approval.status === 'used' ? 'void' : approval.status };
}

/**
 * The request after its guard found that a stop came after the approval it had taken, and ran nothing: it was not used.
 * Only for the digest that it was given for. Pure.
 */
export function untaken(approval: Approval, digest: string, stoppedBy: Target | null): Approval {
  if (approval.status !== 'used' || approval.digest !== digest) return approval;
  return { ...approval, status: 'void', stoppedBy };
}

/**
 * The request after its guard found that policy now asks for more people than have approved: it waits on, its decisions kept.
 * Only for the digest that was taken, and never past its deadline. Pure.
 */
export function reopen(approval: Approval, digest: string, more: MoreNeeded, now: number): Approval {
  if (approval.status !== 'used' || approval.digest !== digest) return approval;
  const { needs, policies, policyVersion } = more;
  const waiting: Approval = {
    ...approval,
    needs,
    policies,
    policyVersion,
    status: 'waiting',
    approvedUnder: null,
  };
  const current = expire(waiting, now);
  // Enough people approved it meanwhile, so nothing has to wait.
  return current.status === 'waiting' && approversOf(waiting).length >= needs ? approval : current;
}

/** As people see them: what waits for them first, most urgent first; then the newest. */
export function inOrder(a: Approval, b: Approval): number {
  const waits = Number(b.status === 'waiting') - Number(a.status === 'waiting');
  if (waits !== 0) return waits;
  const urgency = a.status === 'waiting' ? Date.parse(a.deadline) - Date.parse(b.deadline) : 0;
  // Ids of approvals sort by time. A deadline that is no time says nothing about urgency.
  return urgency || (a.id < b.id ? 1 : -1);
}

/** Milliseconds before the next attempt after so many that failed: doubling, from a quarter second to 15 s. */
export function pauseAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(15_000, 250 * 2 ** (failures - 1));
}
