import type { Governance } from '../../shared/governance.ts';
import { samePerson } from '../../shared/people.ts';
import type { WaitingGovernance } from '../../shared/rpc.ts';
import { widenings } from '../../shared/widening.ts';

/** How long an applied set that widens waits for a second person. */
export const WAITS_MS = 24 * 60 * 60_000;

export type ApplyRuling =
  /** It is in force; whatever waited is withdrawn. */
  | { kind: 'in-force' }
  /** It waits already, with its first author and time. */
  | { kind: 'waits-already' }
  /** In force from now on. `first`: nothing was in force before, so there is nothing to compare with. */
  | { kind: 'adopted'; first: boolean }
  | { kind: 'waits'; waiting: WaitingGovernance };

/**
 * What applying a set comes to. One person may narrow; what widens waits for somebody else. An installation's first set
 * widens nothing that was in force, and there may be nobody else yet, so it needs one person. Pure.
 */
export function ruleOnApply(
  next: Governance,
  by: string,
  current: Governance | null,
  waiting: WaitingGovernance | null,
  now: number,
): ApplyRuling {
  const { version } = next;
  if (version === current?.version) return { kind: 'in-force' };
  if (waiting?.version === version && stillWaits(waiting, now)) return { kind: 'waits-already' };
  if (current === null) return { kind: 'adopted', first: true };
  const widens = widenings(current, next);
  if (widens.length === 0) return { kind: 'adopted', first: false };
  const [at, until] = [new Date(now).toISOString(), new Date(now + WAITS_MS).toISOString()];
  return { kind: 'waits', waiting: { version, by, at, until, widens } };
}

export type ApprovalRuling =
  | { kind: 'adopted' }
  /** No set of this version waits: none was applied, it expired, or another was applied since. */
  | { kind: 'not-waiting' }
  | { kind: 'own' };

/** What a person's approval of a waiting set comes to: never its author's, and never of another version than named. Pure. */
export function ruleOnApproval(
  version: string,
  by: string,
  waiting: WaitingGovernance | null,
  now: number,
): ApprovalRuling {
  if (waiting?.version !== version || !stillWaits(waiting, now)) return { kind: 'not-waiting' };
  return samePerson(waiting.by, by) ? { kind: 'own' } : { kind: 'adopted' };
}

export function stillWaits({ until }: WaitingGovernance, now: number): boolean {
  return now < Date.parse(until);
}
