import { setTimeout as sleep } from 'node:timers/promises';
import { askOps } from '../lib/client.ts';
import { misuse, option, query, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { inline, printable, table, type Report } from '../lib/output.ts';

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

const filters = ['agent', 'tool', 'action', 'workflow', 'status', 'session', 'id', 'since', 'until', 'after'];

/** Between two looks: entries reach the audit log within about a second. */
const LOOK_MS = 2_000;

export const calls: Command = {
  name: 'calls',
  summary: 'Calls, newest first',
  usage:
    '[--agent <name>] [--tool <name>] [--action <name>] [--status <word>] [--session <name>] [--id <part>] [--workflow <name>] [--since <time>] [--until <time>] [--limit 20] [--after <cursor>] [--follow]',
  examples: [
    'toolgate calls',
    'toolgate calls --agent lead-router --limit 5',
    'toolgate calls --tool crm --json',
    'toolgate calls --status failed --since 2026-11-01T00:00:00Z',
    'toolgate calls --follow',
  ],
  details: [
    '--status  proposed, waiting, denied, running, succeeded, failed, indeterminate or lapsed',
    '--id      a part of the id',
    '--since   RFC 3339, such as 2026-11-01T00:00:00Z; --until is the same',
    '--follow  goes on showing calls as they change, until you end it with Ctrl-C; with --json one a line',
    '--after   the cursor that the page before ended with',
  ],
  options: {
    agent: { type: 'string' },
    tool: { type: 'string' },
    workflow: { type: 'string' },
    action: { type: 'string' },
    status: { type: 'string' },
    session: { type: 'string' },
    id: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    follow: { type: 'boolean' },
    after: { type: 'string' },
    limit: { type: 'string' },
  },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const limit = option(call.values, 'limit') ?? '20';
    if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 500)
      return misuse('--limit is a number from 1 to 500.');
    const filter = filters.map((name) => [name, option(call.values, name)]);
    const path = `/calls${query({ ...(Object.fromEntries(filter) as Record<string, string | undefined>), limit })}`;
    return call.values['follow'] === true ? follow(call, path) : report(call, ['GET', path], show);
  },
};

/** Shows each call when it is seen first, and again when it stands otherwise. Ends when the gate refuses or is out of reach. */
async function follow(call: Invocation, path: string): Promise<Report> {
  let seen = new Map<string, string>();
  for (;;) {
    const answer = await askOps<{ calls: CallLine[] }>(call.access, 'GET', path);
    if (answer.kind !== 'ok') return unanswered(answer, call.access.gate);
    for (const line of answer.value.calls.toReversed()) {
      if (seen.get(line.call) === line.status) continue;
      call.stdout.write(`${call.values['json'] === true ? JSON.stringify(line) : lineOf(line)}\n`);
    }
    seen = new Map(answer.value.calls.map(({ call, status }) => [call, status]));
    await sleep(LOOK_MS);
  }
}

function lineOf({ call, since, agent, action, status, reason }: CallLine): string {
  const told = [since, call, status.padEnd(13), agent ?? '', action ?? '', reason ?? ''];
  return told
    .map((cell) => printable(cell))
    .join('  ')
    .trimEnd();
}

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
