import { canonical } from '../../shared/canonical.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Outcome, UndoPlan } from '../../shared/outcome.ts';

/** How long an undo can be asked for of a call whose manifest nobody knows any more, or that ended before manifests said it. */
export const UNDO_MS = 86_400_000;

/**
 * A vendor's own word on when its effect comes is not believed when it would hide the effect or keep it for ever: one that is
 * said to have come already is listed for a day; none is expected for longer than a year.
 */
const DOUBTED_MS = 86_400_000;
const FARTHEST_MS = 366 * 86_400_000;
const RECORD_ID_MAX = 200;

/**
 * What an execute did, as far as it can be taken back; also where it cannot, so that people can be told. The plan and its images
 * may hold personal data: they are in the guard's own storage and nowhere else, and go when the undo window ends.
 */
export type EffectRow = {
  call: string;
  action: string;
  /** In which the call was admitted; null: not known any more. */
  workflow: string | null;
  session: string | null;
  /** What kind of record it changed, and which; null: its contract names none, or the outcome is not known. */
  record: string | null;
  record_id: string | null;
  /** Of an operators' call: whose. Null: the agent's own. */
  person: string | null;
  outcome: 'succeeded' | 'indeterminate';
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

/** What is known of an execute besides its outcome. */
export interface Done {
  id: string;
  workflow: string | null;
  session: string | null;
  /** Null: not known any more. */
  input: Record<string, unknown> | null;
  /** Who had it done in the operators' lane; null: the agent. */
  person: string | null;
  /** Unix ms. */
  now: number;
  /** How long (ms) it can be undone, and how long what is not personal of it is kept. */
  undoMs: number;
  keepMs: number;
}

/** What an execute left to be taken back, or may have; null: it changed nothing. Pure. */
export function effectOf(done: Done, action: KnownAction, outcome: Outcome): EffectRow | null {
  if (action.mode !== 'execute' || (outcome.kind !== 'succeeded' && outcome.kind !== 'indeterminate'))
    return null;
  const { id: call, workflow, session, person, now, undoMs, keepMs } = done;
  const output = outcome.kind === 'succeeded' ? outcome.output : null;
  const later = output && deferredOf(action, output, now);
  const undo = outcome.kind === 'succeeded' ? undoOf(action, outcome.undo) : undefined;
  return {
    call,
    action: action.name,
    workflow,
    session,
    person,
    outcome: outcome.kind,
    at: now,
    ...aboutOf(action, done.input, output),
    undo: undo ? JSON.stringify(undo) : null,
    undo_until: undo ? now + undoMs : null,
    due: later?.due ?? null,
    cancel_until: later?.until ?? null,
    cancel: later ? JSON.stringify(later.cancel) : null,
    taken_back_by: null,
    taken_back_at: null,
    forget: Math.max(now + undoMs, later?.due ?? 0, now + keepMs),
  };
}

/** Which record it changed, by contract. */
function aboutOf(
  action: KnownAction,
  input: Record<string, unknown> | null,
  output: Record<string, unknown> | null,
): Pick<EffectRow, 'record' | 'record_id'> {
  const id = recordIdOf(action, input, output);
  if (!action.about || id === undefined) return { record: null, record_id: null };
  return { record: action.about.record, record_id: String(id) };
}

/** The id of the record that it changed, as the contract has it. A vendor's id that is no short text or number is none. */
export function recordIdOf(
  { about }: KnownAction,
  input: Record<string, unknown> | null,
  output: Record<string, unknown> | null,
): string | number | undefined {
  const [from, field = ''] = about?.id.split('.') ?? [];
  const id = (from === 'output' ? output : input)?.[field];
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  const { length } = String(id);
  return length > 0 && length <= RECORD_ID_MAX ? id : undefined;
}

/**
 * The tool's undo plan, if it runs what the contract says undoes this action. Any other would let a tool that was taken over
 * have a person run whatever it likes, at other tools too, past every policy.
 */
export function undoOf({ undo }: KnownAction, plan: UndoPlan | undefined): UndoPlan | undefined {
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

/** What the journal says of the ways back that an execute left: which, and until when. No plan, and nothing personal. */
export function waysBack(effect: EffectRow | null): EntryData {
  if (!effect) return {};
  const { undo, undo_until, due, cancel_until } = effect;
  const plan = undo === null ? null : (JSON.parse(undo) as UndoPlan);
  return {
    ...(plan && undo_until !== null && { undo: { action: plan.action, until: instant(undo_until) } }),
    ...(due !== null && { deferred: { due: instant(due), cancelUntil: instant(cancel_until ?? due) } }),
  };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
