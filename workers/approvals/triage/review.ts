import { samePersonIn, type Directory } from '../../../shared/directory.ts';
import type { Handoff } from '../../../shared/handoffs.ts';
import type { Person } from '../../../shared/people.ts';
import type { Review, verdicts } from '../../../shared/reviews.ts';
import { respondBy } from './triage.ts';

/** What a reviewer says of a call that ran. */
export interface Verdict {
  verdict: (typeof verdicts)[number];
  note: string;
}

export type ReviewRefusal =
  /** Reviewed already, with another verdict. */
  | { why: 'done'; by: string }
  /** They approved this very call. */
  | { why: 'own-approval' }
  /** What went wrong has to be said. */
  | { why: 'no-words' };

export type Reviewed = { ok: true; review: Review } | { ok: false; refusal: ReviewRefusal };

/**
 * The review after a person's verdict. Nobody reviews what they approved, under whatever address; the first verdict counts, and
 * the same one again changes nothing. Pure.
 */
export function record(
  review: Review,
  { verdict, note }: Verdict,
  { email }: Pick<Person, 'email'>,
  directory: Directory,
  now: number,
): Reviewed {
  if (review.approvers.some((approver) => samePersonIn(directory, approver, email)))
    return { ok: false, refusal: { why: 'own-approval' } };
  if (review.state === 'done') return again(review, verdict, email, directory);
  if (verdict !== 'fine' && note.trim() === '') return { ok: false, refusal: { why: 'no-words' } };
  const doneAt = new Date(now).toISOString();
  return {
    ok: true,
    review: { ...review, state: 'done', verdict, note: note.trim(), by: email, doneAt },
  };
}

function again(review: Review, verdict: Verdict['verdict'], email: string, directory: Directory): Reviewed {
  const by = review.by ?? '';
  const same = samePersonIn(directory, by, email) && review.verdict === verdict;
  return same ? { ok: true, review } : { ok: false, refusal: { why: 'done', by } };
}

/** What a case of misbehaviour is opened from: somebody found a call that the agent should not have made. */
export interface Misbehaviour {
  /** Of the case. */
  id: string;
  call: string;
  agent: string;
  tool: string;
  action: string;
  /** Masked. */
  reason: string;
  by: string;
  terms: Review['terms'];
}

/** The case of a call that should not have been made: for the owners of its agent, half of the time to respond. Pure. */
export function misbehaviour(found: Misbehaviour, now: number): Handoff {
  const { id, call, agent, tool, action, reason, by, terms } = found;
  const { workflow, group, escalation, owners, contact, respondSeconds } = terms;
  return {
    ...unanswered,
    id,
    kind: 'misbehaviour',
    agent,
    workflow,
    about: { tool, record: call },
    summary: reason,
    tried: [action],
    options: [],
    calls: [call],
    urgent: true,
    session: null,
    reportedBy: by,
    group,
    escalation,
    addressees: owners,
    contact,
    at: new Date(now).toISOString(),
    respondBy: respondBy(now, respondSeconds, true),
  };
}

/** A case that nobody has answered yet. */
const unanswered = {
  times: 1,
  state: 'open',
  escalated: 0,
  reminded: 0,
  owner: null,
  takenAt: null,
  resolvedAt: null,
  resolution: null,
} as const;
