import type { Problem } from '../../shared/problems.ts';
import type { NoTakingBack } from './take-back.ts';

/** What the operators' lane answers when it does nothing, in words for people. */
export const laneProblems = {
  unknownCall: { code: 'not-found', detail: 'This agent has no such call, or it is too long ago.' },
  notIndeterminate: { code: 'conflict', detail: 'The outcome of this call is clear, or still open.' },
  cannotTell: {
    code: 'conflict',
    detail: 'The vendor cannot be asked whether it did this; somebody has to look there.',
  },
  changedSince: {
    code: 'conflict',
    detail: 'The contract has changed since, so the plan no longer fits; it has to be done at the vendor.',
  },
  nothingToForce: { code: 'bad-request', detail: 'Only an undo can be forced.' },
  noLease: { code: 'no-lease', detail: 'No live lease, so nothing was sent.', retryAfter: 5 },
  full: { code: 'limited', detail: 'Too many calls of this agent are under way.', retryAfter: 1 },
} as const satisfies Record<string, Problem>;

/** Why a call is not undone or cancelled. */
export function whyNot(kind: 'undo' | 'cancel', of: string, why: NoTakingBack): Problem {
  switch (why.kind) {
    case 'nothing':
      return { code: 'not-found', detail: nothing[kind] };
    case 'already':
      return {
        code: 'conflict',
        call: why.by,
        detail: `${of} is taken back by ${why.by} already (${why.state}).`,
      };
    case 'come':
      return { code: 'conflict', detail: `It took effect at ${new Date(why.due).toISOString()}.` };
  }
}

const nothing = {
  undo: 'Nothing is kept to undo this call with: it did not succeed, cannot be undone, or was too long ago.',
  cancel: 'This call has no effect that is still to come.',
};
