import type { Entry } from '../../shared/journal.ts';
import type { Policy } from '../../shared/governance.ts';
import type { Result } from '../../shared/rpc.ts';
import { timelineOf, type TimelineItem } from '../../shared/timeline.ts';
import { reach } from './answer.ts';
import type { Env } from './env.ts';

/** One call with all that is known of it. */
export interface CallSheet {
  /** As the ledger puts it together. */
  call: Record<string, unknown>;
  entries: Entry[];
  timeline: TimelineItem[];
  /** Whether the set of then could be asked for the policies' words. */
  words: 'known' | 'not-known';
}

/** A call from request to outcome. Asks the ledger, and control for the words of the policies that decided. */
export async function callSheet(env: Env, credential: string | null, id: string): Promise<Result<CallSheet>> {
  const found = await reach(async () => env.LEDGER.call(credential, id));
  if (!found.ok) return found;
  const { call, entries } = found.value as { call: Record<string, unknown>; entries: Entry[] };
  const version = call['policyVersion'];
  // Without an answer the ids stand alone.
  const policies = typeof version === 'string' ? await policiesOf(env, credential, version) : [];
  const reasons = new Map((policies ?? []).map((policy) => [policy.id, policy.reason]));
  const timeline = timelineOf(entries, reasons);
  return { ok: true, value: { call, entries, timeline, words: policies === null ? 'not-known' : 'known' } };
}

/** The policies of a set that is or was in force; null: control does not answer, or does not know it. */
async function policiesOf(env: Env, credential: string | null, version: string): Promise<Policy[] | null> {
  const set = await reach(async () => env.CONTROL.policySet(credential, version));
  return set.ok ? set.value.set.policies : null;
}
