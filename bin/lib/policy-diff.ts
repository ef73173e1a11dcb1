import type { KnownAction } from '../../shared/contract.ts';
import type { Governance } from '../../shared/governance.ts';
import { setDiff, type SetDiff } from '../../shared/set-diff.ts';
import { matrixChanges, type CellChange } from './matrix.ts';

export interface PolicyDiff extends SetDiff {
  cells: CellChange[];
}

/** How two policy sets differ, and what that means for calls. Pure. */
export function policyDiff(
  from: Governance,
  to: Governance,
  rest: { catalogue: ReadonlyMap<string, KnownAction>; environment: string; now: number },
): PolicyDiff {
  return { ...setDiff(from, to), cells: matrixChanges(from, to, rest) };
}
