/** A rollback as people see it. Pure. */
import type { Course } from '../../../shared/rollback/course.ts';
import type { RollbackCounts, RollbackView } from '../../../shared/rollback/view.ts';
import type { Header } from './store.ts';

export function viewOf(header: Header, course: Course, dryRun: boolean): RollbackView {
  const { id, status, selection, reason, by, at, agents, plan, runBy, endedAt, detail } = header;
  return {
    id,
    status,
    dryRun,
    selection,
    reason,
    by: by.email,
    at,
    agents,
    plan: plan && { digest: plan.digest, needs: plan.needs, counts: plan.counts },
    approvals: approvalsOf(header).map((one) => ({ by: one.by, at: one.at, reason: one.reason })),
    runBy: runBy?.email ?? null,
    counts: countsOf(course),
    endedAt,
    detail,
  };
}

/** Those of the plan in force: of an earlier one, nothing is approved. */
export function approvalsOf({ approvals, plan }: Pick<Header, 'approvals' | 'plan'>): Header['approvals'] {
  return approvals.filter(({ digest }) => digest === plan?.digest);
}

export function countsOf(course: Course): RollbackCounts {
  const counts = { restored: 0, nothing: 0, left: 0, underWay: 0, waiting: 0 };
  for (const { call } of course.steps) {
    const { kind } = course.state(call);
    counts[kind === 'under-way' ? 'underWay' : kind] += 1;
  }
  return counts;
}
