import type { Routing } from '../../../examples/lead-router.ts';
import type { LeadRecord } from '../../../shared/rpc.ts';
import { columns } from './stage.ts';
import type { Posted } from './post-leads.ts';

/** The demo's last page: what went where, what waits, what was held back and why. */
export function table(posted: Posted[], results: Routing[], records: LeadRecord[]): string {
  const seen = new Set<string>();
  const rows = posted.map(({ row, id, answer }) => {
    const company = row['company'] || row['email'] || '—';
    if (id === null) return [company, 'not taken', answer];
    if (seen.has(id)) return [company, 'same lead', 'posted twice, taken once'];
    seen.add(id);
    const record = records.find((lead) => lead.id === id);
    const result = results.findLast((routing) => routing.lead === id);
    return [company, ...became(record, result)];
  });
  return columns([['lead', 'what became of it', 'by whom, or why'], ...rows]);
}

function became(record: LeadRecord | undefined, result: Routing | undefined): [string, string] {
  if (record?.status === 'quarantined') return ['quarantined', 'taken for spam; a person can recover it'];
  if (record?.status === 'routed') return [`routed to ${record.queue ?? '?'}`, routedBy(record)];
  if (record?.status === 'human-queue') return ['human queue', result?.why || routedBy(record)];
  if (result) return [result.result === 'waits' ? `waits for ${result.queue}` : result.result, result.why];
  return ['new', 'nobody has looked at it yet'];
}

function routedBy({ routedBy }: LeadRecord): string {
  return routedBy?.startsWith('call_') ? `the agent (${routedBy})` : (routedBy ?? '');
}
