import type { Problem } from '../../shared/problems.ts';
import type { Result } from '../../shared/rpc.ts';
import type { Refusal } from './decide.ts';

/** Why a decision did not count, as whoever gave it is told: in words that say what to do. Pure. */
export function problemOf(refusal: Refusal): Problem {
  const { code, detail } = { code: codeOf(refusal), detail: wordsOf(refusal) };
  return refusal.why === 'stopped' ? { code, detail, because: refusal.by } : { code, detail };
}

function codeOf(refusal: Refusal): Problem['code'] {
  switch (refusal.why) {
    case 'role':
    case 'own-request':
    case 'stands-in':
    case 'not-asked':
    case 'own-edit':
      return 'forbidden';
    case 'over':
    case 'changed':
    case 'decided-before':
    case 'by-hand-only':
      return 'conflict';
    case 'stopped':
      return 'stopped';
  }
}

/** The same without its code. Pure. */
export function wordsOf(refusal: Refusal): string {
  switch (refusal.why) {
    case 'role':
      return 'Only an approver or an owner decides: ask one of them.';
    case 'own-request':
      return 'The agent acts for you here, so another person must decide.';
    case 'stands-in':
      return 'The agent acts here for a person that you stand in for, so another person must decide.';
    case 'not-asked':
      return `This is asked of ${refusal.groups.join(', ')}, and you are not among them: somebody of them must decide, or lend you the right while away.`;
    case 'over':
      return `This approval is ${refusal.status}.`;
    case 'changed':
      return refusal.revision === 0
        ? 'This is not what waits here: look at it again, and decide on what it shows.'
        : `It was edited and is at revision ${refusal.revision} now: look at it again, and send the digest of what you decide on.`;
    case 'decided-before':
      return 'You have decided on this already, and nobody counts twice.';
    case 'own-edit':
      return 'You edited this, and two others must approve it: you may still reject it or edit it again.';
    case 'stopped':
      return `This call is stopped by ${refusal.by.join(', ')}, so approving it would change nothing. It waits on until its deadline: reject it now, or approve it once that is resumed.`;
    case 'by-hand-only':
      return 'No pre-approval counts for this: somebody has to look at it.';
  }
}

export const cannotTell = {
  ok: false,
  problem: {
    code: 'unavailable',
    detail:
      'Who may decide, or whether this is stopped, cannot be told now, so nothing was decided. It still waits.',
    retryAfter: 5,
  },
} as const satisfies Result<never>;

export const notFound = {
  ok: false,
  problem: { code: 'not-found', detail: 'There is no such approval.' },
} as const satisfies Result<never>;
