/** What a preview may hold when it leaves a tool: fields that the contract knows, in bounded size. Pure. */
import { Buffer } from 'node:buffer';
import { canonical } from '../canonical.ts';
import type { KnownAction } from '../contract.ts';
import type { Outcome } from '../outcome.ts';
import type { Change, Preview, Previewed } from '../preview.ts';
import { heldFields } from './fields.ts';
import { briefly } from './outgoing.ts';

/** What a tool's `preview` handler answers; an outcome when the call would fail, or it cannot be told. */
export interface Foreseen {
  kind: 'foreseen';
  /** The fields concerned as the vendor holds them now; null: there is no such record yet. */
  before: Record<string, unknown> | null;
  /** The same fields as they would be. */
  after: Record<string, unknown>;
  /** In our own words; no vendor's text. */
  sideEffects?: string[];
}

/** Bytes of JSON: a guard keeps it in one row beside the call, and journals it. */
const PREVIEW_MAX = 64 * 1024;
const SIDE_EFFECTS_MAX = 10;
/** UTF-16 units of one. */
const SIDE_EFFECT_MAX = 300;

/** The preview of an action whose tool has none: it would do what the input says, and nothing is known of before. */
export function plain(input: Record<string, unknown>): Foreseen {
  return { kind: 'foreseen', before: null, after: input };
}

/**
 * Holds what a handler foresees to the contract: a field is one of the action's output or input and fits there, or is null;
 * unknown fields are dropped, and values that do not fit, or too much of them, fail closed.
 */
export function heldPreview(seen: Foreseen | Outcome, action: KnownAction): Previewed {
  if (seen.kind !== 'foreseen') return notForeseen(seen);
  const before = seen.before && heldFields(seen.before, action);
  const after = heldFields(seen.after, action);
  if (!after || before === undefined || !action.undo)
    return unusable('the preview does not fit the contract');
  const preview: Preview = {
    before,
    after,
    changes: changesOf(before, after),
    sideEffects: (seen.sideEffects ?? [])
      .slice(0, SIDE_EFFECTS_MAX)
      .map((words) => words.slice(0, SIDE_EFFECT_MAX).toWellFormed()),
    undo: action.undo,
  };
  const size = Buffer.byteLength(JSON.stringify(preview));
  return size > PREVIEW_MAX ? unusable('the preview is too large') : { kind: 'foreseen', preview };
}

/** An outcome as the answer to a preview. One that a look-up cannot have says that the tool is broken. */
function notForeseen(outcome: Outcome): Previewed {
  switch (outcome.kind) {
    case 'failed':
      return briefly(outcome) as Previewed;
    case 'lapsed':
      return outcome;
    case 'succeeded':
    case 'indeterminate':
      return unusable(`a preview does not end ${outcome.kind}`);
  }
}

/** Where the two differ. */
export function changesOf(before: Record<string, unknown> | null, after: Record<string, unknown>): Change[] {
  return Object.entries(after)
    .map(([field, value]) => ({ field, before: before?.[field] ?? null, after: value }))
    .filter((change) => canonical(change.before) !== canonical(change.after));
}

function unusable(detail: string): Previewed {
  return { kind: 'failed', reason: 'contract', detail };
}
