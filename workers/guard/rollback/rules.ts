/** Who may do what to a rollback, and when. Pure. */
import { identityOf, samePersonIn, type Directory } from '../../../shared/directory.ts';
import type { Person, Role } from '../../../shared/people.ts';
import type { Problem } from '../../../shared/problems.ts';
import type { RollbackStatus } from '../../../shared/rollback/view.ts';
import { mayOperate } from '../operators.ts';

export { mayOperate };
/** Whoever may have it done may approve what somebody else asked for, and so may those who approve agents' calls. */
export const mayApprove: readonly Role[] = [...mayOperate, 'approver'];

/** What the rules look at. */
export interface Standing {
  status: RollbackStatus;
  /** Of the plan in force; null: there is none. */
  digest: string | null;
  needs: 0 | 1 | 2;
  /** Mail addresses: who asked for it, and who had calls forced. They wrote the plan. */
  authors: readonly string[];
  /** Of exactly this plan. */
  approvers: readonly string[];
  /** A person has ended it for good; it only waits for what is under way. */
  ending: boolean;
}

/** Why this person, by whatever address, cannot approve it; null: may. */
export function approvalFault(
  { email }: Person,
  digest: string,
  at: Standing,
  directory: Directory,
): Problem | null {
  if (at.status !== 'planned') return conflict(`It is ${at.status}: only a plan that waits can be approved.`);
  if (at.digest !== digest) return conflict(otherPlan);
  if (at.authors.some((author) => samePersonIn(directory, author, email)))
    return { code: 'forbidden', detail: 'Nobody approves what they ask for: somebody else has to.' };
  if (at.approvers.some((approver) => samePersonIn(directory, approver, email)))
    return conflict('You have approved it: nobody counts twice.');
  return null;
}

/** Why it cannot be run now; null: it can. */
export function runFault(digest: string, at: Standing, directory: Directory): Problem | null {
  if (at.status !== 'planned' && at.status !== 'halted')
    return conflict(`It is ${at.status}: only a plan that waits, or was halted, can be run.`);
  if (at.digest !== digest) return conflict(otherPlan);
  if (at.ending) return conflict('It was halted for good: what has not begun is left.');
  // Who they are may be known better than when they approved: nobody counts twice, nor for a plan of their own.
  const authors = new Set(at.authors.map((email) => identityOf(directory, email)));
  const approvers = new Set(at.approvers.map((email) => identityOf(directory, email)));
  const missing = at.needs - [...approvers].filter((approver) => !authors.has(approver)).length;
  if (missing <= 0) return null;
  return conflict(
    `Its inverse actions need ${people(at.needs)} besides who asked for it; ${people(missing)} more must approve this plan.`,
  );
}

/** Why it cannot be halted; null: it can. */
export function haltFault({ status }: Pick<Standing, 'status'>): Problem | null {
  if (status === 'running' || status === 'halted' || status === 'planned') return null;
  return conflict(`It is ${status}: there is nothing to halt.`);
}

/** Why calls cannot be forced now; null: they can. */
export function forceFault(digest: string, at: Standing): Problem | null {
  if (at.status !== 'planned') return conflict(`It is ${at.status}: only a plan that waits can be changed.`);
  return at.digest === digest ? null : conflict(otherPlan);
}

const otherPlan = 'The plan is another one than you saw. Look at it again.';

function people(count: number): string {
  return count === 1 ? 'one person' : `${count} people`;
}

function conflict(detail: string): Problem {
  return { code: 'conflict', detail };
}
