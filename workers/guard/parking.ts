import { newId } from '../../shared/ids.ts';
import type { Preview } from '../../shared/preview.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { approvalRequest } from './approval-request.ts';
import { SHIP_MS } from './book.ts';
import type { Arrival } from './stored.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Column, Governed } from './column.ts';
import { forPeople } from './derived.ts';
import { ruledEntry } from './entries.ts';
import { previewForPeople } from './preview.ts';
import { firstDigest } from './revisions.ts';
import type { Ruling } from './steps/policy.ts';
import type { Taking } from './taken.ts';

/** Approvals is not waited for longer; the row stays and the alarm asks again. */
export const APPROVALS_MS = 5_000;
/** What a call would change is looked up for the approver no longer than this: the agent waits for its answer. */
const PREVIEW_MS = 5_000;

/** What the column found out about a call that has to wait. */
export interface Held {
  ruling: Ruling;
  taking: Taking;
  /** What it changes, if that was looked up already. */
  seen: Preview | null;
}

/** Step 7: a call begins to wait for people. */
export class Parking {
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
    { ruling, taking, seen }: Held,
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const { id: call } = arrival;
    const approval = approvalRequest({
      id: newId('appr', now),
      call,
      digest: firstDigest(this.#column, arrival, asked),
      asked,
      governance,
      ruling,
      usage: taking.usage,
      seen,
      provenance: forPeople(asked.derived?.arguments ?? []),
      now,
    });
    const { digest, deadline } = approval;
    const entry = { ...ruledEntry(call, asked, ruling), digest, approval: approval.id, deadline };
    const row = this.#column.book.park(arrival, asked, approval, entry, governance.manifest.webhook);
    await this.request(row, approval, asked);
    return this.#column.book.state(row);
  }

  /** Tells approvals of a waiting call, with what it would change. `asked` null: it no longer fits, so nothing is looked up. */
  async request(row: CallRow, approval: rpc.ApprovalRequest, asked: AskedCall | null): Promise<void> {
    const { book } = this.#column;
    // Not again by the alarm while this goes on.
    book.postpone(row.id, Date.now() + PREVIEW_MS + APPROVALS_MS + SHIP_MS, row.tries);
    const preview = approval.preview ?? (asked && (await this.preview(row.id, asked)));
    if (!this.#waits(row.id)) return;
    const sent = await within(APPROVALS_MS, this.#approvals.request({ ...approval, preview })).then(
      () => true,
      () => false, // Approvals does not answer: the row stays due, and the alarm sends it again.
    );
    // The decision may have overtaken this answer.
    if (!this.#waits(row.id)) return;
    if (sent) book.postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, 1);
    else book.postpone(row.id, Date.now() + SHIP_MS, row.tries);
  }

  /** What a call would change, for approvers; null: its tool cannot tell now. They are better asked without than not at all. */
  async preview(id: string, asked: AskedCall): Promise<rpc.RequestPreview | null> {
    try {
      const seen = await within(PREVIEW_MS, this.#column.preview(id, asked));
      return seen.ok ? previewForPeople(seen.value, asked.action) : null;
    } catch {
      return null; // Too late, or the tool's Worker is gone.
    }
  }

  #waits(id: string): boolean {
    return this.#column.book.row(id)?.state === 'waiting';
  }
}
