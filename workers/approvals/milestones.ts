import type { Approval } from '../../shared/rpc.ts';

/** Percent of the time to the deadline at which whoever is asked is reminded. */
const reminders = [50, 90] as const;

/** What the time brings to a request that waits. */
export type Milestone =
  | { kind: 'reminder'; percent: number }
  | { kind: 'escalation'; group: string; escalated: number };

/**
 * The request at a time, and what it passed on the way there: reminders, of several that were missed only the last, and each group
 * that is asked besides. Stops change nothing about it. Pure.
 */
export function advance(approval: Approval, now: number): { approval: Approval; passed: Milestone[] } {
  if (approval.status !== 'waiting') return { approval, passed: [] };
  const reminded = reminders.findLast((percent) => reminderAt(approval, percent) <= now) ?? 0;
  const due = approval.escalation.filter((_, place) => escalationAt(approval, place) <= now).length;
  const escalated = Math.max(approval.escalated, due);
  const passed: Milestone[] = approval.escalation
    .slice(approval.escalated, escalated)
    .map((group, place) => ({
      kind: 'escalation',
      group,
      escalated: approval.escalated + place + 1,
    }));
  if (reminded > approval.reminded) passed.unshift({ kind: 'reminder', percent: reminded });
  if (passed.length === 0) return { approval, passed };
  return { approval: { ...approval, escalated, reminded: Math.max(approval.reminded, reminded) }, passed };
}

/** When the next of it is due (Unix ms); null: nothing more before the deadline. Pure. */
export function nextMilestone(approval: Approval): number | null {
  if (approval.status !== 'waiting') return null;
  const { escalation, escalated, reminded } = approval;
  const times = [
    ...reminders.filter((percent) => percent > reminded).map((percent) => reminderAt(approval, percent)),
    ...escalation.map((_, place) => escalationAt(approval, place)).slice(escalated),
  ].filter((at) => at < Date.parse(approval.deadline));
  return times.length > 0 ? Math.min(...times) : null;
}

/** How much of the time has passed, in whole percent. Pure. */
export function percentPassed({ requestedAt, deadline }: Approval, now: number): number {
  const start = Date.parse(requestedAt);
  const share = (now - start) / (Date.parse(deadline) - start);
  return Number.isFinite(share) ? Math.max(0, Math.min(100, Math.floor(share * 100))) : 100;
}

function reminderAt({ requestedAt, deadline }: Approval, percent: number): number {
  const start = Date.parse(requestedAt);
  return start + ((Date.parse(deadline) - start) * percent) / 100;
}

/** The first when nobody responded in time, the others evenly over what is left. NaN, and so never, for what is no time. */
function escalationAt({ respondBy, deadline, escalation }: Approval, place: number): number {
  const start = Date.parse(respondBy);
  return start + ((Date.parse(deadline) - start) * place) / escalation.length;
}
