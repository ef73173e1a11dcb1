import { report, type Command } from '../lib/command.ts';
import { table } from '../lib/output.ts';

/** What control tells of one version; this command reads no more of it. */
interface Version {
  /** Null: with this set the agent was taken away. */
  number: number | null;
  record: {
    version: string;
    at: string;
    by: string;
    approvedBy: string | null;
    reason: string;
    inForce: boolean;
  };
}

export const manifestHistory: Command = {
  name: 'manifest history',
  summary: 'Every version of an agent’s manifest that was ever in force: when, by whom and why',
  usage: '<agent>',
  examples: ['toolgate manifest history lead-router', 'toolgate manifest history lead-router --json'],
  details: ['What two of them say otherwise: toolgate manifest diff <agent> --from <set> --to <set>'],
  options: {},
  takes: 1,
  person: 'auditor',
  run: async (call) =>
    report(
      call,
      ['GET', `/agents/${encodeURIComponent(call.args[0] ?? '')}/manifests`],
      show,
      'toolgate manifest check lists the agents of this checkout.',
    ),
};

function show({ manifests }: { manifests: Version[] }): string {
  const rows = manifests.map(({ number, record }) => [
    number === null ? 'taken away' : String(number),
    record.at,
    record.by,
    record.approvedBy ?? '',
    record.inForce ? 'in force' : '',
    record.version,
    record.reason,
  ]);
  const titles = ['VERSION', 'SINCE', 'BY', 'APPROVED BY', '', 'SET', 'REASON'];
  return table(titles, rows, 'No manifest of this agent was ever in force.');
}
