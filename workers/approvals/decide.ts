import type { Target } from '../../flags/targets.ts';
import type { Directory } from '../../shared/directory.ts';
import type { Approval, Covering, DecisionRecord, ReasonCode } from '../../shared/rpc.ts';
import { counts, editorsOf, peopleNeeded, statusAfter } from './counting.ts';
import { peopleOf, rightTo, type Decider, type Known, type NoRight } from './eligible.ts';
import { expire } from './states.ts';

/** What one person says to one request. */
export interface Decision extends Decider {
  decision: 'approve' | 'reject';
  reason: ReasonCode;
  note: string;
  /** What they were shown; null: not said, which will do as long as nobody edited it. */
  digest: string | null;
  /** SHA-256 of the credential. */
  credential: string;
  /** The pre-approval by which it is given; null: by hand. */
  preapproval: string | null;
}

/** Why a decision does not count. */
export type Refusal =
  | NoRight
  /** Decided, used, expired or void by now. */
  | { why: 'over'; status: Exclude<Approval['status'], 'waiting'> }
  /** It was edited since they looked, or they do not say what they looked at. */
  | { why: 'changed'; revision: number }
  | { why: 'decided-before' }
  /** They edited it, and two are needed. */
  | { why: 'own-edit' }
  /** Stopped now: an approval would be void at once, and whoever gave it would be misled. */
  | { why: 'stopped'; by: Target[] }
  /** A pre-approval does not do for such a call. */
  | { why: 'by-hand-only' };

export type Decided = { ok: true; approval: Approval } | { ok: false; refusal: Refusal };

/** As whom somebody's decision would count, or why not. */
export type Standing = { ok: true; onBehalfOf: string | null } | { ok: false; refusal: Refusal };

/**
 * Counts one person's decision. One rejection ends the request; `needs` approvals of what is in force, by as many people, grant it.
 * Nothing counts at the deadline or after, and no approval while the call is stopped; `stops` is null when that was not asked, and
 * then nothing can be approved. Pure.
 */
export function decide(
  approval: Approval,
  decision: Decision,
  known: Known,
  stops: Covering | null,
  now: number,
): Decided {
  const may = mayDecide(approval, decision, known, now);
  if (!may.ok) return may;
  if (decision.decision === 'approve') {
    if (!stops) throw new Error('an approval was counted without a look at the stops: ask control first');
    if (stops.stoppedBy.length > 0) return { ok: false, refusal: { why: 'stopped', by: stops.stoppedBy } };
  }
  const { directory } = known;
  const record = recordOf(approval, decision, may.onBehalfOf, directory, now);
  const after = { ...approval, decisions: [...approval.decisions, record] };
  if (decision.preapproval !== null && !counts(after, record))
    return { ok: false, refusal: { why: 'by-hand-only' } };
  const status = statusAfter(after, directory);
  const approvedUnder = status === 'approved' ? (stops?.epoch ?? null) : null;
  return { ok: true, approval: { ...after, status, approvedUnder } };
}

/** Whether a decision of this person would count now, stops aside. Pure. */
export function mayDecide(
  approval: Approval,
  decision: Pick<Decision, 'email' | 'roles' | 'decision' | 'digest'>,
  known: Known,
  now: number,
): Standing {
  const open = mayLook(approval, decision, decision.digest, known, now);
  if (!open.ok) return open;
  const { directory } = known;
  // What does not count any more, such as a pre-approval since more people are needed, keeps nobody from deciding by hand.
  const counting = approval.decisions.filter((record) => counts(approval, record));
  const taken = new Set(counting.flatMap((record) => peopleOf(directory, record)));
  const free = open.as.filter((from) => !behind(directory, decision, from).some((one) => taken.has(one)));
  if (free.length === 0) return { ok: false, refusal: { why: 'decided-before' } };
  const two = decision.decision === 'approve' && peopleNeeded(approval) > 1;
  const barred = two ? editorsOf(approval, directory) : new Set();
  const [first] = free.filter((from) => !behind(directory, decision, from).some((one) => barred.has(one)));
  return first === undefined ? { ok: false, refusal: { why: 'own-edit' } } : { ok: true, onBehalfOf: first };
}

/**
 * Whether somebody may edit a request, or look at what is masked in it: it waits, they have the right to decide on it, and they say
 * what they were shown. Pure.
 */
export function mayLook(
  approval: Approval,
  person: Decider,
  digest: string | null,
  known: Known,
  now: number,
): { ok: true; as: (string | null)[] } | { ok: false; refusal: Refusal } {
  const { status } = expire(approval, now);
  if (status !== 'waiting') return { ok: false, refusal: { why: 'over', status } };
  const right = rightTo(approval, person, known, now);
  if (!right.ok) return right;
  const { revision } = approval;
  const shown = digest ?? (revision === 0 ? approval.digest : null);
  return shown === approval.digest ? right : { ok: false, refusal: { why: 'changed', revision } };
}

function behind(directory: Directory, { email }: Pick<Decider, 'email'>, from: string | null): string[] {
  return peopleOf(directory, { by: email, onBehalfOf: from });
}

function recordOf(
  approval: Approval,
  { email, decision, reason, note, credential, preapproval }: Decision,
  onBehalfOf: string | null,
  directory: Directory,
  now: number,
): DecisionRecord {
  const editors = editorsOf(approval, directory);
  return {
    by: email,
    onBehalfOf,
    decision,
    reason,
    note,
    at: new Date(now).toISOString(),
    digest: approval.digest,
    credential,
    preapproval,
    ofEditor: behind(directory, { email }, onBehalfOf).some((one) => editors.has(one)),
  };
}
