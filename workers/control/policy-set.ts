import { emptyDirectory, samePersonIn } from '../../shared/directory.ts';
import type { Governance } from '../../shared/governance.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { approversOf, holdersOf, holdsAnyRight, lackedRights } from '../../shared/rights.ts';
import type { SetOrigin, SetRecord, WaitingGovernance } from '../../shared/rpc.ts';
import { touches } from '../../shared/touches.ts';
import { widenings } from '../../shared/widening.ts';
import { numberFaults, type Numbers } from './manifest-numbers.ts';

/** How long an applied set that widens waits for a second person. */
export const WAITS_MS = 24 * 60 * 60_000;

type Who = Pick<Person, 'email' | 'roles'>;

/** What somebody asks to put in force, and how. */
export interface Asked {
  set: Governance;
  who: Who;
  origin: SetOrigin;
  /** Why; null: not said. */
  reason: string | null;
  /** The version in force that its author saw: null when there was none; undefined: not said. */
  over: string | null | undefined;
}

/** What it is judged by. */
export interface Standing {
  current: Governance | null;
  record: SetRecord | null;
  waiting: WaitingGovernance | null;
  numbers: Numbers;
  now: number;
}

export type ApplyRuling =
  /** It is in force; whatever waited is withdrawn. */
  | { kind: 'in-force' }
  /** It waits already, with its first author and time. */
  | { kind: 'waits-already' }
  /** In force from now on. `first`: nothing was in force before, so there is nothing to compare with. */
  | { kind: 'adopted'; first: boolean }
  | { kind: 'waits'; waiting: WaitingGovernance }
  | { kind: 'refused'; problem: Problem };

/**
 * What applying a set, or putting an earlier one in force again, comes to. It must have been made over what is in force, by
 * somebody with the rights that it touches. One person may narrow; what widens waits for somebody else. An installation's
 * first set widens nothing that was in force, and there may be nobody else yet, so it needs one person. Pure.
 */
export function ruleOnApply(asked: Asked, at: Standing): ApplyRuling {
  const { current, waiting, now } = at;
  const { version } = asked.set;
  if (version === current?.version) return { kind: 'in-force' };
  const problem = refusal(asked, at);
  if (problem) return { kind: 'refused', problem };
  if (waiting?.version === version && stillWaits(waiting, now)) return { kind: 'waits-already' };
  if (current === null) return { kind: 'adopted', first: true };
  const widens = whatNeedsTwo(current, asked.set);
  return widens.length === 0
    ? { kind: 'adopted', first: false }
    : { kind: 'waits', waiting: waitingFor(asked, current, widens, now) };
}

/** What a second person must see first: all that widens, and any change of who decides, which one person never makes alone. */
function whatNeedsTwo(current: Governance, next: Governance): string[] {
  const widens = widenings(current, next);
  const rights = touches(current, next).find(({ decision }) => decision === 'change-rights');
  return widens.length === 0 && rights ? [...rights.what] : widens;
}

function waitingFor(asked: Asked, current: Governance, widens: string[], now: number): WaitingGovernance {
  const { set, who, origin, reason } = asked;
  return {
    version: set.version,
    by: who.email,
    at: new Date(now).toISOString(),
    until: new Date(now + WAITS_MS).toISOString(),
    widens,
    reason: reason ?? '',
    origin,
    rights: approversOf(current.rights, touches(current, set)),
  };
}

function refusal(asked: Asked, { current, record, numbers }: Standing): Problem | undefined {
  const { set, who, origin, reason, over } = asked;
  const lacked = doorProblem(who, current, 'by') ?? lackedProblem(who, current, set, 'by');
  if (lacked) return lacked;
  // A rollback names what shall be in force, whatever is now: somebody else's newer set is the very reason for it.
  const overtaken = origin === 'applied' ? overtakenBy(over, record) : undefined;
  if (overtaken) return overtaken;
  if (current !== null && reason === null)
    return unfit('/reason', 'says why, since a set is in force already');
  const faults = origin === 'applied' ? numberFaults(set.manifests, current?.manifests ?? {}, numbers) : [];
  return faults.length > 0 ? { code: 'invalid', errors: faults } : undefined;
}

/** Whether somebody else's change would be lost: what is in force must be what the author saw. */
function overtakenBy(over: string | null | undefined, record: SetRecord | null): Problem | undefined {
  const inForce = record?.version ?? null;
  if (over === inForce || (over === undefined && !record)) return undefined;
  if (!record)
    return { code: 'conflict', detail: `Made over ${over ?? 'none'}, and no policy set is in force.` };
  const { version, by, at, approvedBy } = record;
  const put = `${version} is in force: ${by} put it there at ${at}${approvedBy === null ? '' : `, approved by ${approvedBy}`}`;
  if (over === undefined)
    return unfit('/over', `names the version in force that this set was made over. ${put}`);
  const detail = `This set was made over ${over ?? 'none'}, but ${put}. See what that changed, take it in, and apply over ${version}.`;
  return { code: 'conflict', detail };
}

function unfit(pointer: string, detail: string): Problem {
  return { code: 'invalid', errors: [{ pointer, detail }] };
}

/** Whether a person asks (`by`) or approves anything at all under the rights in force; the answer for whoever does not. Pure. */
export function doorProblem(
  who: Who,
  current: Governance | null,
  side: 'by' | 'approve',
): Problem | undefined {
  if (holdsAnyRight(who, current?.rights, side)) return undefined;
  const does = side === 'by' ? 'change governance' : 'approve changes of governance';
  const holders = holdersOf(current?.rights, side).join(', ');
  return { code: 'forbidden', detail: `Your roles hold no right to ${does}. Who holds one: ${holders}.` };
}

function lackedProblem(
  who: Who,
  current: Governance | null,
  next: Governance,
  side: 'by' | 'approve',
): Problem | undefined {
  const lacked = lackedRights(who, current?.rights, touches(current, next), side);
  return lacked.length > 0 ? { code: 'forbidden', detail: `${lacked.join('. ')}.` } : undefined;
}

export type ApprovalRuling =
  | { kind: 'adopted' }
  /** No set of this version waits: none was applied, it expired, or another was applied since. */
  | { kind: 'not-waiting' }
  | { kind: 'refused'; problem: Problem };

/**
 * What a person's approval of a waiting set comes to: never its author's by any
 * address that the set in force knows of them, never of another version than named, and only of
 * somebody with the rights that it touches. Pure.
 */
export function ruleOnApproval(
  version: string,
  who: Who,
  {
    current,
    waiting,
    body,
    now,
  }: Pick<Standing, 'current' | 'waiting' | 'now'> & { body: Governance | null },
): ApprovalRuling {
  if (!body || waiting?.version !== version || !stillWaits(waiting, now)) return { kind: 'not-waiting' };
  const directory = current?.people ?? emptyDirectory;
  if (samePersonIn(directory, waiting.by, who.email)) return { kind: 'refused', problem: ownSet };
  const problem = lackedProblem(who, current, body, 'approve');
  return problem ? { kind: 'refused', problem } : { kind: 'adopted' };
}

const ownSet: Problem = {
  code: 'forbidden',
  detail: 'You applied this policy set, so another person must approve what it widens.',
};

export function stillWaits({ until }: WaitingGovernance, now: number): boolean {
  return now < Date.parse(until);
}
