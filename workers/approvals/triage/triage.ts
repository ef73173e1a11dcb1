import { inGroup, samePersonIn, type Directory } from '../../../shared/directory.ts';
import type { Handoff } from '../../../shared/handoffs.ts';
import type { Person } from '../../../shared/people.ts';

/** What a person does with a case. */
export const triageActs = ['take', 'release', 'resolve'] as const;
export interface TriageAct {
  do: (typeof triageActs)[number];
  note: string;
}

/** Why an act does not count. */
export type TriageRefusal =
  /** None of those who were asked so far. */
  | { why: 'not-asked'; groups: string[] }
  | { why: 'resolved' }
  /** Somebody else has it, and it is not overdue. */
  | { why: 'taken'; by: string }
  | { why: 'not-yours' }
  /** Whoever asked has to be told something. */
  | { why: 'no-words' };

export type Acted = { ok: true; handoff: Handoff } | { ok: false; refusal: TriageRefusal };

/** Who acts: an address, and the roles that may put it into a group. */
type Actor = Pick<Person, 'email' | 'roles'>;

/** The groups that are asked by now. */
export function groupsAsked({ group, escalation, escalated }: Handoff): string[] {
  return [group, ...escalation.slice(0, escalated)];
}

/**
 * Whether a person is among those who were asked so far: by a group, by name, or as the incident contact once no group
 * responded. Pure.
 */
export function isAsked(handoff: Handoff, person: Actor, directory: Directory): boolean {
  const named = [...handoff.addressees, ...(contactAsked(handoff) ? [handoff.contact] : [])];
  return (
    groupsAsked(handoff).some((group) => inGroup(directory, group, person)) ||
    named.some((address) => samePersonIn(directory, address, person.email))
  );
}

/**
 * The case after a person's act. Whoever was asked may take an open one; another's only once it is overdue, so that nobody's
 * holiday lets it rot. Only who has it releases or resolves it, and resolving needs words. What changes nothing is no
 * refusal. Pure.
 */
export function act(
  handoff: Handoff,
  { do: does, note }: TriageAct,
  person: Actor,
  directory: Directory,
  now: number,
): Acted {
  if (!isAsked(handoff, person, directory)) return refuse({ why: 'not-asked', groups: groupsAsked(handoff) });
  if (handoff.state === 'resolved') return refuse({ why: 'resolved' });
  const own = handoff.owner !== null && samePersonIn(directory, handoff.owner, person.email);
  switch (does) {
    case 'take':
      return own ? { ok: true, handoff } : take(handoff, person.email, now);
    case 'release':
      if (!own) return refuse({ why: 'not-yours' });
      return { ok: true, handoff: { ...handoff, state: 'open', owner: null, takenAt: null } };
    case 'resolve':
      if (!own) return refuse({ why: 'not-yours' });
      return note.trim() === '' ? refuse({ why: 'no-words' }) : resolved(handoff, note.trim(), now);
  }
}

function take(handoff: Handoff, email: string, now: number): Acted {
  const { owner, respondBy } = handoff;
  if (owner !== null && now < Date.parse(respondBy)) return refuse({ why: 'taken', by: owner });
  return { ok: true, handoff: { ...handoff, state: 'taken', owner: email, takenAt: iso(now) } };
}

function resolved(handoff: Handoff, note: string, now: number): Acted {
  return { ok: true, handoff: { ...handoff, state: 'resolved', resolution: note, resolvedAt: iso(now) } };
}

function refuse(refusal: TriageRefusal): Acted {
  return { ok: false, refusal };
}

/** Whether every group was asked, and the incident contact, too. */
function contactAsked({ escalated, escalation }: Handoff): boolean {
  return escalated > escalation.length;
}

// ── clocks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Percent of the time to `respondBy` at which people are reminded. */
const reminders = [50, 90] as const;

/** What a clock led to: who is told besides those who were. */
export type Rung =
  | { kind: 'reminder'; percent: number }
  /** `group`: asked from now on; null: the incident contact is. */
  | { kind: 'overdue'; step: number; group: string | null };

/**
 * The case at a time, and what rang since it was last looked at. Until it is resolved people are reminded at 50 and 90 % of the
 * time to `respondBy`; from there on one more group is asked after each such time again, and after the last group the
 * incident contact. It never ends by itself. After a long sleep only the last reminder is told, and none once it is
 * overdue. Pure; looked at twice at the same time, nothing rings again.
 */
export function clock(handoff: Handoff, now: number): { handoff: Handoff; rung: Rung[] } {
  const reminded = remind(handoff, now);
  const overdue = escalate(reminded.handoff, now);
  return {
    handoff: overdue.handoff,
    rung: [...(overdue.rung.length > 0 ? [] : reminded.rung), ...overdue.rung],
  };
}

function remind(handoff: Handoff, now: number): { handoff: Handoff; rung: Rung[] } {
  if (handoff.state === 'resolved') return { handoff, rung: [] };
  const percent = reminders.findLast((one) => now >= atPercent(handoff, one)) ?? 0;
  if (percent <= handoff.reminded) return { handoff, rung: [] };
  return { handoff: { ...handoff, reminded: percent }, rung: [{ kind: 'reminder', percent }] };
}

function escalate(handoff: Handoff, now: number): { handoff: Handoff; rung: Rung[] } {
  const { escalation, escalated: before, state } = handoff;
  if (state === 'resolved') return { handoff, rung: [] };
  let escalated = before;
  const rung: Rung[] = [];
  while (escalated <= escalation.length && now >= atStep(handoff, escalated)) {
    rung.push({ kind: 'overdue', step: escalated + 1, group: escalation[escalated] ?? null });
    escalated += 1;
  }
  return { handoff: escalated === before ? handoff : { ...handoff, escalated }, rung };
}

/** When the case is to be looked at next (Unix ms); null: no clock runs any more. Pure. */
export function nextClock(handoff: Handoff): number | null {
  const { state, reminded, escalated, escalation } = handoff;
  if (state === 'resolved') return null;
  const percent = reminders.find((one) => one > reminded);
  if (percent !== undefined && escalated === 0) return atPercent(handoff, percent);
  return escalated > escalation.length ? null : atStep(handoff, escalated);
}

function atPercent(handoff: Handoff, percent: number): number {
  return Date.parse(handoff.at) + (timeOf(handoff) * percent) / 100;
}

function atStep(handoff: Handoff, escalated: number): number {
  return Date.parse(handoff.respondBy) + timeOf(handoff) * escalated;
}

/** How long people have (ms). At least a second, or a time that is none would ring without end. */
function timeOf({ at, respondBy }: Handoff): number {
  return Math.max(1_000, Date.parse(respondBy) - Date.parse(at) || 0);
}

/** Until when somebody should have resolved it: half of the time where waiting harms somebody. Pure. */
export function respondBy(at: number, respondSeconds: number, urgent: boolean): string {
  return iso(at + (respondSeconds * 1000) / (urgent ? 2 : 1));
}

/** As people see them: what is open before what is taken before what is over; of each the most urgent first. */
export function inOrder(a: Handoff, b: Handoff): number {
  const states = rank[a.state] - rank[b.state];
  if (states !== 0) return states;
  if (a.state === 'resolved') return a.id < b.id ? 1 : -1;
  return Date.parse(a.respondBy) - Date.parse(b.respondBy) || (a.id < b.id ? -1 : 1);
}

const rank: Record<Handoff['state'], number> = { open: 0, taken: 1, resolved: 2 };

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
