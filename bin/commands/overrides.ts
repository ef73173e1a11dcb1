import type { OverridePattern } from '../../shared/rpc.ts';
import { option, query, report, type Command } from '../lib/command.ts';
import { table } from '../lib/output.ts';

export const overrides: Command = {
  name: 'overrides',
  summary:
    'What people keep refusing or editing, and whether that points at a policy, a manifest or a prompt',
  usage: '[--workflow <name>] [--since <time>]',
  examples: ['toolgate overrides', 'toolgate overrides --workflow lead-routing --since 2026-11-01T00:00:00Z'],
  details: ['--workflow   only of one workflow', '--since      only since the day of this time (RFC 3339)'],
  options: { workflow: { type: 'string' }, since: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const asked = query({ workflow: option(call.values, 'workflow'), since: option(call.values, 'since') });
    return report(call, ['GET', `/overrides${asked}`], ({ patterns }: { patterns: OverridePattern[] }) => {
      const rows = patterns.map((one) => [
        one.agent,
        one.action,
        one.policy,
        one.reason,
        `${one.rejected} refused, ${one.edited} edited of ${one.decided}`,
        one.places.map(({ pointer, times }) => `${pointer} ${times}`).join(', '),
        one.hint,
      ]);
      const titles = ['AGENT', 'ACTION', 'POLICY', 'REASON', 'HOW OFTEN', 'WHERE', 'POINTS AT'];
      return table(titles, rows, 'Nothing was refused or edited.');
    });
  },
};
