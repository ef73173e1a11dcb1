import { canonical } from '../../shared/canonical.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { Outcome, UndoPlan } from '../../shared/outcome.ts';

/** How long an undo can be asked for of a call whose manifest nobody knows any more, or that ended before manifests said it. */
export const UNDO_MS = 86_400_000;

/**
 * A vendor's own word on when its effect comes is not believed when it would hide the effect or keep it for ever: one that is
 * said to have come already is listed for a day; none is expected for longer than a year.
 */
const DOUBTED_MS = 86_400_000;
const FARTHEST_MS = 366 * 86_400_000;

/**
 * What can be taken back of a call that succeeded. Its inputs may hold personal data, so they are in the guard's own
 * storage and nowhere else, and go with the row.
 */
export type EffectRow = {
  call: string;
  action: string;
  /** In which the call was admitted; null: not known any more. */
  workflow: string | null;
  /** Unix ms of the outcome. */
  at: number;
  /** JSON of the tool's undo plan. */
  undo: string | null;
  /** Until when it can be asked for (Unix ms), by the manifest of then; null: `UNDO_MS` after the outcome. */
  undo_until: number | null;
  /** A deferred effect: when it comes, until when the vendor takes a cancellation (Unix ms), and how it is cancelled. */
  due: number | null;
  cancel_until: number | null;
  cancel: string | null;
  /** The operators' call that takes it back, from its intent on; null again when that did nothing. */
  taken_back_by: string | null;
  /** Unix ms; null: not (yet) taken back. */
  taken_back_at: number | null;
  /** When the row goes. */
  forget: number;
};

/** What of an outcome can be taken back; null: nothing. */
export function effectOf(
  { id, workflow, now, undoMs }: { id: string; workflow: string | null; now: number; undoMs: number },
  action: KnownAction,
  outcome: Outcome,
): EffectRow | null {
  if (outcome.kind !== 'succeeded') return null;
  const later = deferredOf(action, outcome.output, now);
  const undo = undoOf(action, outcome.undo);
  if (!undo && !later) return null;
  return {
    call: id,
    action: action.name,
    workflow,
    at: now,
    undo: undo ? JSON.stringify(undo) : null,
    undo_until: undo ? now + undoMs : null,
    due: later?.due ?? null,
    cancel_until: later?.until ?? null,
    cancel: later ? JSON.stringify(later.cancel) : null,
    taken_back_by: null,
    taken_back_at: null,
    forget: Math.max(now + undoMs, later?.due ?? 0),
  };
}

/**
 * The tool's undo plan, if it runs what the contract says undoes this action. Any other would let a tool that was taken over
 * have a person run whatever it likes, at other tools too, past every policy.
 */
function undoOf({ undo }: KnownAction, plan: UndoPlan | undefined): UndoPlan | undefined {
  return undo && 'action' in undo && plan?.action === undo.action ? plan : undefined;
}

/** When a deferred effect comes and how it is cancelled, by contract, from the output. Undefined: there is none. */
function deferredOf(
  { deferred }: KnownAction,
  output: Record<string, unknown>,
  now: number,
): { due: number; until: number; cancel: UndoPlan } | undefined {
  if (!deferred) return undefined;
  const told = Date.parse(String(output[deferred.at]));
  // A time that cannot be read is not guessed at: the undo plan, if there is one, still takes it back.
  if (Number.isNaN(told)) return undefined;
  const due = told > now ? Math.min(told, now + FARTHEST_MS) : now + DOUBTED_MS;
  const { action, input, upTo } = deferred.cancel;
  const taken = Object.entries(input).map(([field, from]) => [field, output[from]]);
  return { due, until: due - upTo * 1000, cancel: { action, input: Object.fromEntries(taken) } };
}

/** The exact text of a plan's input; undefined when its contract no longer takes it. */
export function planText(plan: UndoPlan, action: KnownAction): string | undefined {
  const parsed = action.input.safeParse(plan.input);
  return parsed.success ? canonical(parsed.data) : undefined;
}

/** The rows of what can be taken back. */
export class Effects {
  readonly #sql: SqlStorage;
  /** Called when a deferred effect was kept. */
  onDeferred: () => void = () => undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(call: string): EffectRow | undefined {
    return this.#sql.exec<EffectRow>('SELECT * FROM effect WHERE call = ?', call).toArray()[0];
  }

  /** Deferred effects that have not come yet and were not cancelled. */
  pending(now: number): EffectRow[] {
    return this.#sql
      .exec<EffectRow>('SELECT * FROM effect WHERE due > ? AND taken_back_at IS NULL ORDER BY due', now)
      .toArray();
  }

  /** Until when (Unix ms) a deferred effect may come; 0: none is known. */
  latest(): number {
    const sql =
      'SELECT due FROM effect WHERE due IS NOT NULL AND taken_back_at IS NULL ORDER BY due DESC LIMIT 1';
    return this.#sql.exec<{ due: number }>(sql).toArray()[0]?.due ?? 0;
  }

  /** A later word on the same call replaces the earlier one, but not that it is being taken back. */
  keep(row: EffectRow): void {
    this.#sql.exec(
      `INSERT INTO effect (call, action, workflow, at, undo, undo_until, due, cancel_until, cancel, forget) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (call) DO UPDATE SET undo = excluded.undo, undo_until = excluded.undo_until, due = excluded.due, cancel_until = excluded.cancel_until,
         cancel = excluded.cancel`,
      row.call,
      row.action,
      row.workflow,
      row.at,
      row.undo,
      row.undo_until,
      row.due,
      row.cancel_until,
      row.cancel,
      row.forget,
    );
    if (row.due !== null) this.onDeferred();
  }

  /** An operators' call has set out to take it back (`at` null), has done so, or did nothing (`by` null). */
  takenBack(call: string, by: string | null, at: number | null): void {
    this.#sql.exec('UPDATE effect SET taken_back_by = ?, taken_back_at = ? WHERE call = ?', by, at, call);
  }

  prune(now: number): void {
    this.#sql.exec('DELETE FROM effect WHERE forget < ?', now);
  }
}
