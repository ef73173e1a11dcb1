import { describe, expect, test } from 'vitest';
import { rollbackSheet } from '../../../bin/lib/rollback-words.ts';
import type { RollbackPage, RollbackView } from '../../../shared/rollback/view.ts';

const operator = 'operator@sandbox.example';

describe('what is next for a plan that waits for people', () => {
  test('names somebody on this machine who has not asked for it or approved it yet', () => {
    expect(sheet({ by: operator })).toContain('--as operator2');
    const half = sheet({ by: operator, approvals: ['operator2@sandbox.example'] });
    expect(half).toContain('--as approver\n');
    expect(half).not.toContain('--as operator2');
  });

  test('names nobody elsewhere, where no one acts as somebody else', () => {
    const text = sheet({ by: 'lea@acme.example' });
    expect(text).toContain('as somebody else: toolgate rollback approve');
    expect(text).not.toContain('--as');
  });
});

function sheet({ by, approvals = [] }: { by: string; approvals?: string[] }): string {
  const counts = { takes: 1, nothing: 0, left: 0 };
  const rollback = {
    id: 'roll_01JD0000000000000000000000',
    status: 'planned',
    selection: { agent: 'lead-router' },
    by,
    reason: 'a test',
    dryRun: false,
    plan: { digest: 'd', needs: 2, counts },
    approvals: approvals.map((one) => ({ by: one, at: '2026-11-22T12:00:00.000Z' })),
    runBy: null,
    detail: null,
  } as unknown as RollbackView;
  return rollbackSheet({ rollback, steps: [] } as unknown as RollbackPage);
}
