import { canonical } from '../../shared/canonical.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { CallRow } from './calls.ts';
import { findFrom } from './settle.ts';

/** What to do about a call that has no clear outcome when it is due. */
export type Recovery =
  | { kind: 'wait'; until: number }
  | { kind: 'find' }
  | { kind: 'close'; outcome: Outcome };

/** Tries of `find` that told nothing, before the call is left to a person. */
const FIND_TRIES = 5;

/**
 * Pure: nothing is run again on a guess. A read changed nothing and is closed; an execute is looked up where the tool
 * can tell, not before the vendor's stated index lag; else it is indeterminate, for a person.
 */
export function recovery(
  row: CallRow,
  action: KnownAction | undefined,
  recoverAfter: number,
  now: number,
): Recovery {
  if (row.mode === 'read') {
    return {
      kind: 'close',
      outcome: { kind: 'failed', reason: 'unavailable', detail: 'no outcome was reported' },
    };
  }
  if (action?.findAfter === undefined || row.tries >= FIND_TRIES) {
    return {
      kind: 'close',
      outcome: { kind: 'indeterminate', detail: 'no outcome was reported, and it cannot be looked up' },
    };
  }
  const earliest = findFrom(row, action, recoverAfter);
  return now < earliest ? { kind: 'wait', until: earliest } : { kind: 'find' };
}

/** The exact text that was dispatched, from the stored body; undefined when the contract no longer reads it. */
export function inputTextOf(body: string, action: KnownAction): string | undefined {
  const { input } = JSON.parse(body) as { input: unknown };
  const parsed = action.input.safeParse(input);
  return parsed.success ? canonical(parsed.data) : undefined;
}
