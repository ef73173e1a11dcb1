import type { KnownAction } from '../../shared/contract.ts';
import type { EntryData } from '../../shared/journal.ts';
import { mask } from '../../shared/mask.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { problemDocument, problems, type Problem } from '../../shared/problems.ts';
import type { Answer } from '../../shared/rpc.ts';
import { untrustedPointers, wrapped } from '../../shared/wrapped.ts';
import type { CallRow } from './calls.ts';
import { undoOf } from './effects.ts';
import { failures } from './failures.ts';
import { onlyFields } from './output.ts';

/** What an outcome makes of a call. */
export interface Settled {
  state: 'done' | 'unknown';
  /** When to look again whether the vendor did it; null: never. */
  due: number | null;
  answer: Answer;
  journal: EntryData;
}

export interface Settling {
  action: KnownAction;
  /** Output fields the agent is granted; undefined: all. */
  returns: string[] | undefined;
  /** Milliseconds after a token's end within which the tool's own word may still come. */
  recoverAfter: number;
  /** Recovery gave up looking: what is unknown stays indeterminate, for a person. */
  final: boolean;
  /** Until when (Unix ms) what ends now can be undone. */
  undoUntil: number;
  /** Untrusted texts stand between marks with this tag; null: the agent asked for none. */
  tag: string | null;
}

/**
 * Step 10, pure: the outcome as state, answer and journal entry. Null when it changes nothing: a call that has ended
 * stays as it ended, and only a clear word replaces `unknown`.
 */
export function settle(row: CallRow, outcome: Outcome, how: Settling): Settled | null {
  const { action, final } = how;
  if (!open(row, outcome)) return null;
  if (row.state === 'waiting') return null;
  if (row.state !== 'running' && outcome.kind === 'indeterminate' && !final) return null;
  const again = outcome.kind === 'indeterminate' && action.findAfter !== undefined && !final;
  return {
    state: again ? 'unknown' : 'done',
    due: again ? findFrom(row, action, how.recoverAfter) : null,
    answer: withEdits(row, outcomeAnswer(row.id, how, outcome)),
    journal: journalOf(action, outcome),
  };
}

/** Whether a word on the outcome can still change something. What a look-up concluded gives way to the tool's own word. */
function open(row: CallRow, outcome: Outcome): boolean {
  if (row.state !== 'done' || row.outcome === 'indeterminate') return true;
  return row.by_find === 1 && row.outcome !== 'succeeded' && outcome.kind === 'succeeded';
}

/**
 * From when a look-up can tell (Unix ms): the token has ended, the tool's requests have timed out, and what they did shows
 * after the vendor's stated lag. Before, "not done" could mean "not yet".
 */
export function findFrom(row: CallRow, action: KnownAction, recoverAfter: number): number {
  return (row.start_before ?? row.at) + Math.max((action.findAfter ?? 0) * 1000, recoverAfter);
}

/** What the journal says of an outcome. */
export function journalOf(action: KnownAction, outcome: Outcome): EntryData {
  switch (outcome.kind) {
    case 'succeeded':
      return { outcome: 'succeeded', output: mask(outcome.output, action.outputSchema) };
    case 'failed':
      return { outcome: 'failed', reason: outcome.reason, detail: outcome.detail };
    case 'lapsed':
      return { outcome: 'lapsed' };
    case 'indeterminate':
      return { outcome: 'indeterminate', detail: outcome.detail };
  }
}

/** Where a person edited what the agent had asked for: told whatever came of it, as it is not what the agent remembers. */
function withEdits({ edited }: CallRow, answer: Answer): Answer {
  if (edited === null) return answer;
  const body = JSON.parse(answer.body) as object;
  return { ...answer, body: JSON.stringify({ ...body, edited: JSON.parse(edited) as string[] }) };
}

/** The answer that the agent gets, now or by polling. */
function outcomeAnswer(
  call: string,
  { action, returns, undoUntil, tag }: Settling,
  outcome: Outcome,
): Answer {
  switch (outcome.kind) {
    case 'succeeded': {
      const output = returns ? onlyFields(outcome.output, returns) : outcome.output;
      const untrusted = untrustedPointers(output, action.outputSchema);
      return json(200, {
        call,
        status: 'succeeded',
        output: tag === null ? output : wrapped(output, action.outputSchema, tag),
        ...(untrusted.length > 0 && { untrusted }),
        ...(action.undo && { undo: toldUndo(action, outcome, undoUntil) }),
      });
    }
    case 'failed':
      return failed(call, outcome);
    case 'lapsed':
      return problem({
        code: 'no-lease',
        call,
        detail: 'The time to start had passed; nothing was sent.',
        retryAfter: 1,
      });
    case 'indeterminate':
      return problem({ code: 'indeterminate', call });
  }
}

/** How it is undone and until when, or why not. Null: the tool kept nothing to undo it with. */
function toldUndo(action: KnownAction, outcome: Outcome & { kind: 'succeeded' }, until: number): unknown {
  const { undo } = action;
  if (!undo || 'irreversible' in undo) return undo;
  const kept = undoOf(action, outcome.undo);
  return { action: undo.action, how: undo.how, until: kept ? new Date(until).toISOString() : null };
}

function failed(call: string, outcome: Outcome & { kind: 'failed' }): Answer {
  const { reason, retryAfter } = outcome;
  return problem({
    code: 'vendor-failed',
    call,
    detail: failures[reason],
    because: [reason],
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

function problem(told: Problem): Answer {
  return {
    status: problems[told.code].status,
    body: JSON.stringify(problemDocument(told)),
    headers: {
      'content-type': 'application/problem+json',
      ...(told.retryAfter !== undefined && { 'retry-after': String(told.retryAfter) }),
    },
  };
}

/** A JSON answer, serialised here and nowhere else. */
export function json(status: number, body: object): Answer {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
