import type { ApprovalNotice, Notice } from '../shared/notices.ts';

/** A notice of an approval that waits, with what a test wants otherwise. */
export function approvalNoticeOf(
  more: Partial<ApprovalNotice & { id: string; agent: string; workflow: string; path: string }> = {},
): Notice {
  return {
    id: 'appr_01JD0000000000000000000000/approval',
    at: '2026-11-23T10:00:00.000Z',
    workflow: 'content',
    agent: 'content-writer',
    path: '/console/approvals/appr_01JD0000000000000000000000',
    kind: 'approval',
    groups: ['publishing'],
    addresses: [],
    approval: 'appr_01JD0000000000000000000000',
    action: 'cms.page.publish',
    digest: 'a'.repeat(64),
    needs: 1,
    deadline: '2026-11-24T10:00:00.000Z',
    status: 'waiting',
    percent: 0,
    buttons: false,
    ...more,
  };
}
