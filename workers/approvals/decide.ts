import type { Approval, ReasonCode } from '../../shared/rpc.ts';

/** What one person says to one request. */
export interface Decision {
  /** Mail address, in lower case. */
  by: string;
  decision: 'approve' | 'reject';
  reason: ReasonCode;
  note: string;
}

/** Why a decision does not count. */
export type Refusal =
  /** Decided, used, expired or void by now. */
  | { why: 'over'; status: Exclude<Approval['status'], 'waiting'> }
  /** The agent acts for this very person. */
  | { why: 'own-request' }
  | { why: 'decided-before' };

export type Decided = { ok: true; approval: Approval } | { ok: false; refusal: Refusal };

/**
 * Counts one person's decision. One rejection ends the request; `needs` approvals by as many people grant it. Nobody
 * decides on what an agent does for them, nor twice. Nothing counts at the deadline or after. Pure.
 */
export function decide(approval: Approval, decision: Decision, now: number): Decided {
  const { status, user, decisions, needs } = expire(approval, now);
  if (status !== 'waiting') return { ok: false, refusal: { why: 'over', status } };
  if (user !== null && same(user, decision.by)) return { ok: false, refusal: { why: 'own-request' } };
  if (decisions.some((other) => same(other.by, decision.by))) {
    return { ok: false, refusal: { why: 'decided-before' } };
  }
  const all = [...decisions, { ...decision, at: new Date(now).toISOString() }];
  return { ok: true, approval: { ...approval, decisions: all, status: statusAfter(all, needs) } };
}

function statusAfter(decisions: Approval['decisions'], needs: number): Approval['status'] {
  if (decisions.some(({ decision }) => decision === 'reject')) return 'rejected';
  // A request that names no number still needs one person.
  return decisions.length >= Math.max(1, needs) ? 'approved' : 'waiting';
}

/** The request at a time: still waiting at its deadline, it has expired. */
export function expire(approval: Approval, now: number): Approval {
  // Negated, so that a deadline that is no time has passed.
  const open = now < Date.parse(approval.deadline);
  return approval.status === 'waiting' && !open ? { ...approval, status: 'expired' } : approval;
}

/** The state after a guard took the decision, and what the guard is told. */
export interface Take {
  approval: Approval;
  told: Approval['status'];
}

/**
 * Takes the decision for the call with this digest. Approved is told once, and then it is used. Another digest is
 * another call: the approval was not given for it, and is void from then on.
 */
export function take(approval: Approval, digest: string, now: number): Take {
  const current = expire(approval, now);
  const open = current.status === 'waiting' || current.status === 'approved';
  if (open && current.digest !== digest) return { approval: { ...current, status: 'void' }, told: 'void' };
  if (current.status !== 'approved') return { approval: current, told: current.status };
  return { approval: { ...current, status: 'used' }, told: 'approved' };
}

/** Who approved, in the order in which they did. */
export function approversOf(approval: Approval): string[] {
  return approval.decisions.filter(({ decision }) => decision === 'approve').map(({ by }) => by);
}

/** The code of the decision that ended it: the rejection if there is one, else the last approval. */
export function reasonOf({ decisions }: Approval): ReasonCode | null {
  return (decisions.find(({ decision }) => decision === 'reject') ?? decisions.at(-1))?.reason ?? null;
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
