import type { Incident } from '../../shared/incidents.ts';
import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

export const incidents: Command = {
  name: 'incidents',
  summary: 'Security issues that agents flagged, who was told and when, and who has taken them on',
  usage: '[--agent <name>] [--acknowledge <incident> --reason <text>]',
  examples: [
    'toolgate incidents',
    'toolgate incidents --agent support-agent --json',
    'toolgate incidents --acknowledge incident_01JD0000000000000000000000 --reason "I look into it"',
  ],
  details: [
    '--agent        only of this agent; else the audit log is asked whose there are, which may be a second behind',
    '--acknowledge  you take it on; the time it took is journaled',
    '--reason       what you do about it',
  ],
  options: { agent: { type: 'string' }, acknowledge: { type: 'string' }, reason: { type: 'string' } },
  takes: 0,
  person: 'operator',
  run: async (call) => {
    const agent = option(call.values, 'agent');
    const id = option(call.values, 'acknowledge');
    if (id === undefined) {
      return report(call, ['GET', `/incidents${query({ agent })}`], (found: Incident[]) =>
        list(found, call.now, agent),
      );
    }
    const reason = option(call.values, 'reason');
    if (!reason?.trim()) return misuse('Say what you do about it: --reason "…".');
    const body = { reason, ...(agent !== undefined && { agent }) };
    const path = `/incidents/${encodeURIComponent(id)}/acknowledgement`;
    return report(call, ['POST', path, body], acknowledged, 'toolgate incidents lists them.');
  },
};

function acknowledged({ id, agent, at, acknowledgedAt, acknowledgedBy }: Incident): string {
  return facts([
    ['incident', id],
    ['agent', agent],
    ['taken on by', acknowledgedBy],
    ['after', tookOn(at, acknowledgedAt)],
  ]);
}

function list(found: readonly Incident[], now: number, agent?: string): string {
  const rows = found.map((one) => [
    one.id,
    when(one.at, now),
    one.agent,
    `${one.about.tool} ${one.about.record}`,
    String(one.times),
    notified(one),
    one.acknowledgedBy === null
      ? 'NOBODY YET'
      : `${one.acknowledgedBy}, after ${tookOn(one.at, one.acknowledgedAt)}`,
    one.summary,
  ]);
  const titles = ['INCIDENT', 'FLAGGED', 'AGENT', 'ABOUT', 'TIMES', 'TOLD', 'TAKEN ON BY', 'WHAT'];
  // An agent that there is not has flagged nothing either: it is named, so that a slip is seen.
  const none =
    agent === undefined
      ? 'No agent has flagged anything.'
      : `${JSON.stringify(agent)}, if there is such an agent, has flagged nothing.`;
  return table(titles, rows, none);
}

function notified({ contact, delivery, notifiedAt, at }: Incident): string {
  if (contact === null) return 'no contact known: tell somebody';
  if (delivery === 'waiting') return `on its way: ${contact}`;
  if (notifiedAt === null) return `by hand: ${contact}`;
  return `${contact} after ${Date.parse(notifiedAt) - Date.parse(at)} ms`;
}

function tookOn(at: string, until: string | null): string {
  return until === null ? '' : `${Math.round((Date.parse(until) - Date.parse(at)) / 1000)} s`;
}
