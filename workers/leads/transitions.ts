import type { LeadRecord } from '../../shared/rpc.ts';
import { HUMAN_QUEUE } from '../tools/leads/contract.ts';

export type Status = LeadRecord['status'];

export type Routing =
  | { ok: true; status: 'routed' | 'human-queue' }
  | { ok: false; why: 'already-routed' | 'not-routable' | 'not-found' };

/**
 * Whether a lead may be sent to a queue. A routed one only goes back to the human queue (that is the undo), a test goes
 * nowhere, and what is in quarantine does not exist for agents.
 */
export function routing(lead: { status: Status; test: boolean } | null, queue: string): Routing {
  if (lead === null || lead.status === 'quarantined') return { ok: false, why: 'not-found' };
  if (lead.test) return { ok: false, why: 'not-routable' };
  if (queue === HUMAN_QUEUE) return { ok: true, status: 'human-queue' };
  return lead.status === 'routed' ? { ok: false, why: 'already-routed' } : { ok: true, status: 'routed' };
}

export type Correctable =
  | { ok: true; status: 'routed' | 'human-queue' }
  | { ok: false; why: 'not-found' | 'not-routable' | 'same-queue' };

/** Whether a person may send a lead to a queue: from wherever it is to anywhere else; what is in quarantine is released first. */
export function correctable(
  lead: { status: Status; test: boolean; queue: string | null } | null,
  queue: string,
): Correctable {
  if (lead === null) return { ok: false, why: 'not-found' };
  if (lead.test || lead.status === 'quarantined') return { ok: false, why: 'not-routable' };
  if (lead.queue === queue) return { ok: false, why: 'same-queue' };
  return { ok: true, status: queue === HUMAN_QUEUE ? 'human-queue' : 'routed' };
}
