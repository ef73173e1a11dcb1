import { newId } from '../shared/ids.ts';
import type { ApprovalRequest } from '../shared/rpc.ts';

/** A guard's request for one approver, with whatever a test wants otherwise. */
export function approvalRequestOf(over: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const now = Date.now();
  return {
    id: newId('appr', now),
    call: newId('call', now),
    agent: 'lead-router',
    user: null,
    workflow: 'lead-intake',
    tool: 'crm',
    action: 'crm.contact.update',
    digest: 'd'.repeat(64),
    revision: 0,
    edited: null,
    input: { id: '42', email: '[email]' },
    because: { goal: 'route it', explanation: 'it is big', sources: ['form'] },
    confidence: 80,
    policies: [{ id: 'big-leads', reason: 'over 500 employees' }],
    policyVersion: 'v1',
    effect: 'changes a contact',
    preview: null,
    sensitivity: 'confidential',
    releases: [],
    provenance: [{ pointer: '/id', level: 'unattributed', from: null }],
    usage: { spend: 0, currency: null, recipients: 0, records: 1, accounts: [], campaigns: [], regions: [] },
    undo: 'changes it back',
    irreversible: false,
    needs: 1,
    group: 'approvers',
    escalation: [],
    requestedAt: new Date(now).toISOString(),
    respondBy: new Date(now + 30_000).toISOString(),
    deadline: new Date(now + 60_000).toISOString(),
    ...over,
  };
}
