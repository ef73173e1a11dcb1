import type { Outcome } from '../../shared/outcome.ts';
import type { HoldWord } from '../../shared/rpc.ts';
import { isMeasured, type Usage } from '../../shared/usage.ts';

/** What was taken from pools for a call that is not decided yet. */
export interface Hold {
  id: string;
  /** `workflow:x`, `vendor:x`. */
  pools: string[];
  /** Until when (Unix ms) the call's requests may start under it. */
  useBefore: number;
}

/** What a call would take of the agent's own limits, and holds of those it shares. */
export interface Taking {
  usage: Usage;
  /** Null: nothing was taken, because nothing is shared, or because the call will not run. */
  hold: Hold | null;
}

/** What a call took when it began, as its row keeps it. */
export interface Taken {
  /** Unix ms, as the meters count. */
  at: number;
  usage: Usage;
  hold: Pick<Hold, 'id' | 'pools'> | null;
}

/** For the row; null for a call that only counts as a call, here and nowhere else. */
export function takenText({ usage, hold }: Taking, at: number): string | null {
  if (!hold && !isMeasured(usage)) return null;
  const taken: Taken = { at, usage, hold: hold && { id: hold.id, pools: hold.pools } };
  return JSON.stringify(taken);
}

export function takenOf({ usage }: { usage: string | null }): Taken | null {
  return usage === null ? null : (JSON.parse(usage) as Taken);
}

/** Whether a call that ended like this keeps what it took: all but those that surely changed nothing. Null: not ended. */
export function keeps(outcome: string | null): boolean {
  return outcome !== 'failed' && outcome !== 'lapsed';
}

/** What pools are told of an outcome. Of what lapsed nothing was sent, so not even the call counts. */
export function holdWord(outcome: Outcome['kind']): HoldWord {
  if (outcome === 'lapsed') return 'released';
  return keeps(outcome) ? 'used' : 'failed';
}
