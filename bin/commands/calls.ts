import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { inline, table } from '../lib/output.ts';

/** What the ledger tells of a call; this command reads no more of it. */
interface CallLine {
  call: string;
  since: string;
  agent: string | null;
  action: string | null;
  status: string;
  reason: string | null;
  undo: { left?: string } | null;
  undone: { by?: string } | null;
}

export const calls: Command = {
  name: 'calls',
  summary: 'Calls, newest first',
  usage:
    '[--agent <name>] [--tool <name>] [--workflow <name>] [--since <time>] [--limit 20] [--after <cursor>]',
  examples: [
    'toolgate calls',
    'toolgate calls --agent lead-router --limit 5',
    'toolgate calls --tool crm --json',
  ],
  details: [
    '--since   RFC 3339, such as 2026-11-01T00:00:00Z',
    '--after   the cursor that the page before ended with',
  ],
  options: {
    agent: { type: 'string' },
    tool: { type: 'string' },
    workflow: { type: 'string' },
    since: { type: 'string' },
    after: { type: 'string' },
    limit: { type: 'string' },
  },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const limit = option(call.values, 'limit') ?? '20';
    if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 500)
      return misuse('--limit is a number from 1 to 500.');
    const filter = ['agent', 'tool', 'workflow', 'since', 'after'].map((name) => [
      name,
      option(call.values, name),
    ]);
    const path = `/calls${query({ ...(Object.fromEntries(filter) as Record<string, string | undefined>), limit })}`;
    return report(call, ['GET', path], show);
  },
};

function show({ calls: found, next }: { calls: CallLine[]; next: string | null }): string {
  const rows = found.map(({ call, since, agent, action, status, reason, undo, undone }) => [
    call,
    since,
    agent ?? '',
    action ?? '',
    status,
    undone ? `undone by ${undone.by ?? 'somebody'}` : (undo?.left ?? ''),
    reason ?? '',
  ]);
  const more = next === null ? '' : `\n\nMore: --after ${inline(next, 200)}`;
  return (
    table(['CALL', 'SINCE', 'AGENT', 'ACTION', 'STATUS', 'UNDO', 'REASON'], rows, 'No calls are recorded.') +
    more
  );
}
