import { newId } from '../../shared/ids.ts';
import { released } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { approvalRequest } from './approval-request.ts';
import { SHIP_MS, type Arrival, type Stored } from './book.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Column, Governed } from './column.ts';
import type { Denial } from './denial.ts';
import { callEntry, rulingEntry } from './entries.ts';
import type { Ruling } from './steps/policy.ts';

/** Approvals is not waited for longer; the row stays and the alarm asks again. */
const APPROVALS_MS = 5_000;
const TAKE_AGAIN_MS = 5_000;

/** Denials that pass by themselves. */
const passing: readonly Denial['kind'][] = ['limited', 'busy', 'no-lease', 'facts-missing', 'source-silent'];

/** Step 7: calls that wait for people, and what comes of their decisions. */
export class People {
  readonly #column: Column;
  readonly #approvals: rpc.ApprovalRequests;

  constructor(column: Column, approvals: rpc.ApprovalRequests) {
    this.#column = column;
    this.#approvals = approvals;
  }

  /** The call waits. The row is durable first; the request is sent again until approvals has it. */
  async park(
    arrival: Arrival,
    asked: AskedCall,
    governance: Governed['governance'],
    ruling: Ruling,
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
      now,
    });
    const ruled = rulingEntry(ruling, governance.version);
    const entry = {
      ...callEntry(call, asked),
      ...ruled,
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
    const { approval, caller, request } = stored;
    if (!approval) throw new Error('a waiting call without its request');
    await this.#column.leases.ready(Date.now());
    const asked = this.#column.contract(caller, request);
    if (!asked.ok && asked.denial.kind === 'no-lease') throw new Error('no live lease: repeat later');
    // If the answer is lost, or we go away before the intent, the alarm comes back to it.
    this.#column.book.postpone(row.id, Date.now() + TAKE_AGAIN_MS, row.tries);
    const taking = this.#approvals.take(approval.workflow, approval.id, row.digest);
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
        return this.#column.book.endDenied(row, { kind: 'rejected', reason: taken.reason ?? taken.status });
      case 'approved':
      // Taken before, and then we went away before the intent: the row still waits, so it has not run.
      case 'used':
        return asked.ok
          ? this.#runApproved(row, stored, asked.value, taken.approvers)
          : this.#column.book.endDenied(row, asked.denial);
    }
  }

  /** Whether the call still waits; another message may have moved it on while we asked somebody. */
  #waits(id: string): boolean {
    return this.#column.book.row(id)?.state === 'waiting';
  }

  async #runApproved(row: CallRow, stored: Stored, call: AskedCall, approvers: string[]): Promise<void> {
    const facts = await this.#column.facts({ id: row.id, key: null }, call);
    if (!this.#waits(row.id)) return;
    if (!facts.ok) return this.#endOrRepeat(row, stored, facts.denial);
    const leased = this.#column.lease();
    if (!leased.ok) return this.#endOrRepeat(row, stored, leased.denial);
    const known = { earlier: undefined, digest: row.digest, approvers };
    const admission = this.#column.admit(call, leased.value, facts.value, known);
    switch (admission.kind) {
      case 'admitted': {
        const { id, key, digest } = row;
        void this.#column.execute(
          { id, key, digest, stored },
          call,
          leased.value,
          admission.ruling,
          approvers,
        );
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

  /** What passes by itself is waited for until the deadline; everything else ends the call. */
  #endOrRepeat(row: CallRow, { approval }: Stored, denial: Denial): void {
    const { book } = this.#column;
    if (!passing.includes(denial.kind)) return book.endDenied(row, denial);
    if (Date.now() >= Date.parse(approval?.deadline ?? '')) return book.endDenied(row, { kind: 'expired' });
    book.postpone(row.id, Date.now() + SHIP_MS, row.tries);
  }
}
