import type { Approval, ApprovalSheet, EarlierDecision } from '../../shared/rpc.ts';
import { reasonOf } from './counting.ts';
import { mayDecide } from './decide.ts';
import { addressesOf, isAsked, type Decider, type Known } from './eligible.ts';
import type { PageQuery, WorkflowPage } from './env.ts';
import { wordsOf } from './problems.ts';
import type { ApprovalStore, MineOnly, Place, Placed } from './store.ts';

/** Rows at one look for what somebody may decide on, and looks for one page: it may be that they decided on most of it already. */
const MINE_ROWS = 200;
const MINE_LOOKS = 50;

/** One page of a workflow: what waits, by turn, and then what does not, the newest first. */
export function page(store: ApprovalStore, query: PageQuery, now: number): WorkflowPage {
  const look = query.mine
    ? (after: Place | null, limit: number) => mineFrom(store, { ...query, after, limit }, now)
    : (after: Place | null, limit: number) => nextFrom(store, query.status, after, limit);
  const items = look(query.after, query.limit);
  const last = items.at(-1)?.place;
  const more = last !== undefined && look(last, 1).length > 0;
  return { items, more, waiting: store.countWaiting };
}

function nextFrom(
  store: ApprovalStore,
  status: PageQuery['status'],
  after: Place | null,
  limit: number,
): Placed[] {
  const items = status === null || status === 'waiting' ? store.waiting(after, limit) : [];
  if (status === 'waiting' || items.length >= limit) return items;
  const last = items.at(-1)?.place ?? after;
  // Fewer than asked for may be for their size: what does not wait is shown once all that waits was.
  if (items.length > 0 && store.waiting(last, 1).length > 0) return items;
  const from = last !== null && 'over' in last ? last : null;
  return [...items, ...store.over(from, limit - items.length, status)];
}

/** What somebody may decide on now. Groups and requesters are known to the table; the rest is looked at one by one. */
function mineFrom(store: ApprovalStore, { status, after, limit, mine }: PageQuery, now: number): Placed[] {
  if (!mine || (status !== null && status !== 'waiting')) return [];
  const { person, known } = mine;
  const only: MineOnly = {
    asked: store.askedGroups.filter((groups) => isAsked(JSON.parse(groups) as string[], person, known, now)),
    notFor: addressesOf(known.directory, person.email),
  };
  const found: Placed[] = [];
  let place: Place | null = after;
  for (let look = 0; look < MINE_LOOKS && found.length < limit; look += 1) {
    const some = store.waiting(place, MINE_ROWS, only);
    if (some.length === 0) break;
    found.push(...some.filter(({ approval }) => isMine(approval, person, known, now)));
    place = some.at(-1)?.place ?? null;
  }
  return found.slice(0, limit);
}

function isMine(approval: Approval, person: Decider, known: Known, now: number): boolean {
  const { digest } = approval;
  return mayDecide(approval, { ...person, decision: 'approve', digest }, known, now).ok;
}

/** A request with all that an approver needs besides; null: there is none. */
export function sheet(
  store: ApprovalStore,
  id: string,
  person: Decider,
  known: Known,
  now: number,
): ApprovalSheet | null {
  const approval = store.get(id);
  if (!approval) return null;
  const { digest } = approval;
  const may = mayDecide(approval, { ...person, decision: 'approve', digest }, known, now);
  return {
    ...approval,
    earlier: store.earlier(approval).map(earlierOf),
    mayDecide: may.ok ? may : { ok: false, why: wordsOf(may.refusal) },
  };
}

function earlierOf(approval: Approval): EarlierDecision {
  const { id, status, edits, decisions, requestedAt } = approval;
  return {
    approval: id,
    status,
    edited: edits.length > 0,
    reason: reasonOf(approval),
    by: [...new Set(decisions.map(({ by }) => by))],
    at: decisions.at(-1)?.at ?? requestedAt,
  };
}
