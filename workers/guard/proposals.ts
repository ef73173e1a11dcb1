import { canonical } from '../../shared/canonical.ts';
import type { Preview } from '../../shared/preview.ts';
import type { ProposalChange } from '../../shared/problems.ts';
import type { Answer } from '../../shared/rpc.ts';
import type { Admission } from './admit.ts';
import type { Arrival } from './stored.ts';
import type { AskedCall } from './call.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Column, Facts, Governed } from './column.ts';
import { ruledEntry } from './entries.ts';
import {
  changedSince,
  grantedPreview,
  maskedChanges,
  seenIn,
  withheldFields,
  withoutFields,
} from './preview.ts';
import { PROPOSAL_MS, type ProposalRow } from './proposal-store.ts';
import { json } from './settle.ts';
import { deny, go, type Step } from './steps/step.ts';
import type { Taking } from './taken.ts';

/**
 * A proposal: the tool says what executing would change, with nothing written anywhere, and it is kept so that it can be
 * executed by reference. Its rate was counted and what it took of shared limits used before, as asking costs the vendor.
 */
export async function propose(
  column: Column,
  arrival: Arrival,
  call: AskedCall,
  admission: Admission & { kind: 'proposed' },
  { hold }: Taking,
): Promise<Answer> {
  const foreseen = await column.preview(arrival.id, call, hold?.useBefore);
  if (!foreseen.ok) return column.book.refuse(arrival, call, foreseen.denial);
  // A stop or another policy set may have come while the tool was asked.
  const open = column.open(call);
  if (!open.ok) return column.book.refuse(arrival, call, open.denial);
  const told = toldOf(foreseen.value, call, open.value);
  return keep(column, arrival, call, admission, { preview: foreseen.value, told });
}

function keep(
  column: Column,
  arrival: Arrival,
  call: AskedCall,
  { would, ruling }: Admission & { kind: 'proposed' },
  { preview, told }: { preview: Preview; told: Preview },
): Answer {
  const { book } = column;
  const { action } = call;
  const row = proposalRow(column, arrival.id, call, preview);
  const needs = would.kind === 'approval' ? would.needs : 0;
  const policies = would.policies.map((policy) => policy.id);
  const entry = {
    ...ruledEntry(arrival.id, call, ruling),
    // Of executing it.
    would: would.kind,
    needs,
    policies,
    preview: row.digest,
    changes: maskedChanges(preview, action),
    sideEffects: preview.sideEffects,
  };
  book.note('call.proposed', entry, () => book.proposals.keep(row));
  book.wake(row.expires);
  book.provenance.learnPreview({ call: arrival.id, action, before: told.before }, Date.now());
  return json(200, {
    call: arrival.id,
    status: 'proposed',
    would: { decision: would.kind, approvers: needs, policies: would.policies },
    preview: grantedPreview(told, call.grant.returns),
    effect: action.summary,
    undo: action.undo,
    expiresAt: new Date(row.expires).toISOString(),
  });
}

/** A preview without the personal fields that this agent may not read. A grant that lists what it returns says it itself. */
function toldOf(preview: Preview, { action, grant }: AskedCall, { governance }: Governed): Preview {
  return grant.returns
    ? preview
    : withoutFields(preview, withheldFields(action, governance.manifest, catalogue));
}

function proposalRow(
  { book }: Column,
  id: string,
  { action, inputText, policyVersion, derived }: AskedCall,
  preview: Preview,
): Omit<ProposalRow, 'claimed_by'> {
  const now = Date.now();
  const fingerprint = book.keyed(`seen\n${id}`);
  return {
    id,
    action: action.name,
    input: inputText,
    contract: action.hash,
    policy: policyVersion,
    seen: JSON.stringify(seenIn(preview, fingerprint)),
    derived: derived === undefined ? null : JSON.stringify(derived),
    digest: fingerprint(canonical(preview)),
    at: now,
    expires: now + PROPOSAL_MS,
  };
}

/**
 * Looks whether the vendor still holds what a proposal rests on, right before it is executed; null: nothing was looked up. Whoever is let through awaits
 * nothing more but the admission. A call that would not be admitted anyway is not looked up: the admission says why.
 */
export async function unchanged(
  column: Column,
  arrival: Arrival,
  call: AskedCall,
  facts: Facts,
): Promise<Step<Preview | null>> {
  if (!call.proposal) return go(null);
  const leased = column.lease();
  if (!leased.ok) return leased;
  const earlier = column.book.byKey(arrival.key);
  const known = { id: arrival.id, earlier, digest: arrival.digest, approvers: [] };
  const { kind } = column.could(call, leased.value, facts, known);
  if (kind !== 'admitted' && kind !== 'waits') return go(null);
  const same = await stillSeen(column, arrival.id, call);
  // It asked the vendor and ends here, so it counts here.
  if (!same.ok) column.count(call.action.name, leased.value.governance);
  return same;
}

/**
 * Whether a call would execute a proposal with nothing compared: when it was looked at, something else kept it from going on,
 * such as too many in flight, and that has passed by the admission. It is asked again. Pure.
 */
export function uncompared(
  { proposal }: Pick<AskedCall, 'proposal'>,
  { kind }: Pick<Admission, 'kind'>,
  seen: Preview | null,
): boolean {
  return proposal !== undefined && seen === null && (kind === 'admitted' || kind === 'waits');
}

/** Takes the preview again and compares it with the proposal's. A call that executes no proposal has nothing to compare. */
export async function stillSeen(column: Column, id: string, call: AskedCall): Promise<Step<Preview | null>> {
  const { proposal, grant } = call;
  if (!proposal) return go(null);
  const foreseen = await column.preview(id, call);
  if (!foreseen.ok) return foreseen;
  const leased = column.lease();
  if (!leased.ok) return leased;
  const seen = foreseen.value;
  const fingerprint = column.book.keyed(`seen\n${proposal.id}`);
  const told = toldOf(seen, call, leased.value);
  const changed = changedSince(proposal.seen, seen, grant.returns, fingerprint, told);
  if (changed.length === 0) return go(seen);
  // The refusal tells what stands there now: that is read as much as what the proposal told.
  column.book.provenance.learnPreview(
    { call: id, action: call.action, before: toldNow(changed) },
    Date.now(),
  );
  return deny({ kind: 'proposal-changed', changed });
}

/** The fields of which it is told what the vendor holds now. */
function toldNow(changed: readonly ProposalChange[]): Record<string, unknown> {
  const fields = changed.flatMap((change) => {
    return change.what === 'field' && change.now !== undefined ? [[change.field, change.now] as const] : [];
  });
  return Object.fromEntries(fields);
}
