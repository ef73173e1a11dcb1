import { emptyDirectory } from '../../../shared/directory.ts';
import type { Approval } from '../../../shared/rpc.ts';
import type { Decision } from '../../../workers/approvals/decide.ts';
import type { Known } from '../../../workers/approvals/eligible.ts';
import { approvalRequestOf } from '../../approval-request.ts';

/** Without `governance/people.yaml`, and with nothing lent. */
export const nobodyKnown: Known = { directory: emptyDirectory, delegations: [] };

/** What an approver says by hand, as whatever they are shown. */
export function approverSays(email: string, decision: 'approve' | 'reject' = 'approve'): Decision {
  return {
    email,
    roles: ['approver'],
    decision,
    reason: 'as-expected',
    note: '',
    digest: null,
    credential: 'c1',
    preapproval: null,
  };
}

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
