import type { Handoff } from '../../../shared/handoffs.ts';
import type { Notice } from '../../../shared/notices.ts';
import type { Review } from '../../../shared/reviews.ts';
import { groupsAsked, type Rung } from './triage.ts';

/** Where people see it. */
const PATH = '/console/triage';

/** Something waits for people: told to whom it is addressed, in no words of agent or customer. Pure. */
export function filedNotice(handoff: Handoff, now: number): Notice {
  const { kind, group, addressees } = handoff;
  const misbehaves = kind === 'misbehaviour';
  return {
    ...about(handoff, 'filed', now),
    kind: misbehaves ? 'misbehaviour' : 'handoff',
    // What an agent did wrong is its owners' business first; the group hears of it when they do not respond.
    groups: misbehaves ? [] : [group],
    addresses: addressees,
  };
}

/** What a clock led to. Whoever has the case is reminded; until somebody does, all who were asked. Pure. */
export function rungNotice(handoff: Handoff, rung: Rung, now: number): Notice {
  switch (rung.kind) {
    case 'reminder': {
      const { owner, addressees } = handoff;
      const all = { groups: groupsAsked(handoff), addresses: addressees };
      const told = owner === null ? all : { groups: [], addresses: [owner] };
      return { ...about(handoff, `reminder-${rung.percent}`, now), kind: 'handoff', ...told };
    }
    case 'overdue':
      return {
        ...about(handoff, `overdue-${rung.step}`, now),
        kind: 'handoff-overdue',
        groups: rung.group === null ? [] : [rung.group],
        addresses: rung.group === null ? [handoff.contact] : [],
      };
  }
}

function about({ id, workflow, agent, kind }: Handoff, what: string, now: number) {
  return {
    id: `${id}:${what}`,
    at: new Date(now).toISOString(),
    workflow,
    agent,
    path: `${PATH}/cases/${id}`,
    handoff: id,
    of: kind,
  };
}

/** One notice for all reviews of one agent that nobody did in time; null: there are none. Pure. */
export function overdueReviews(reviews: readonly Review[], now: number): Notice | null {
  const [first] = reviews;
  if (!first) return null;
  const { agent, workflow, call, terms } = first;
  return {
    id: `${call}:review-overdue`,
    at: new Date(now).toISOString(),
    workflow,
    agent,
    path: PATH,
    kind: 'review-overdue',
    groups: [terms.group],
    addresses: terms.owners,
    reviews: reviews.length,
  };
}
