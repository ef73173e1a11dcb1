import type { Outcome } from './recorded-decisions.ts';

/** Calls that two sets decide otherwise in the same way, by the same policies and of the same agent. */
export interface Difference {
  was: Outcome;
  would: Outcome | 'failed';
  /** Stricter: those that would decide. Looser: those that decided and no longer would. */
  policies: string[];
  agent: string;
  actions: string[];
  count: number;
  calls: string[];
}

/** One call, under the set that decided it and under the candidate. */
export interface Change {
  agent: string;
  action: string;
  call: string;
  was: Outcome;
  would: Difference['would'];
  live: Deciders;
  candidate: Deciders;
}

interface Deciders {
  policies: readonly string[];
  why: string | null;
}

/** Ids kept of each group: enough to look, and memory stays bounded. */
const CALLS_KEPT = 100;
/** Groups kept. Far more than policies and agents make, unless a set is upside down. */
const GROUPS_KEPT = 2_000;

/** Groups changes by what changed, policies and agent; memory is bounded. */
export class Differences {
  readonly #groups = new Map<string, Difference>();

  add({ agent, action, call, was, would, live, candidate }: Change): void {
    const stricter = rank[would] > rank[was];
    const named = stricter ? candidate.policies : live.policies;
    const policies = named.length > 0 ? [...named].sort() : [candidate.why ?? live.why ?? 'not known'];
    const key = JSON.stringify([was, would, policies, agent]);
    const group = grouped(this.#groups, key, {
      was,
      would,
      policies,
      agent,
      actions: [],
      count: 0,
      calls: [],
    });
    if (!group) return;
    if (!group.actions.includes(action)) group.actions.push(action);
    counted(group, call);
  }

  list(): Difference[] {
    return byCount(this.#groups);
  }
}

const rank: Readonly<Record<Difference['would'], number>> = {
  allow: 0,
  '1 person': 1,
  '2 people': 2,
  denied: 3,
  failed: 4,
};

/** The group of a key; undefined when there are too many to begin another one. */
export function grouped<T>(groups: Map<string, T>, key: string, fresh: T): T | undefined {
  const group = groups.get(key) ?? (groups.size < GROUPS_KEPT ? fresh : undefined);
  if (group) groups.set(key, group);
  return group;
}

export function counted(group: { count: number; calls: string[] }, call: string): void {
  group.count += 1;
  if (group.calls.length < CALLS_KEPT) group.calls.push(call);
}

/** Most frequent first. */
export function byCount<T extends { count: number }>(groups: ReadonlyMap<string, T>): T[] {
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** A row of a table: how many calls, what changed, by which policies, whose, and some ids. */
export function differenceRow({ was, would, policies, agent, actions, count, calls }: Difference): string[] {
  const change = `${was} -> ${would}`;
  return [String(count), change, policies.join(', '), agent, actions.join(', '), calls.slice(0, 3).join(' ')];
}

export const differenceTitles = ['CALLS', 'CHANGE', 'POLICIES', 'AGENT', 'ACTIONS', 'SUCH AS'];
