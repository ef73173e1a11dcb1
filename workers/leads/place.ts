import type { Site } from '../../shared/manifest.ts';
import type { Draft } from './parse.ts';
import { routeByRules } from './rules.ts';
import type { Reason } from './spam.ts';
import type { StoredLead } from './store.ts';

/** Where a new lead goes: quarantine, nowhere (a test), the queue of a rule, or it waits for an agent until it is due. */
export function placeLead(
  site: Pick<Site, 'rules' | 'responseSeconds'>,
  { draft, test, reasons }: { draft: Draft; test: boolean; reasons: Reason[] },
  now: number,
): Pick<StoredLead, 'receivedAt' | 'test' | 'reasons' | 'status' | 'queue' | 'routedBy' | 'dueAt'> {
  const lead = { receivedAt: now, test, reasons };
  const nobody = { queue: null, routedBy: null, dueAt: null };
  if (reasons.length > 0) return { ...lead, ...nobody, status: 'quarantined' };
  if (test) return { ...lead, ...nobody, status: 'new' };
  const rule = routeByRules(draft, site.rules);
  if (rule) return { ...lead, status: 'routed', queue: rule.queue, routedBy: `rule:${rule.id}`, dueAt: null };
  return { ...lead, ...nobody, status: 'new', dueAt: now + site.responseSeconds * 1000 };
}
