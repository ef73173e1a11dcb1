import type { KnownAction } from '../../shared/contract.ts';
import { sha256 } from '../../shared/crypto.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Column } from './column.ts';
import type { Dispatch } from './dispatch.ts';
import { laneProblems } from './lane-problems.ts';
import type { Leased } from './lease-keeper.ts';
import { IN_FLIGHT_MAX } from './steps/limits.ts';

/** A live lease, and room for one more: what bounds the lane, besides the person's role. `running`: its calls under way. */
export function laneLease(column: Column, running: number, now: number): rpc.Result<Leased> {
  const leased = column.book.behind ? null : column.leases.now(now);
  if (!leased) return { ok: false, problem: laneProblems.noLease };
  if (column.book.inFlight + running < IN_FLIGHT_MAX) return { ok: true, value: leased };
  return { ok: false, problem: laneProblems.full };
}

/** What is asked of a tool in the lane, and for whom. `person`: a mail address. `workflow`: null where it is not known any more. */
export interface LaneAsked {
  action: KnownAction;
  inputText: string;
  workflow: string | null;
  person: string;
}

/** What a token of the lane says: who has it done, and until when it may start. */
export function laneDispatch(
  column: Column,
  purpose: 'run' | 'find' | 'image' | 'facts',
  call: string,
  asked: LaneAsked,
  leased: Leased,
  intentAt: number,
): Dispatch {
  // What closes agents' calls while the flags' source is silent does not close what people do; the lease does.
  const { expiry } = leased;
  const people = { ...leased, until: { read: expiry, propose: expiry, execute: expiry } };
  const dispatch = column.dispatch(purpose, call, asked, people, intentAt);
  return { ...dispatch, person: sha256(asked.person) };
}
