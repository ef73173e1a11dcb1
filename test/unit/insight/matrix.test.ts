import { beforeAll, describe, expect, test, vi } from 'vitest';
import { matrix, matrixChanges, type MatrixRow } from '../../../bin/lib/matrix.ts';
import { policyDiff } from '../../../bin/lib/policy-diff.ts';
import { sampleCall, spendLine } from '../../../bin/lib/sample-call.ts';
import { severities, severityOf } from '../../../bin/lib/severity.ts';
import type { Governance } from '../../../shared/governance.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { shipped, times } from '../policy/ask.ts';
import { changedSet, policies } from './kit.ts';

// Real Cedar takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let set: Governance;
beforeAll(async () => {
  set = await shipped();
});

const rest = { catalogue, environment: 'sandbox', now: times.office };

function cell(rows: readonly MatrixRow[], action: string, situation: string, agent = 'lead-router'): unknown {
  return rows.find((row) => row.action === action && row.situation === situation)?.cells[agent];
}

function rows(from: Governance): MatrixRow[] {
  return matrix({ ...rest, set: from, agents: Object.keys(from.manifests) });
}

describe('the matrix', () => {
  test('has a row for every action, each in one class', () => {
    const found = rows(set);
    expect(new Set(found.map(({ action }) => action))).toEqual(new Set(catalogue.keys()));
    for (const action of catalogue.values())
      expect(severities.map(({ id }) => id)).toContain(severityOf(action));
  });

  test('tells a plain call from an unsure one, a night and a missing right', () => {
    const found = rows(set);
    expect(cell(found, 'leads.lead.route', 'execute')).toBe('allow');
    expect(cell(found, 'leads.lead.route', 'execute-unsure')).toBe('1 person');
    expect(cell(found, 'crm.contact.update', 'execute')).toBe('1 person');
    expect(cell(found, 'crm.contact.update', 'execute-outside', 'support-agent')).toBe('2 people');
    expect(cell(found, 'crm.contact.update', 'propose')).toBe('allow');
    expect(cell(found, 'leads.lead.route', 'execute', 'support-agent')).toBe('not granted');
    expect(cell(found, 'leads.lead.route', 'execute-spend')).toBe('-');
  });

  test('puts the worst class that fits: money and the public above records, records above reads', () => {
    const action = (name: string) => catalogue.get(name)!;
    expect(severityOf(action('crm.company.read'))).toBe('look');
    expect(severityOf(action('crm.contact.read'))).toBe('look-personal');
    expect(severityOf(action('leads.lead.route'))).toBe('change');
    expect(severityOf(action('crm.contact.update'))).toBe('change-personal');
    expect(severityOf({ ...action('crm.contact.update'), groups: ['send'] })).toBe('reach');
    expect(severityOf({ ...action('crm.contact.update'), groups: ['send', 'delete'] })).toBe('authority');
  });

  test('asks about calls that fit their contracts, or at least say all that they must', () => {
    const manifest = set.manifests['lead-router']!;
    for (const action of catalogue.values()) {
      const grants = [{ action: action.name, mode: action.mode }];
      const { input, facts } = sampleCall(action, { ...manifest, grants }, Date.now());
      const required = (action.inputSchema['required'] ?? []) as string[];
      expect([action.name, Object.keys(input)]).toEqual([action.name, expect.arrayContaining(required)]);
      if (action.inputSchema['examples']) expect(action.input.safeParse(input).error).toBeUndefined();
      expect(action.facts?.safeParse(facts).error).toBeUndefined();
    }
  });

  test('finds the spend line in the policies', () => {
    const lines = policies(`
      @id("first-line") @reason("x") forbid (principal, action, resource) when { context.spend >= 500 } unless { context.approvals >= 1 };
      @id("second-line") @reason("x") forbid (principal, action, resource) when { context.spend > 70000 } unless { context.approvals >= 2 };`);
    expect(spendLine(lines)).toBe(70_000);
    expect(spendLine([])).toBeUndefined();
  });
});

describe('the difference of two sets', () => {
  test('is none between a set and itself', () => {
    expect(matrixChanges(set, set, rest)).toEqual([]);
    expect(policyDiff(set, set, rest)).toMatchObject({
      added: [],
      removed: [],
      changed: [],
      cells: [],
      widens: [],
    });
  });

  test('names policies, changed lines, cells and what widens', () => {
    const more = policies(`@id("companies-wait") @reason("x")
forbid (principal, action == Action::"crm.company.read", resource)
unless { context.approvals >= 1 };`);
    const next = changedSet(set, more, ['low-confidence-waits']);
    const found = policyDiff(set, next, rest);
    expect(found.added.map(({ id }) => id)).toEqual(['companies-wait']);
    expect(found.removed.map(({ id }) => id)).toEqual(['low-confidence-waits']);
    expect(found.cells).toContainEqual({
      action: 'crm.company.read',
      agent: 'lead-router',
      situation: 'read',
      was: 'allow',
      is: '1 person',
    });
    expect(found.cells).toContainEqual(
      expect.objectContaining({
        action: 'leads.lead.route',
        situation: 'execute-unsure',
        was: '1 person',
        is: 'allow',
      }),
    );
    expect(found.widens.join()).toContain('low-confidence-waits removed');

    const two = policies(`@id("companies-wait") @reason("x")
forbid (principal, action == Action::"crm.company.read", resource)
unless { context.approvals >= 2 };`);
    const changed = policyDiff(next, changedSet(next, two, ['companies-wait']), rest);
    expect(changed.changed).toMatchObject([
      {
        id: 'companies-wait',
        lines: expect.arrayContaining([
          '- unless { context.approvals >= 1 };',
          '+ unless { context.approvals >= 2 };',
        ]),
      },
    ]);
    expect(changed.cells).toContainEqual(expect.objectContaining({ was: '1 person', is: '2 people' }));
  });
});
