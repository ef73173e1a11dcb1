import type { Approval, DecisionRecord } from '../../shared/rpc.ts';

/** What approvals of before were stored without; what is not known counts as the riskier of what it may be. */
const unsaid = {
  approvedUnder: null,
  stoppedBy: null,
  revision: 0,
  edited: null,
  edits: [],
  escalated: 0,
  reminded: 0,
  group: 'approvers',
  escalation: [],
  preview: null,
  sensitivity: 'restricted',
  provenance: [],
  releases: [],
  usage: { spend: 0, currency: null, recipients: 0, records: 0, accounts: [], campaigns: [], regions: [] },
  irreversible: true,
} as const satisfies Partial<Approval>;

/** An approval as it is stored, by whatever version of this code. Pure. */
export function readApproval(body: string): Approval {
  const stored = JSON.parse(body) as Omit<Approval, keyof typeof unsaid> & Partial<Approval>;
  const approval = { ...structuredClone(unsaid), ...stored };
  return {
    ...approval,
    respondBy: stored.respondBy ?? approval.deadline,
    decisions: approval.decisions.map((record) => readDecision(record, approval.digest)),
  };
}

/** Decisions of before were all by hand, by own right, and on what was never edited. */
function readDecision(stored: Partial<DecisionRecord>, digest: string): DecisionRecord {
  return {
    onBehalfOf: null,
    preapproval: null,
    ofEditor: false,
    digest,
    ...stored,
  } as DecisionRecord;
}
