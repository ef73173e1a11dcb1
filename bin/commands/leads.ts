import type { LeadDetail } from '../../shared/rpc.ts';
import { option, query, report, type Command } from '../lib/command.ts';
import { facts, table } from '../lib/output.ts';

export const leads: Command = {
  name: 'leads',
  summary: 'What the sites posted and where it went; takes a lead out of quarantine',
  usage: '[--site <id>] [--status <status>] [--release <id>]',
  examples: [
    'toolgate leads',
    'toolgate leads --status quarantined',
    'toolgate leads --release lead_01JD5KZ9V8QW7XN2T4R6M8P0AB',
  ],
  details: [
    '--site      only of one site',
    '--status    new, routed, human-queue or quarantined',
    '--release   take this lead out of quarantine',
  ],
  options: { site: { type: 'string' }, status: { type: 'string' }, release: { type: 'string' } },
  takes: 0,
  person: 'operator',
  run: async (call) => {
    const release = option(call.values, 'release');
    if (release !== undefined) {
      return report(call, ['POST', `/leads/${encodeURIComponent(release)}/recovery`], released);
    }
    const filter = query({ site: option(call.values, 'site'), status: option(call.values, 'status') });
    return report(call, ['GET', `/leads${filter}`], list);
  },
};

function released({ id, status }: LeadDetail): string {
  return facts([
    ['lead', id],
    ['status', status],
  ]);
}

function list(found: readonly LeadDetail[]): string {
  const rows = found.map(({ id, receivedAt, site, companyDomain, status, queue, routedBy, reasons }) => [
    id,
    receivedAt,
    site,
    companyDomain ?? '',
    status,
    queue ?? '',
    reasons.join(', ') || (routedBy ?? ''),
  ]);
  return table(['LEAD', 'RECEIVED', 'SITE', 'DOMAIN', 'STATUS', 'QUEUE', 'WHY'], rows, 'There are none.');
}
