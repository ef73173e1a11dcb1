import { covers, type Target } from '../../flags/targets.ts';
import { samePerson } from '../../shared/people.ts';
import type { Approval, Covering, MoreNeeded, ReasonCode } from '../../shared/rpc.ts';

/** What one person says to one request. */
export interface Decision {
  /** Mail address, in lower case. */
  by: string;
  decision: 'approve' | 'reject';
  reason: ReasonCode;
  note: string;
  /** SHA-256 of the credential. */
  credential: string;
}

/** Why a decision does not count. */
export type Refusal =
  /** Decided, used, expired or void by now. */
  | { why: 'over'; status: Exclude<Approval['status'], 'waiting'> }
  /** The agent acts for this very person. */
  | { why: 'own-request' }
  | { why: 'decided-before' }
  /** Stopped now: an approval would be void at once, and whoever gave it would be misled. */
  | { why: 'stopped'; by: Target[] };

export type Decided = { ok: true; approval: Approval } | { ok: false; refusal: Refusal };

/**
 * Counts one person's decision. One rejection ends the request; `needs` approvals by as many people grant it. Nobody
 * decides on what an agent does for them, nor twice. Nothing counts at the deadline or after, and no approval while the
 * call is stopped; `standing` is null when that was not asked, and then nothing can be approved. Pure.
 */
export function decide(
  approval: Approval,
  decision: Decision,
  standing: Covering | null,
  now: number,
): Decided {
  const { status, user, decisions, needs } = expire(approval, now);
  if (status !== 'waiting') return { ok: false, refusal: { why: 'over', status } };
  if (user !== null && samePerson(user, decision.by)) return { ok: false, refusal: { why: 'own-request' } };
  if (decisions.some((other) => samePerson(other.by, decision.by))) {
    return { ok: false, refusal: { why: 'decided-before' } };
  }
  if (decision.decision === 'approve') {
    if (!standing) throw new Error('an approval was counted without a look at the stops: ask control first');
    if (standing.stoppedBy.length > 0)
      return { ok: false, refusal: { why: 'stopped', by: standing.stoppedBy } };
  }
  const record = { ...decision, at: new Date(now).toISOString(), digest: approval.digest };
  const all = [...decisions, { ...record, onBehalfOf: null, preapproval: null }];
  const after = statusAfter(all, needs);
  const approvedUnder = after === 'approved' ? (standing?.epoch ?? null) : null;
  return { ok: true, approval: { ...approval, decisions: all, status: after, approvedUnder } };
}

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

function statusAfter(decisions: Approval['decisions'], needs: number): Approval['status'] {
  if (decisions.some(({ decision }) => decision === 'reject')) return 'rejected';
  // A request that names no number still needs one person.
  return decisions.length >= Math.max(1, needs) ? 'approved' : 'waiting';
}

/**
 * The request at a time: from its deadline on, what nobody decided has expired, and so has what was approved and never
 * taken. A person's yes was to a call of then, not of whenever the guard comes back.
 */
export function expire(approval: Approval, now: number): Approval {
  // Negated, so that a deadline that is no time has passed.
  const overdue = !(now < Date.parse(approval.deadline));
  return isOpen(approval) && overdue ? { ...approval, status: 'expired' } : approval;
}

/** Whether anything may still become of it. */
export function isOpen({ status }: Approval): boolean {
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
 * void from then on, and what is used already is not told to that call either.
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
  const waiting: Approval = { ...approval, ...more, status: 'waiting', approvedUnder: null };
  const current = expire(waiting, now);
  // Enough people approved it meanwhile, so nothing has to wait.
  return current.status === 'waiting' && approversOf(approval).length >= more.needs ? approval : current;
}

/** Who approved, in the order in which they did. */
export function approversOf(approval: Approval): string[] {
  return approval.decisions.filter(({ decision }) => decision === 'approve').map(({ by }) => by);
}

/** The code of the decision that ended it: the rejection if there is one, else the last approval. */
export function reasonOf({ decisions }: Approval): ReasonCode | null {
  return (decisions.find(({ decision }) => decision === 'reject') ?? decisions.at(-1))?.reason ?? null;
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
