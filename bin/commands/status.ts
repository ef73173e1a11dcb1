import type { StopsView } from '../../shared/rpc.ts';
import { report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

type Status = StopsView & { approvalsWaiting: number | null };

export const status: Command = {
  name: 'status',
  summary: 'What is stopped, under which policies, and what waits for a person',
  usage: '',
  examples: ['toolgate status', 'toolgate status --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) => report(call, ['GET', '/status'], (view: Status) => show(view, call.now)),
};

function show(
  { epoch, stops, activeGuards, governanceVersion, approvalsWaiting }: Status,
  now: number,
): string {
  const state = facts([
    ['stopped', stops.length === 0 ? 'nothing' : stops.map(({ target }) => target).join(', ')],
    ['policies', governanceVersion ?? 'none applied, so no calls: toolgate policy apply'],
    ['epoch', epoch],
    ['guards', `${activeGuards} with a live lease`],
    ['approvals', approvalsWaiting === null ? 'not visible to this person' : `${approvalsWaiting} waiting`],
  ]);
  if (stops.length === 0) return state;
  const rows = stops.map(({ target, since, by, reason }) => [target, when(since, now), by, reason]);
  return `${state}\n\n${table(['TARGET', 'SINCE', 'BY', 'REASON'], rows, '')}`;
}
