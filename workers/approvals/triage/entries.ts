import type { Handoff } from '../../../shared/handoffs.ts';
import type { EntryData } from '../../../shared/journal.ts';
import type { Person } from '../../../shared/people.ts';
import type { Review } from '../../../shared/reviews.ts';

/** What every entry on a case says: which case, of which agent, about what. */
export function caseEntry({
  id,
  kind,
  agent,
  workflow,
  about,
  calls,
  state,
  owner,
  times,
}: Handoff): EntryData {
  const reported = kind === 'misbehaviour' ? { call: about.record } : { calls };
  return {
    handoff: id,
    of: kind,
    agent,
    workflow,
    tool: about.tool,
    record: about.record,
    ...reported,
    state,
    owner,
    times,
  };
}

/** What every entry on a review says. */
export function reviewEntry({
  call,
  agent,
  workflow,
  tool,
  action,
  cause,
  risk,
  approvers,
  verdict,
}: Review): EntryData {
  return { call, agent, workflow, tool, action, cause, risk, approvers, verdict };
}

/** Who acted, with what roles, by which credential. */
export function personEntry({ email, roles, credential }: Person): EntryData {
  return { person: email, roles: [...roles], credential };
}
