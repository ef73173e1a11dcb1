import type { Approval } from '../../../shared/rpc.ts';

/** A request that waits for one approver, with whatever a test wants otherwise. */
export function waitingApproval(over: Partial<Approval>): Approval {
  return {
    id: 'appr_01JD0000000000000000000000',
    call: 'call_01JD0000000000000000000000',
    agent: 'lead-router',
    user: null,
    workflow: 'lead-intake',
    tool: 'crm',
    action: 'crm.contact.update',
    digest: 'd1',
    input: {},
    because: null,
    confidence: null,
    policies: [],
    policyVersion: 'v1',
    effect: 'changes a contact',
    undo: 'changes it back',
    needs: 1,
    requestedAt: '2026-11-22T12:00:00.000Z',
    deadline: '2026-11-22T13:00:00.000Z',
    status: 'waiting',
    decisions: [],
    approvedUnder: null,
    stoppedBy: null,
    ...over,
  };
}
