/** On what ground an undo may write: what the vendor must still hold right before. */
import { conflictsOf, type Conflict, type Image } from '../../shared/image.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Result } from '../../shared/rpc.ts';
import type { Look } from '../../shared/taking-back.ts';
import { lookOf, maskedConflicts, notComparable, UNSEEN, type Sight } from './conflicts.ts';

export interface Ground {
  /** Undefined: nothing is compared, because nothing can be. */
  expected: Image | undefined;
  /** What a person overrides, masked; null: nothing is forced. */
  overridden: Conflict[] | null;
}

/**
 * The ground of an undo. Unforced: the vendor holds what the call left. Forced: it holds exactly what the person was shown, so that
 * a third change in between is not overwritten. `see`: a look at the vendor.
 */
export async function groundOf(
  { of, force }: { of: string; force?: string | undefined },
  plan: UndoPlan,
  action: KnownAction,
  see: () => Promise<Sight>,
): Promise<Result<Ground>> {
  if (force === undefined && plan.images)
    return { ok: true, value: { expected: plan.images.after, overridden: null } };
  const sight = await see();
  const look = lookOf(of, plan, action, sight);
  if (force === undefined) return refused(changedSince({ ...look, detail: cannotCompare(sight) }));
  if (!sight.ok && force === UNSEEN && !plan.images)
    return { ok: true, value: { expected: undefined, overridden: [] } };
  if (!sight.ok || sight.digest !== force)
    return refused(changedSince({ ...look, detail: otherFound(sight) }));
  const conflicts = plan.images ? conflictsOf(plan.images.after, sight.image) : [];
  return { ok: true, value: { expected: sight.image, overridden: maskedConflicts(conflicts, action) } };
}

/** Why nothing was written, where the vendor holds something else, and what to force it over if that is wanted. */
export function changedSince({ call, conflicts, found, detail, state }: Look, by?: string): Problem {
  return {
    code: 'changed-since',
    call: by ?? call,
    detail: detail ?? (state === 'as-before' ? asBefore : changed(conflicts)),
    conflicts,
    ...(found !== null && { found }),
  };
}

const asBefore = 'Nothing was written: the vendor holds what it held before the call already.';

function changed(conflicts: readonly Conflict[]): string {
  const fields = conflicts.map(({ field }) => (field === '*' ? 'the record itself' : field));
  if (fields.length === 0) return 'Nothing was written: the vendor held something else at that moment.';
  return `Nothing was written: changed since at ${fields.join(', ')}.`;
}

function cannotCompare(sight: Sight): string {
  return `Nothing was written. ${notComparable} It can only be forced.${sight.ok ? '' : ` ${sight.detail}`}`;
}

function otherFound(sight: Sight): string {
  if (!sight.ok) return `Nothing was written. ${sight.detail}`;
  return 'Nothing was written: the vendor holds something else than what was to be forced over.';
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
