import type { Handoff, TriageTerms } from '../../../shared/handoffs.ts';
import type { Review } from '../../../shared/reviews.ts';

export const T = Date.parse('2026-11-22T12:00:00.000Z');
export const at = (ms: number): string => new Date(T + ms).toISOString();

export const terms: TriageTerms = {
  workflow: 'support',
  group: 'first-line',
  escalation: ['second-line', 'leadership'],
  respondSeconds: 100,
  owners: ['owner@acme.example'],
  contact: 'incidents@acme.example',
};

/** An open case with 100 s to respond, with whatever a test wants otherwise. */
export function handoffOf(over: Partial<Handoff> = {}): Handoff {
  return {
    id: 'handoff_01JD0000000000000000000000',
    kind: 'unclassifiable',
    agent: 'support-agent',
    workflow: 'support',
    about: { tool: 'support', record: '2001' },
    summary: 'Says nothing that a rule knows.',
    tried: [],
    options: [],
    calls: [],
    urgent: false,
    session: null,
    reportedBy: null,
    times: 1,
    state: 'open',
    group: terms.group,
    escalation: terms.escalation,
    escalated: 0,
    reminded: 0,
    addressees: [],
    contact: terms.contact,
    owner: null,
    at: at(0),
    respondBy: at(100_000),
    takenAt: null,
    resolvedAt: null,
    resolution: null,
    ...over,
  };
}

/** An open review of a call that one person approved. */
export function reviewOf(over: Partial<Review> = {}): Review {
  return {
    call: 'call_01JD0000000000000000000000',
    agent: 'support-agent',
    workflow: 'support',
    tool: 'support',
    action: 'support.refund.request',
    cause: 'audited',
    risk: 60,
    approvers: ['approver@acme.example'],
    terms,
    at: at(0),
    respondBy: at(5 * 86_400_000),
    state: 'open',
    verdict: null,
    by: null,
    note: null,
    doneAt: null,
    ...over,
  };
}
