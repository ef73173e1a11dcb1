import type { UndoPlan } from '../../shared/outcome.ts';
import type { OperatorAct } from '../../shared/rpc.ts';
import { UNDO_MS, type EffectRow } from './effects.ts';
import type { LaneRow } from './lane-calls.ts';

/** Why a call cannot be taken back now. */
export type NoTakingBack =
  /** Nothing is known of such a call: it did not succeed, holds no plan, or was too long ago. */
  | { kind: 'nothing' }
  /** It is being, or was, taken back by this operators' call. */
  | { kind: 'already'; by: string; state: OperatorAct['outcome'] }
  /** What was deferred has come. */
  | { kind: 'come'; due: number };

export type TakingBack = { ok: true; plan: UndoPlan } | { ok: false; why: NoTakingBack };

/**
 * Whether a person may have a call taken back now, and how. Pure. An undo is never run twice: one without a clear outcome
 * may have been done. A cancellation may be repeated then, as contracts promise.
 */
export function takeBack(
  kind: 'undo' | 'cancel',
  effect: EffectRow | undefined,
  earlier: Pick<LaneRow, 'id' | 'kind' | 'state'> | undefined,
  now: number,
): TakingBack {
  const plan = kind === 'undo' ? effect?.undo : effect?.cancel;
  if (!effect || !plan) return no({ kind: 'nothing' });
  const repeatable = kind === 'cancel' && earlier?.kind === 'cancel' && earlier.state === 'indeterminate';
  if (effect.taken_back_by !== null && !repeatable) {
    return no({ kind: 'already', by: effect.taken_back_by, state: earlier?.state ?? 'unknown' });
  }
  if (kind === 'cancel' && now >= (effect.due ?? 0)) return no({ kind: 'come', due: effect.due ?? 0 });
  if (kind === 'undo' && now >= (effect.undo_until ?? effect.at + UNDO_MS)) return no({ kind: 'nothing' });
  return { ok: true, plan: JSON.parse(plan) as UndoPlan };
}

function no(why: NoTakingBack): { ok: false; why: NoTakingBack } {
  return { ok: false, why };
}
