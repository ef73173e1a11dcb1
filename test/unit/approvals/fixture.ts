import type { Approval } from '../../../shared/rpc.ts';
import { approvalRequestOf } from '../../approval-request.ts';

/** A request that waits for one approver, with whatever a test wants otherwise. */
export function waitingApproval(over: Partial<Approval>): Approval {
  return {
    ...approvalRequestOf(),
    id: 'appr_01JD0000000000000000000000',
    call: 'call_01JD0000000000000000000000',
    digest: 'd1',
    requestedAt: '2026-11-22T12:00:00.000Z',
    respondBy: '2026-11-22T12:30:00.000Z',
    deadline: '2026-11-22T13:00:00.000Z',
    status: 'waiting',
    decisions: [],
    edits: [],
    approvedUnder: null,
    stoppedBy: null,
    escalated: 0,
    reminded: 0,
    ...over,
  };
}
