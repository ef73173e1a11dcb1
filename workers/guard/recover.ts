import { canonical } from '../../shared/canonical.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { readTraceparent } from '../../shared/trace.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Stored } from './stored.ts';
import type { CallRow } from './calls.ts';
import type { Column } from './column.ts';
import { find } from './dispatch.ts';
import type { Env } from './env.ts';
import { findFrom } from './settle.ts';
import { halt } from './steps/stopped.ts';

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

/** A call without a clear outcome: closed, looked up under a live lease, or left to a person. Never run again. */
export async function recover(row: CallRow, column: Column, env: Env): Promise<void> {
  const action = catalogue.get(row.action);
  const plan = recovery(row, action, column.recoverAfter(), Date.now());
  switch (plan.kind) {
    case 'wait':
      return column.book.postpone(row.id, plan.until, row.tries);
    case 'close':
      return column.finish(row, plan.outcome, { final: true, byFind: true });
    case 'find':
      return lookAgain(row, column, env);
  }
}

async function lookAgain(row: CallRow, column: Column, env: Env): Promise<void> {
  const { caller, request } = JSON.parse(row.request ?? '{}') as Stored;
  await column.leases.ready(Date.now());
  const leased = column.lease();
  const action = catalogue.get(row.action);
  const inputText = action && inputTextOf(request.body, action);
  if (!leased.ok || !action || inputText === undefined) return;
  const { workflow } = leased.value.governance.manifest;
  const coverage = { agent: caller.agent, workflow, tool: action.tool, action: action.name };
  if (halt(coverage, 'read', leased.value, Date.now())) return;
  const trace = readTraceparent(request.traceparent);
  const asked = { action, inputText, workflow, ...(trace !== null && { trace }) };
  const dispatch = column.dispatch('find', row.id, asked, leased.value, row.at);
  const found = await find(env, column.leases.tokens, dispatch);
  // While we asked, the tool itself may have said how it ended.
  const current = column.book.row(row.id);
  if (current?.state !== row.state || current.outcome !== row.outcome) return;
  if (found) return column.finish(current, found, { final: true, byFind: true });
  row.tries += 1;
  column.book.postpone(row.id, Date.now() + 1_000 * 2 ** row.tries, row.tries);
}
