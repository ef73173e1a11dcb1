import { describe, expect, test } from 'vitest';
import {
  analyseRollbackDrill,
  rollbackDrillMarkdown,
  type RollbackEvents,
} from '../../../bin/lib/rollback-drill-report.ts';
import { planOf } from '../../../shared/rollback/plan.ts';
import type { StepState } from '../../../shared/rollback/step.ts';
import { call, callId, ground } from '../rollback/kit.ts';

const { steps } = planOf(ground([call(1), call(2)]));
const restored: StepState = { kind: 'restored', lane: 'l', seen: 'as-before' };
const contact = { id: '101', properties: { phone: '1' }, updatedAt: 'then' };
const view = (record: Record<string, unknown>) => [
  { vendor: 'hubspot', type: 'contacts', records: [record] },
];

function events(changed: Partial<RollbackEvents> = {}, state: StepState = restored): RollbackEvents {
  const counts = { restored: 2, nothing: 0, left: 0, underWay: 0, waiting: 0 };
  const at = new Date(0).toISOString();
  return {
    environment: 'sandbox',
    startedAt: 0,
    session: 's',
    calls: steps.map((step) => ({ call: step.call, agent: step.agent, action: step.action })),
    receipts: [{ id: 'rcpt_1', target: 'agent:lead-router', confirmMs: 20 }],
    rollback: {
      rollback: {
        id: 'roll_1',
        status: 'ended',
        dryRun: false,
        selection: {},
        reason: '',
        by: 'o',
        at,
        agents: [],
        plan: null,
        approvals: [],
        runBy: null,
        counts,
        endedAt: at,
        detail: null,
      },
      steps: steps.map((step, n) => ({ step, state: n === 0 ? state : restored })),
      next: null,
    },
    before: view(contact),
    after: view({ ...contact, updatedAt: 'now' }),
    writes: 2,
    marks: {
      incident: 0,
      seen: 100,
      asked: 110,
      answered: 150,
      planAsked: 160,
      planned: 200,
      runAsked: 210,
      ran: 400,
      ended: 500,
    },
    ...changed,
  };
}

describe('a drill of a rollback', () => {
  test('held when the vendors hold what they held, but for times of change, and each change was made once', () => {
    expect(analyseRollbackDrill(events())).toMatchObject({
      verdict: 'held',
      reasons: [],
      tools: ['crm'],
      times: { detect: 100, decide: 10, stop: 40, plan: 40, restore: 190 },
    });
  });

  test('did not hold when a record differs, is gone or was not there before', () => {
    const other = view({ ...contact, properties: { phone: '2' } });
    for (const after of [other, view({ ...contact, id: '102' }), []])
      expect(analyseRollbackDrill(events({ after })).verdict).toBe('violated');
    const report = analyseRollbackDrill(events({ after: other }));
    expect(report.reasons).toEqual(['hubspot contacts 101 is not as before']);
  });

  test('takes what lies in the trash for gone', () => {
    const after = [
      ...view(contact),
      { vendor: 'wordpress', type: 'posts', records: [{ id: 9, status: 'trash' }] },
    ];
    expect(analyseRollbackDrill(events({ after })).verdict).toBe('held');
  });

  test('did not hold when something was written twice, left, or not seen to be as before', () => {
    const instead = { kind: 'decide', text: '', draft: null } as const;
    expect(analyseRollbackDrill(events({ writes: 3 })).verdict).toBe('violated');
    const left: StepState = { kind: 'left', why: 'conflict', detail: '', instead, lane: null };
    expect(analyseRollbackDrill(events({}, left)).reasons).toEqual([
      `${callId(2)} crm.contact.update was not taken back`,
    ]);
    expect(analyseRollbackDrill(events({}, { ...restored, seen: 'changed' })).verdict).toBe('violated');
  });

  test('proves nothing where no vendor shows its records or its log', () => {
    expect(analyseRollbackDrill(events({ before: null, after: null })).verdict).toBe('unproven');
    expect(analyseRollbackDrill(events({ writes: null })).verdict).toBe('unproven');
  });

  test('is told in Markdown, with each time', () => {
    const text = rollbackDrillMarkdown(analyseRollbackDrill(events()), {
      id: 'drill_1',
      sha256: 'ab',
      note: null,
    });
    expect(text).toContain('**HELD');
    expect(text).toContain('| restore | 190 ms |');
    expect(text).toContain('In the journal as drill_1');
  });
});
