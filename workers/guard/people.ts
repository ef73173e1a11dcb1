import type { Target } from '../../flags/targets.ts';
import { released } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { SHIP_MS } from './book.ts';
import type { Arrival, Stored } from './stored.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Column, Governed } from './column.ts';
import type { Denial } from './denial.ts';
import { APPROVALS_MS, type Parking } from './parking.ts';
import { stillSeen } from './proposals.ts';
import { holding as holdingOf, type Held, type Holding } from './revisions.ts';
import type { Ruling } from './steps/policy.ts';

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
  'vault-silent',
  'preview-unavailable',
];

/** Step 7: what comes of people's decisions on calls that wait. */
export class People {
  readonly #column: Column;
  readonly #approvals: rpc.ApprovalRequests;
  readonly #parking: Parking;
  readonly #leasing: rpc.Leasing;

  constructor(column: Column, parking: Parking, approvals: rpc.ApprovalRequests, leasing: rpc.Leasing) {
    this.#column = column;
    this.#parking = parking;
    this.#approvals = approvals;
    this.#leasing = leasing;
  }

  /** Takes the decision and runs the column again from step 2. Throws when it cannot yet, so that it is repeated. */
  async resume(row: CallRow): Promise<void> {
    const stored = JSON.parse(row.request ?? '{}') as Stored;
    const { approval } = stored;
    if (!approval) throw new Error('a waiting call without its request');
    await this.#column.leases.ready(Date.now());
    if (!this.#waits(row.id)) return;
    // Without a lease no revision is known to fit, and taking with none would end what is only late.
    const leased = this.#column.lease();
    if (!leased.ok && leased.denial.kind !== 'unknown-action') throw new Error('no live lease: repeat later');
    const holding = holdingOf(this.#column, row, stored);
    // If the answer is lost, or we go away before the intent, the alarm comes back to it.
    this.#column.book.postpone(row.id, Date.now() + TAKE_AGAIN_MS, row.tries);
    const digests = holding.held.map(({ digest }) => digest);
    const taken = released(
      await within(APPROVALS_MS, this.#approvals.take(approval.workflow, approval.id, digests)),
    );
    if (this.#waits(row.id)) await this.#taken(row, stored, approval, holding, taken);
  }

  async #taken(
    row: CallRow,
    stored: Stored,
    approval: rpc.ApprovalRequest,
    { held, unfit }: Holding,
    taken: rpc.Taken,
  ): Promise<void> {
    const { book } = this.#column;
    switch (taken.status) {
      case 'waiting':
        return book.postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, row.tries);
      case 'unknown':
        return this.#parking.request(row, approval, held.find(({ n }) => n === 0)?.call ?? null);
      case 'expired':
        return book.endDenied(row, { kind: 'expired' });
      case 'rejected':
      case 'void':
        return book.endDenied(row, refusal(taken, unfit));
      case 'approved':
      // Taken before, and then we went away before the intent: the row still waits, so it has not run.
      case 'used': {
        const chosen = held.find(({ digest }) => digest === taken.digest);
        if (!chosen) return book.endDenied(row, { kind: 'unbound' });
        return this.#runApproved(row, stored, approval, chosen, taken);
      }
    }
  }

  /** Whether the call still waits; another message may have moved it on while we asked somebody. */
  #waits(id: string): boolean {
    return this.#column.book.row(id)?.state === 'waiting';
  }

  async #runApproved(
    row: CallRow,
    stored: Stored,
    approval: rpc.ApprovalRequest,
    chosen: Held,
    taken: rpc.Taken,
  ): Promise<void> {
    const { approvers } = taken;
    const { call: approved, digest } = chosen;
    const since = await this.#stoppedSince(approved, taken.approvedUnder);
    if (!this.#waits(row.id)) return;
    if (since.stoppedBy.length > 0) return this.#void(row, approval, digest, since.stoppedBy);
    const ends = (denial: Denial): void => this.#endOrRepeat(row, approval, digest, denial);
    const still = await this.#column.door.still(row.id, approved);
    if (!this.#waits(row.id)) return;
    if (!still.ok) return ends(still.denial);
    const facts = await this.#column.facts({ id: row.id, key: null }, approved);
    if (!this.#waits(row.id)) return;
    if (!facts.ok) return ends(facts.denial);
    const addressed = await this.#column.door.addressed(row.id, approved, facts.value);
    if (!this.#waits(row.id)) return;
    if (!addressed.ok) return ends(addressed.denial);
    const call = addressed.value;
    const same = await stillSeen(this.#column, row.id, call);
    if (!this.#waits(row.id)) return;
    if (!same.ok) return ends(same.denial);
    const known = { id: row.id, earlier: undefined, digest: row.digest, approvers };
    const taking = await this.#column.take(row.id, call, facts.value, () => known);
    if (!taking.ok) return this.#waits(row.id) ? ends(taking.denial) : undefined;
    const leased = this.#column.lease();
    if (!leased.ok || !this.#waits(row.id)) {
      this.#column.release(taking.value);
      return leased.ok ? undefined : ends(leased.denial);
    }
    // Under a newer lease a stop may have come and gone since control was asked.
    if (leased.value.epoch > since.epoch) {
      this.#column.release(taking.value);
      throw new Error('the lease is newer than the look at the stops: repeat');
    }
    const admission = this.#column.admit(call, leased.value, facts.value, taking.value, known);
    switch (admission.kind) {
      case 'admitted':
        void this.#column.execute(arrivalOf(row, stored, chosen), call, leased.value, {
          ruling: admission.ruling,
          taking: taking.value,
          approved: { digest, approvers },
        });
        return;
      case 'denied':
        return ends(admission.denial);
      case 'waits':
        return this.#waitOn(row, approval, digest, admission.ruling, leased.value);
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

  /**
   * Policy now asks for more people than have approved: their decisions are kept, and the call waits for the others. When approvals
   * does not answer this throws, and the alarm takes the decision again: it is `used` still, or waits by then.
   */
  async #waitOn(
    row: CallRow,
    { workflow, id, deadline }: rpc.ApprovalRequest,
    digest: string,
    { needs, policies }: Ruling,
    { governance }: Governed,
  ): Promise<void> {
    const more = { needs, policies, policyVersion: governance.version };
    const open = await within(APPROVALS_MS, this.#approvals.reopen(workflow, id, digest, more));
    if (!this.#waits(row.id)) return;
    const { book } = this.#column;
    if (open) return book.postpone(row.id, Date.parse(deadline) + SHIP_MS, row.tries);
    if (Date.now() >= Date.parse(deadline)) return book.endDenied(row, { kind: 'expired' });
    book.endDenied(row, { kind: 'policy', why: 'unapproved', policies });
  }

  /** A stop came after the approval. Approvals is told for people's lists only, so one attempt will do. */
  #void(row: CallRow, approval: rpc.ApprovalRequest, digest: string, stoppedBy: Target[]): void {
    this.#column.book.endDenied(row, { kind: 'voided', stoppedBy });
    const told = this.#approvals.void(approval.workflow, approval.id, digest, stoppedBy[0] ?? null);
    void within(APPROVALS_MS, told).catch(() => undefined);
  }

  /** What passes by itself is waited for until the deadline; everything else ends the call. */
  #endOrRepeat(row: CallRow, approval: rpc.ApprovalRequest, digest: string, denial: Denial): void {
    const { book } = this.#column;
    if (denial.kind === 'stopped') return this.#void(row, approval, digest, [denial.target]);
    if (!passes(denial)) return book.endDenied(row, denial);
    if (Date.now() >= Date.parse(approval.deadline)) return book.endDenied(row, { kind: 'expired' });
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

/** Why a call that waited may not run. `unfit`: why a revision of it fits its contract no longer. */
function refusal({ status, reason, stoppedBy }: rpc.Taken, unfit: Denial | null): Denial {
  if (stoppedBy !== null) return { kind: 'voided', stoppedBy: [stoppedBy] };
  if (status === 'void') return unfit ?? { kind: 'unbound' };
  return { kind: 'rejected', reason };
}

/** What runs: the very bytes of the revision that was approved, under the row's own digest, by which it is asked for again. */
function arrivalOf({ id, key, digest }: CallRow, stored: Stored, { request, edited, n }: Held): Arrival {
  return { id, key, digest, stored: { ...stored, request, ...(n > 0 && { edited }) } };
}
