import type { KnownAction } from '../../../shared/contract.ts';
import { faultsOf } from '../../../shared/faults.ts';
import { referenceSchema, type AskedCall, type Reference } from '../call.ts';
import type { Derived } from '../derived.ts';
import type { ProposalRow, Standing } from '../proposal-store.ts';
import { deny, go, type Step } from './step.ts';

/** The input that a reference stands for, and what must still hold when it runs. */
export interface Resolved {
  /** A body as an agent would have sent it with the proposal's input. */
  body: Record<string, unknown>;
  inputText: string;
  proposal: Reference;
}

/**
 * Part of step 2: what an execute of a proposal stands for. Unknown, expired, of another action, or another agent's: one
 * answer for all. Under another contract the same input could mean something else, so it is not read at all.
 */
export function resolve(
  body: object,
  action: KnownAction,
  find: (id: string) => ProposalRow | undefined,
): Step<Resolved> {
  const parsed = referenceSchema.safeParse(body);
  if (!parsed.success) return deny({ kind: 'invalid', errors: faultsOf(parsed.error) });
  const { proposal: id, ...rest } = parsed.data;
  const row = find(id);
  if (row?.action !== action.name) return deny({ kind: 'proposal-unknown' });
  if (row.contract !== action.hash)
    return deny({ kind: 'proposal-changed', changed: [{ what: 'contract' }] });
  const { contract, expires } = row;
  const seen = JSON.parse(row.seen) as Record<string, string>;
  const derived = row.derived === null ? undefined : (JSON.parse(row.derived) as Derived | null);
  return go({
    body: { ...rest, input: JSON.parse(row.input) as unknown },
    inputText: row.input,
    proposal: { id, contract, expires, seen, derived },
  });
}

/**
 * The proposal can still be executed: by this call and no other, in time, under its contract. Looked at in the turn that
 * records the intent, after `replay`, so that it runs once. A call that claimed it in time may wait past its expiry.
 */
export function reference(
  { proposal, action }: Pick<AskedCall, 'proposal' | 'action'>,
  standing: Standing | undefined,
  now: number,
): Step<null> {
  if (!proposal) return go(null);
  if (!standing || standing.kind === 'gone') return deny({ kind: 'proposal-unknown' });
  if (standing.kind === 'taken')
    return deny({ kind: 'proposal-changed', changed: [{ what: 'executed', call: standing.call }] });
  if (!standing.claimed && now >= proposal.expires) return deny({ kind: 'proposal-unknown' });
  return proposal.contract === action.hash
    ? go(null)
    : deny({ kind: 'proposal-changed', changed: [{ what: 'contract' }] });
}
