import type { Target } from '../../flags/targets.ts';
import { newId } from '../../shared/ids.ts';
import type { Preview } from '../../shared/preview.ts';
import { released } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { approvalRequest } from './approval-request.ts';
import { SHIP_MS, type Arrival, type Stored } from './book.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Column, Governed } from './column.ts';
import type { Denial } from './denial.ts';
import { ruledEntry } from './entries.ts';
import { stillSeen } from './proposals.ts';
import type { Ruling } from './steps/policy.ts';

/** Approvals is not waited for longer; the row stays and the alarm asks again. */
const APPROVALS_MS = 5_000;
const TAKE_AGAIN_MS = 5_000;
const CONTROL_MS = 2_000;
/** An approved call that a limit holds up is tried again at least so often. */
const AGAIN_MAX_MS = 15_000;

/** Denials that pass by themselves. */
const passing: readonly Denial['kind'][] = [
  'busy',
  'no-lease',
  'facts-missing',
  'source-silent',
  'pool-silent',
  'preview-unavailable',
];

/** Step 7: calls that wait for people, and what comes of their decisions. */
export class People {
  readonly #column: Column;
  readonly #approvals: rpc.ApprovalRequests;
  readonly #leasing: rpc.Leasing;

  constructor(column: Column, approvals: rpc.ApprovalRequests, leasing: rpc.Leasing) {
    this.#column = column;
    this.#approvals = approvals;
    this.#leasing = leasing;
  }

  /** The call waits; `seen`: what it changes, if that was looked up. The row is durable first; the request is sent again until approvals has it. */
  async park(
    arrival: Arrival,
    asked: AskedCall,
    governance: Governed['governance'],
    ruling: Ruling,
    seen: Preview | null = null,
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const { id: call, digest } = arrival;
    const approval = approvalRequest({
      id: newId('appr', now),
      call,
      digest,
      asked,
      governance,
      ruling,
      seen,
      now,
    });
    const entry = {
      ...ruledEntry(call, asked, ruling),
      digest,
      approval: approval.id,
      deadline: approval.deadline,
    };
    const row = this.#column.book.park(arrival, asked, approval, entry);
    await this.#requestApproval(row, approval);
    return this.#column.book.state(row);
  }

  async #requestApproval(row: CallRow, approval: rpc.ApprovalRequest): Promise<void> {
    const sent = await within(APPROVALS_MS, this.#approvals.request(approval)).then(
      () => true,
      () => false, // Approvals does not answer: the row stays due, and the alarm sends it again.
    );
    // The decision may have overtaken this answer.
    if (sent && this.#waits(row.id))
      this.#column.book.postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, 1);
  }

  /** Takes the decision and runs the column again from step 2. Throws when it cannot yet, so that it is repeated. */
  async resume(row: CallRow): Promise<void> {
    const stored = JSON.parse(row.request ?? '{}') as Stored;
    const { approval, caller, request, proposal } = stored;
    if (!approval) throw new Error('a waiting call without its request');
    await this.#column.leases.ready(Date.now());
    const asked = this.#column.contract(caller, request);
    if (!asked.ok && asked.denial.kind === 'no-lease') throw new Error('no live lease: repeat later');
    // If the answer is lost, or we go away before the intent, the alarm comes back to it.
    this.#column.book.postpone(row.id, Date.now() + TAKE_AGAIN_MS, row.tries);
    const taking = this.#approvals.take(approval.workflow, approval.id, [row.digest]);
    const taken = released(await within(APPROVALS_MS, taking));
    if (!this.#waits(row.id)) return;
    switch (taken.status) {
      case 'waiting':
        return this.#column.book.postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, row.tries);
      case 'unknown':
        return this.#requestApproval(row, approval);
      case 'expired':
        return this.#column.book.endDenied(row, { kind: 'expired' });
      case 'rejected':
      case 'void':
        return this.#column.book.endDenied(row, refusal(taken));
      case 'approved':
      // Taken before, and then we went away before the intent: the row still waits, so it has not run.
      case 'used':
        return asked.ok
          ? this.#runApproved(row, stored, { ...asked.value, ...(proposal && { proposal }) }, taken)
          : this.#column.book.endDenied(row, asked.denial);
    }
  }

  /** Whether the call still waits; another message may have moved it on while we asked somebody. */
  #waits(id: string): boolean {
    return this.#column.book.row(id)?.state === 'waiting';
  }

  async #runApproved(row: CallRow, stored: Stored, call: AskedCall, taken: rpc.Taken): Promise<void> {
    const { approvers } = taken;
    const since = await this.#stoppedSince(call, taken.approvedUnder);
    if (!this.#waits(row.id)) return;
    if (since.stoppedBy.length > 0) return this.#void(row, stored, since.stoppedBy);
    const facts = await this.#column.facts({ id: row.id, key: null }, call);
    if (!this.#waits(row.id)) return;
    if (!facts.ok) return this.#endOrRepeat(row, stored, facts.denial);
    const same = await stillSeen(this.#column, row.id, call);
    if (!this.#waits(row.id)) return;
    if (!same.ok) return this.#endOrRepeat(row, stored, same.denial);
    const known = { id: row.id, earlier: undefined, digest: row.digest, approvers };
    const taking = await this.#column.take(row.id, call, facts.value, () => known);
    if (!taking.ok) return this.#waits(row.id) ? this.#endOrRepeat(row, stored, taking.denial) : undefined;
    const leased = this.#column.lease();
    if (!leased.ok || !this.#waits(row.id)) {
      this.#column.release(taking.value);
      return leased.ok ? undefined : this.#endOrRepeat(row, stored, leased.denial);
    }
    // Under a newer lease a stop may have come and gone since control was asked.
    if (leased.value.epoch > since.epoch) {
      this.#column.release(taking.value);
      throw new Error('the lease is newer than the look at the stops: repeat');
    }
    const admission = this.#column.admit(call, leased.value, facts.value, taking.value, known);
    switch (admission.kind) {
      case 'admitted': {
        const { id, key, digest } = row;
        void this.#column.execute({ id, key, digest, stored }, call, leased.value, {
          ruling: admission.ruling,
          approvers,
          taking: taking.value,
        });
        return;
      }
      case 'denied':
        return this.#endOrRepeat(row, stored, admission.denial);
      case 'waits':
        // More people are needed than when it was asked for: it has to be asked for again.
        return this.#column.book.endDenied(row, {
          kind: 'policy',
          why: 'unapproved',
          policies: admission.ruling.policies,
        });
      case 'proposed':
      case 'replayed':
        throw new Error(`an approved call cannot be ${admission.kind}`);
    }
  }

  /**
   * Which stops covered the call at any time since it was approved, though this guard slept through them. Throws when
   * control does not answer: then nothing is run, and it is repeated.
   */
  async #stoppedSince(call: AskedCall, approvedUnder: number | null): Promise<rpc.Covering> {
    const { caller, workflow, action } = call;
    const coverage = { agent: caller.agent, workflow, tool: action.tool, action: action.name };
    // Not known when it was approved: any stop that control remembers counts.
    const asking = this.#leasing.stoppedSince(coverage, approvedUnder ?? -1);
    return released(await within(CONTROL_MS, asking));
  }

  /** A stop came after the approval. Approvals is told for people's lists only, so one attempt will do. */
  #void(row: CallRow, { approval }: Stored, stoppedBy: Target[]): void {
    this.#column.book.endDenied(row, { kind: 'voided', stoppedBy });
    if (!approval) return;
    const told = this.#approvals.void(approval.workflow, approval.id, row.digest, stoppedBy[0] ?? null);
    void within(APPROVALS_MS, told).catch(() => undefined);
  }

  /** What passes by itself is waited for until the deadline; everything else ends the call. */
  #endOrRepeat(row: CallRow, stored: Stored, denial: Denial): void {
    const { book } = this.#column;
    const { approval } = stored;
    if (denial.kind === 'stopped') return this.#void(row, stored, [denial.target]);
    if (!passes(denial)) return book.endDenied(row, denial);
    if (Date.now() >= Date.parse(approval?.deadline ?? '')) return book.endDenied(row, { kind: 'expired' });
    book.postpone(row.id, Date.now() + againIn(denial, row.tries), row.tries + 1);
  }
}

/** A limit passes if it says when. */
function passes(denial: Denial): boolean {
  return denial.kind === 'limited' ? denial.refusal.retryAfter !== null : passing.includes(denial.kind);
}

/**
 * In how long (ms) it is tried again. A vendor that is down is asked ever less often, up to once in a minute or so; a limit says
 * when there is room, and may have some before.
 */
function againIn(denial: Denial, tries: number): number {
  if (denial.kind === 'limited')
    return Math.max(SHIP_MS, Math.min((denial.refusal.retryAfter ?? 0) * 1_000, AGAIN_MAX_MS));
  if (denial.kind !== 'preview-unavailable') return SHIP_MS;
  return Math.max(denial.retryAfter * 1000, SHIP_MS * 2 ** Math.min(tries, 6));
}

/** Why a call that waited may not run. */
function refusal({ status, reason, stoppedBy }: rpc.Taken): Denial {
  if (stoppedBy !== null) return { kind: 'voided', stoppedBy: [stoppedBy] };
  return { kind: 'rejected', reason: reason ?? status };
}
