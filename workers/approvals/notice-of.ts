import type { ApprovalNotice, Notice } from '../../shared/notices.ts';
import type { Approval } from '../../shared/rpc.ts';
import { isNoStrangers, peopleNeeded } from './counting.ts';
import { groupsAsked } from './eligible.ts';
import { percentPassed, type Milestone } from './milestones.ts';

/** Levels at which a card in a chat may carry buttons. */
const lowRisk = ['public', 'internal', 'confidential'] as const;

/** What people are told of a request: that it waits (anew), what its clocks passed, or that it is over. */
export type Occasion = { kind: 'asked' } | { kind: 'over' } | Milestone;

/**
 * The notice of it: who is told, where to look, and no word of what the agent wrote. The same occasion has the same id,
 * so that nobody is told twice. Pure.
 */
export function noticeOf(approval: Approval, occasion: Occasion, now: number): Notice & ApprovalNotice {
  const { id, workflow, agent, action, digest, deadline, status, revision } = approval;
  const needs = peopleNeeded(approval);
  return {
    id: `${id}/${revision}/${needs}/${nameOf(occasion)}`,
    at: new Date(now).toISOString(),
    workflow,
    agent,
    path: `/console/approvals/${id}`,
    kind: kindOf(occasion),
    groups: occasion.kind === 'escalation' ? [occasion.group] : groupsAsked(approval),
    addresses: [],
    approval: id,
    action,
    digest,
    needs,
    deadline,
    status,
    percent: occasion.kind === 'reminder' ? occasion.percent : percentPassed(approval, now),
    buttons: status === 'waiting' && mayHaveButtons(approval),
    policies: approval.policies.map(({ id }) => id),
  };
}

/** Whether a card may decide on it: one person is enough, it can be undone, and nothing about it asks for a closer look. Pure. */
export function mayHaveButtons(approval: Approval): boolean {
  const { irreversible, sensitivity, revision } = approval;
  return (
    peopleNeeded(approval) === 1 &&
    !irreversible &&
    revision === 0 &&
    isNoStrangers(approval) &&
    lowRisk.some((level) => level === sensitivity)
  );
}

function kindOf({ kind }: Occasion): ApprovalNotice['kind'] {
  switch (kind) {
    case 'asked':
      return 'approval';
    case 'over':
      return 'approval-over';
    case 'reminder':
      return 'approval-reminder';
    case 'escalation':
      return 'approval-escalated';
  }
}

function nameOf(occasion: Occasion): string {
  switch (occasion.kind) {
    case 'asked':
    case 'over':
      return occasion.kind;
    case 'reminder':
      return `reminder-${occasion.percent}`;
    case 'escalation':
      return `escalation-${occasion.escalated}`;
  }
}
