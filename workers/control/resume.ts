import { overlaps, type Target } from '../../flags/targets.ts';
import { samePersonIn, type Directory } from '../../shared/directory.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Stop, WaitingResume } from '../../shared/rpc.ts';

/** How long the first of two people waits for the second. */
export const SECOND_PERSON_MS = 10 * 60_000;
/** Whoever resumes all alone says enough for those who read it in the morning. */
export const ALONE_REASON_LENGTH = 20;

/** What one person asks for, and when (Unix ms). */
export interface ResumeAsk {
  target: Target;
  reason: string;
  /** Without a second person, where one is needed. */
  alone: boolean;
  by: string;
  /** When it was asked for; a stop made later is not meant. */
  askedAt: number;
  /** When the target was stopped last, one that stood already and was stopped again included; null: not known here. */
  stoppedLast: number | null;
  /** Who is who: by two addresses of theirs nobody is two people. */
  directory: Directory;
  now: number;
}

/** The first of two people, and which stops they meant. */
export interface FirstOfTwo extends WaitingResume {
  saw: string[];
}

export type ResumeRuling =
  | { kind: 'lifted'; lifted: Stop[]; people: string[]; alone: boolean }
  | { kind: 'waits'; first: FirstOfTwo }
  | { kind: 'refused'; why: ResumeRefusal };

export type ResumeRefusal =
  /** No stop of this very target; `by`: what stops it all the same. */
  | { kind: 'not-stopped'; by: Stop[] }
  /** The source of each of these stops still says stop. */
  | { kind: 'held'; stops: Stop[] }
  /** Stopped after it was asked for. */
  | { kind: 'stopped-since' }
  | { kind: 'same-person'; first: FirstOfTwo }
  | { kind: 'reason-too-short' };

/**
 * What a person's resume comes to. One person resumes a target; `all` needs two different people within ten minutes, who
 * mean the same stops, or one who says so and why. Lifts the stops of this very target that their sources let go of;
 * wider, narrower and held ones stay. Pure.
 */
export function ruleOnResume(
  ask: ResumeAsk,
  stops: readonly Stop[],
  waiting: FirstOfTwo | null,
): ResumeRuling {
  const own = stops.filter(({ target }) => target === ask.target);
  if (own.length === 0) return refused({ kind: 'not-stopped', by: stillStopping(ask.target, stops) });
  const times = [...own.map(({ since }) => Date.parse(since)), ask.stoppedLast ?? 0];
  if (times.some((time) => !(time <= ask.askedAt))) return refused({ kind: 'stopped-since' });
  const lifted = own.filter(({ held }) => !held);
  if (lifted.length === 0) return refused({ kind: 'held', stops: own });
  if (ask.target !== 'all') return { kind: 'lifted', lifted, people: [ask.by], alone: false };
  const first = stillWaits(waiting, stops, ask.now) ? waiting : null;
  if (ask.alone) return ruleOnAlone(ask, lifted);
  if (!first) return { kind: 'waits', first: firstOfTwo(ask, own) };
  if (samePersonIn(ask.directory, first.by, ask.by)) return refused({ kind: 'same-person', first });
  return { kind: 'lifted', lifted, people: [first.by, ask.by], alone: false };
}

function ruleOnAlone({ reason, by }: ResumeAsk, lifted: Stop[]): ResumeRuling {
  if (reason.trim().length < ALONE_REASON_LENGTH) return refused({ kind: 'reason-too-short' });
  return { kind: 'lifted', lifted, people: [by], alone: true };
}

function firstOfTwo({ target, by, reason, now }: ResumeAsk, own: readonly Stop[]): FirstOfTwo {
  const [at, until] = [now, now + SECOND_PERSON_MS].map((time) => new Date(time).toISOString()) as [
    string,
    string,
  ];
  return { target, by, reason, at, until, saw: own.map(nameOf) };
}

/** Whether a first person's word still counts: not past its time, and nothing was stopped that they did not see. */
export function stillWaits(
  first: FirstOfTwo | null,
  stops: readonly Stop[],
  now: number,
): first is FirstOfTwo {
  if (!first || !(now < Date.parse(first.until))) return false;
  const own = stops.filter(({ target }) => target === first.target);
  return own.length > 0 && own.every((stop) => first.saw.includes(nameOf(stop)));
}

/** What others may see of a resume that waits. */
export function shown({ target, by, reason, at, until }: FirstOfTwo): WaitingResume {
  return { target, by, reason, at, until };
}

/** A stop of one source is another one each time it is made. */
function nameOf({ source, since }: Stop): string {
  return `${source} ${since}`;
}

/** What stops something of `target` besides its own stops: `all`, the tool of an action, the same again. */
export function stillStopping(target: Target, stops: readonly Stop[]): Stop[] {
  return stops.filter((stop) => overlaps(stop.target, target));
}

/** What is left in force after a resume, in words; null when nothing is. */
export function whatStays(target: Target, stays: readonly Stop[]): string | null {
  if (stays.length === 0) return null;
  const wider = stays.filter((stop) => stop.target !== target).map((stop) => stop.target);
  const held = stays.filter((stop) => stop.target === target);
  const changes = wider.length > 0 ? `Calls of ${target} stay stopped by ${list(wider)}: ` : '';
  const lines = [
    ...(wider.length > 0
      ? [`${changes}this resume changes nothing for them until that is resumed, too.`]
      : []),
    ...held.map(turnOn),
  ];
  return lines.join(' ');
}

function turnOn({ target, source }: Stop): string {
  switch (source) {
    case 'unleash':
      return `Unleash still stops ${target}: turn its flag on there, then resume here.`;
    case 'embedded':
      return `The flag of ${target} is off: turn it on (toolgate flags set), then resume here.`;
    case 'break-glass':
      return `The break-glass key in Redis still names ${target}: take it out there, then resume here.`;
    case 'people':
      return `${target} is stopped by a person.`;
    case 'automatic':
      return `Control stopped ${target} by itself: its reason says what to look into first.`;
  }
}

/** A refusal as the person is told it. */
export function refusalProblem(target: Target, why: ResumeRefusal): Problem {
  const detail = refusalText(target, why);
  switch (why.kind) {
    case 'not-stopped':
      return { code: 'not-found', detail };
    case 'held':
    case 'stopped-since':
    case 'same-person':
      return { code: 'conflict', detail };
    case 'reason-too-short':
      return { code: 'invalid', errors: [{ pointer: '/reason', detail }] };
  }
}

function refusalText(target: Target, why: ResumeRefusal): string {
  switch (why.kind) {
    case 'not-stopped':
      if (why.by.length === 0) return `${target} is not stopped.`;
      return `${target} has no stop of its own; it is stopped by ${list(why.by.map((stop) => stop.target))}. Resume that.`;
    case 'held':
      return why.stops.map(turnOn).join(' ');
    case 'stopped-since':
      return `${target} was stopped after this was asked for. Look again, then resume it.`;
    case 'same-person':
      return `You are the first of the two people that ${target} needs; somebody else must say so, too, before ${why.first.until}.`;
    case 'reason-too-short':
      return `Resuming ${target} alone needs a reason of ${ALONE_REASON_LENGTH} characters or more: others will read it.`;
  }
}

function list(names: readonly string[]): string {
  return [...new Set(names)].join(', ');
}

function refused(why: ResumeRefusal): ResumeRuling {
  return { kind: 'refused', why };
}
