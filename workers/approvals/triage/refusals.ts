import type { Problem } from '../../../shared/problems.ts';
import type { ReviewRefusal } from './review.ts';
import type { TriageRefusal } from './triage.ts';

/** No such case, no such review. */
export const notFound = {
  ok: false,
  problem: { code: 'not-found', detail: 'There is no such case or review.' },
} as const;

/** Why an act on a case does not count, as whoever acted is told. */
export function actProblem(refusal: TriageRefusal): Problem {
  switch (refusal.why) {
    case 'not-asked':
      return {
        code: 'forbidden',
        detail: `This was asked of ${refusal.groups.join(', ')}, and you are in none of them.`,
      };
    case 'resolved':
      return { code: 'conflict', detail: 'It is resolved already.' };
    case 'taken':
      return {
        code: 'conflict',
        detail: `${refusal.by} has it. It can be taken over once it is overdue, or when they release it.`,
      };
    case 'not-yours':
      return { code: 'conflict', detail: 'Only who has it may do that: take it first.' };
    case 'no-words':
      return {
        code: 'invalid',
        errors: [{ pointer: '/note', detail: 'say what came of it: the agent is told' }],
      };
  }
}

/** Why a verdict does not count. */
export function reviewProblem(refusal: ReviewRefusal): Problem {
  switch (refusal.why) {
    case 'done':
      return {
        code: 'conflict',
        detail: `${refusal.by} has reviewed it already, and the first verdict counts.`,
      };
    case 'own-approval':
      return { code: 'forbidden', detail: 'You approved this call, so somebody else reviews it.' };
    case 'no-words':
      return { code: 'invalid', errors: [{ pointer: '/note', detail: 'say what is wrong with it' }] };
  }
}
