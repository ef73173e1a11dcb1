/** What is kept of a call in its row, and how it is read back. Pure. */
import type { EntryData } from '../../shared/journal.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { Answer, ApprovalRequest, CallRequest, Caller } from '../../shared/rpc.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import type { AskedCall, Reference } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Derived } from './derived.ts';

/** What a stored call needs to run again or to be looked up. */
export interface Stored {
  caller: Caller;
  /** As it is past the door; before it is decided: as it came. */
  request: CallRequest;
  /** What the placeholders in its input stand for; absent: not looked at yet, or stored before there was a vault. */
  placeholders?: readonly KnownPlaceholder[];
  /** Where its arguments come from, as they came; absent: it was stored before that was looked up, so it is not known. */
  derived?: Derived | null;
  approval?: ApprovalRequest;
  /** The proposal that it executes; the request then holds the proposal's input. */
  proposal?: Reference;
  /** Once it runs: where a person edited it, as JSON Pointers. */
  edited?: string[];
}

/** What came in, before anything is decided. */
export interface Arrival {
  id: string;
  /** Keyed hash of the idempotency key. */
  key: string | null;
  /** Keyed hash of agent, action and the exact body: what a replay is bound to, and a part of what approvals are. */
  digest: string;
  stored: Stored;
}

/** The row of a call that begins to wait or to run. */
export function newRow(
  { id, key, digest, stored }: Arrival,
  call: AskedCall,
  rest: Pick<CallRow, 'state' | 'at' | 'start_before' | 'due' | 'approval' | 'usage'>,
): CallRow {
  // A read is never run again nor looked up, so what it asked for is not kept.
  const request = call.mode === 'read' ? null : JSON.stringify(stored);
  const { action, mode } = call;
  return {
    id,
    key,
    digest,
    action: action.name,
    mode,
    tries: 0,
    by_find: 0,
    returns: call.grant.returns ? JSON.stringify(call.grant.returns) : null,
    request,
    outcome: null,
    status: null,
    answer: null,
    edited: stored.edited ? JSON.stringify(stored.edited) : null,
    ...rest,
  };
}

/** Session and input of a call that an earlier incarnation began; of one whose request is gone, neither is known. */
export function askedOf({ request }: CallRow): {
  session: string | null;
  input: Record<string, unknown> | null;
  wrap: boolean;
} {
  // Where it is not known, marks do no harm: they are taken off wherever they are passed on.
  if (request === null) return { session: null, input: null, wrap: true };
  const { body } = (JSON.parse(request) as Stored).request;
  const asked = JSON.parse(body) as { session?: string; input: Record<string, unknown>; wrap?: boolean };
  return { session: asked.session ?? null, input: asked.input, wrap: asked.wrap === true };
}

/** What people were asked, of a call that waits for them. */
export function approvalOf({ state, request }: CallRow): ApprovalRequest | undefined {
  return state === 'waiting' && request !== null ? (JSON.parse(request) as Stored).approval : undefined;
}

/** The body that asks for a call, with its input in it. */
export function bodyOf({ mode, input, because, confidence, model, session, wrap }: AskedCall): string {
  const told = { because, confidence, model, session, wrap: wrap === true ? true : null };
  const given = Object.entries(told).filter(([, value]) => value !== null);
  return JSON.stringify({ mode, input, ...Object.fromEntries(given) });
}

/** The answer to a read without a key is not kept: it may hold personal data, and nobody can ask for it again. */
export function answerKept(row: CallRow, outcome: Outcome, answer: Answer): string {
  const forgotten = row.mode === 'read' && row.key === null && outcome.kind === 'succeeded';
  return forgotten ? JSON.stringify({ call: row.id, status: outcome.kind }) : answer.body;
}

/** What a call reached for that was refused before it was read: whoever looks into it must not have to guess. */
export function reachedFor({ tool, action }: Stored['request']): EntryData {
  const name = `${tool}.${action}`;
  // The caller wrote it, so only what can be the name of an action is told.
  return /^[a-z]{1,40}(\.[a-z]{1,40}){2}$/.test(name) ? { tool, action: name } : {};
}
