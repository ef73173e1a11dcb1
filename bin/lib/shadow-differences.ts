import type { Entry } from '../../shared/journal.ts';
import { Differences, type Difference } from './differences.ts';
import type { Outcome } from './recorded-decisions.ts';

/** What guards journal where the candidate in shadow decides otherwise. */
export const shadowKind = 'policy.shadow-differed';

export interface ShadowDifferences {
  /** Differences that are journaled. */
  recorded: number;
  /** Those that there were too many of in a minute, and decisions that there was no room to judge. */
  unrecorded: number;
  unjudged: number;
  differences: Difference[];
}

/** Groups the journaled differences of one candidate version by what changed, policies and agent. Memory is bounded. */
export async function shadowDifferences(
  entries: AsyncIterable<Entry>,
  version: string | null,
): Promise<ShadowDifferences> {
  const differences = new Differences();
  const sums = { recorded: 0, unrecorded: 0, unjudged: 0 };
  for await (const { data } of entries) {
    if (version !== null && data['shadowVersion'] !== version) continue;
    const [live, candidate] = [sideOf(data['live']), sideOf(data['shadow'])];
    sums.recorded += 1;
    sums.unrecorded += countOf(data['unrecorded']);
    sums.unjudged += countOf(data['unjudged']);
    const { agent = '', action = '', call = '' } = data;
    const was = live.outcome === 'failed' ? 'denied' : live.outcome;
    differences.add({ agent, action, call, was, would: candidate.outcome, live, candidate });
  }
  return { ...sums, differences: differences.list() };
}

interface Side {
  outcome: Outcome | 'failed';
  policies: string[];
  why: string | null;
}

function sideOf(value: unknown): Side {
  const { decision, needs, policies, why } = (value ?? {}) as Record<string, unknown>;
  const ids = Array.isArray(policies) ? policies.filter((id) => typeof id === 'string') : [];
  return { outcome: outcomeOf(decision, needs), policies: ids, why: typeof why === 'string' ? why : null };
}

function outcomeOf(decision: unknown, needs: unknown): Side['outcome'] {
  if (decision === 'allow') return 'allow';
  if (decision === 'approval') return needs === 2 ? '2 people' : '1 person';
  return decision === 'deny' ? 'denied' : 'failed';
}

function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
