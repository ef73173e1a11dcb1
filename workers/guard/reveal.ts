import { maskText } from '../../shared/mask.ts';
import { valueAt } from '../../shared/pointer.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Result, Revealed, Revealing } from '../../shared/rpc.ts';
import type { Stored } from './stored.ts';
import type { Column } from './column.ts';
import { holding } from './revisions.ts';

/** One value that a person is to see, as approvals asks for it. */
export interface RevealAsk {
  call: string;
  digest: string;
  /** JSON Pointer into the input. */
  pointer: string;
  /** Who sees it and why; checked by approvals. */
  to: Revealing;
}

/**
 * One value of a waiting call's input, unmasked. Journaled before it is answered: the answer leaves only once that is durable.
 * Refuses a call that does not wait, a digest that is no revision of it, and a place that holds no single value.
 */
export async function reveal(
  column: Column,
  { call, digest, pointer, to }: RevealAsk,
): Promise<Result<Revealed>> {
  await column.leases.ready(Date.now());
  const row = column.book.row(call);
  if (row?.state !== 'waiting') return refused(notWaiting);
  const held = holding(column, row, JSON.parse(row.request ?? '{}') as Stored).held.find(
    (one) => one.digest === digest,
  );
  if (!held) return refused(otherDigest);
  const value = valueAt(held.call.input, pointer);
  if (value === undefined || (typeof value === 'object' && value !== null)) return refused(notThere);
  const { action, caller, workflow } = held.call;
  column.book.note('call.revealed', {
    agent: caller.agent,
    workflow,
    tool: action.tool,
    action: action.name,
    call,
    digest,
    pointer: maskText(pointer),
    person: to.by,
    credential: to.credential,
    reason: maskText(to.reason),
  });
  return { ok: true, value: { pointer, value } };
}

const notWaiting: Problem = { code: 'conflict', detail: 'This call does not wait for people any more.' };
const otherDigest: Problem = {
  code: 'conflict',
  detail: 'This is no revision of the call as it would run now. Read the approval again.',
};
const notThere: Problem = { code: 'not-found', detail: 'No single value of the input stands there.' };

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
