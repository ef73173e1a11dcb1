import { modeRank, type Mode } from '../../shared/contract.ts';
import { samePersonIn, type Directory } from '../../shared/directory.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { AgentEvidence, AutonomyCause, AutonomyGrant, Burn, WaitingRaise } from '../../shared/rpc.ts';

const DAY_MS = 86_400_000;

/** How long an asked raise waits for a second person. */
export const RAISE_WAITS_MS = DAY_MS;

/**
 * Proposals that people could look at before an agent executes outside the sandbox. Of an agent that is wrong once in seven
 * times, twenty all being right has a chance of less than 5 % (0.86 ^ 20).
 */
export const MIN_PROPOSALS = 20;

/** A percent of fewer says nothing: one rejection of one is 100 %. */
export const MIN_SAMPLE = 5;

/** How far one agent may go in this environment, and who or what put it there. */
export interface Level {
  agent: string;
  mode: Mode;
  cause: AutonomyCause;
  /** Unix ms; null: from the start. Evidence counts from here on. */
  since: number | null;
  /** The people who did it. */
  by: string[];
  /** Unix ms; null: never raised to execute. */
  executeSince: number | null;
  /** Hash of what it was raised for; null: nothing binds it. */
  basis: string | null;
}

/** Where an agent begins: in the sandbox nothing is held back; anywhere else it proposes, and people look. Pure. */
export function startLevel(agent: string, environment: string): Level {
  const mode = environment === 'sandbox' ? 'execute' : 'propose';
  return { agent, mode, cause: 'start', since: null, by: [], executeSince: null, basis: null };
}

/** What a lease says of a level. */
export function granted({ mode, cause, since, executeSince }: Level): AutonomyGrant {
  return { mode, why: cause, since: time(since), executeSince: time(executeSince) };
}

/** From when (RFC 3339) evidence counts: the error budget's days, but not from before the level changed. Pure. */
export function evidenceSince({ since }: Level, { days }: Manifest['errorBudget'], now: number): string {
  return new Date(Math.max(now - days * DAY_MS, since ?? 0)).toISOString();
}

/** How far each line of the error budget is used up. Pure. */
export function burn(found: AgentEvidence, budget: Manifest['errorBudget']): Burn[] {
  const percent = (of: 'overrides' | 'failures', part: number, outOf: number): Burn => {
    const share = outOf === 0 ? 0 : Math.round((part * 100) / outOf);
    // Compared as fractions: rounding must not forgive half a percent.
    const burnt = outOf >= MIN_SAMPLE && part * 100 > budget[of] * outOf;
    return { of, found: share, allowed: budget[of], outOf, burnt };
  };
  const { violations } = found;
  return [
    percent('overrides', found.rejected, found.decided),
    percent('failures', found.failures, found.executes),
    {
      of: 'violations',
      found: violations,
      allowed: budget.violations,
      outOf: violations,
      burnt: violations > budget.violations,
    },
  ];
}

/** A line of an error budget in words. */
export function inWords({ of, found, allowed, outOf }: Burn): string {
  return of === 'violations'
    ? `${found} calls denied by policy, of ${allowed} that its error budget allows`
    : `${of} ${found} % of ${outOf}, where its error budget allows ${allowed} %`;
}

/** Why an agent that executes falls back to proposing; none: it does not. Pure. */
export function fallReasons({ mode }: Level, burns: readonly Burn[]): string[] {
  return mode === 'execute' ? burns.filter(({ burnt }) => burnt).map(inWords) : [];
}

/** What is missing in the record of an agent that is to execute. `found` null: nothing is known, and nothing is let go. Pure. */
export function shortfalls(found: AgentEvidence | null, budget: Manifest['errorBudget']): string[] {
  if (!found) return ['the audit log did not answer, so there is no evidence'];
  const few = found.proposals < MIN_PROPOSALS;
  return [
    ...(few ? [`${found.proposals} proposals since ${found.since}, of ${MIN_PROPOSALS} needed`] : []),
    ...burn(found, budget)
      .filter(({ burnt }) => burnt)
      .map(inWords),
  ];
}

export interface RaiseAsk {
  level: Level;
  to: Mode;
  by: string;
  reason: string;
  /** Hash of what it would be raised for. */
  basis: string;
  /** The highest mode that the manifest grants for anything. */
  highest: Mode;
  /** Checks of the readiness list that fail, in words. */
  failing: readonly string[];
  /** See `shortfalls`. */
  missing: readonly string[];
  environment: string;
  /** Who is who: by two addresses of theirs nobody is two people. */
  directory: Directory;
}

export type RaiseRuling =
  /** It may do so already. */
  | { kind: 'no-raise' }
  | { kind: 'not-granted' }
  | { kind: 'locked'; why: string[] }
  | { kind: 'waits'; first: WaitingRaise }
  /** The one who asked for it. */
  | { kind: 'own' }
  | { kind: 'raised'; first: WaitingRaise };

/**
 * What a person's ask to raise an agent comes to. Two people, wherever it runs; to execute outside the sandbox also readiness
 * and a record that holds, looked at both times. A first ask for something else than what is there now counts no longer. Pure.
 */
export function ruleOnRaise(ask: RaiseAsk, first: WaitingRaise | null, now: number): RaiseRuling {
  const { level, to, by, basis } = ask;
  if (modeRank(to) <= modeRank(level.mode)) return { kind: 'no-raise' };
  if (modeRank(to) > modeRank(ask.highest)) return { kind: 'not-granted' };
  const locked = to === 'execute' && ask.environment !== 'sandbox';
  const why = locked ? [...ask.failing, ...ask.missing] : [];
  if (why.length > 0) return { kind: 'locked', why };
  const counts = first?.to === to && first.basis === basis && now < Date.parse(first.until);
  if (!first || !counts) return { kind: 'waits', first: asked(ask, now) };
  return samePersonIn(ask.directory, first.by, by) ? { kind: 'own' } : { kind: 'raised', first };
}

function asked({ level, to, by, reason, basis }: RaiseAsk, now: number): WaitingRaise {
  const [at, until] = [new Date(now).toISOString(), new Date(now + RAISE_WAITS_MS).toISOString()];
  return { agent: level.agent, to, by, reason, at, until, basis };
}

/** The level after two people raised it. Outside the sandbox it is bound to what they raised it for. Pure. */
export function raised(
  level: Level,
  by: string,
  first: WaitingRaise,
  environment: string,
  now: number,
): Level {
  const executes = first.to === 'execute';
  return {
    ...level,
    mode: first.to,
    cause: 'raised',
    since: now,
    by: [first.by, by],
    executeSince: executes ? (level.executeSince ?? now) : level.executeSince,
    basis: executes && environment !== 'sandbox' ? first.basis : null,
  };
}

/** The level after it was taken down, by a person or by itself. What it was raised for no longer counts. Pure. */
export function lowered(
  level: Level,
  to: Mode,
  cause: 'lowered' | 'fell' | 'reopened',
  by: string[],
  now: number,
): Level {
  return { ...level, mode: to, cause, since: now, by, basis: null };
}

/** The highest mode that a manifest grants for anything. */
export function highestGrant({ grants }: Manifest): Mode {
  return grants.reduce<Mode>(
    (highest, { mode }) => (modeRank(mode) > modeRank(highest) ? mode : highest),
    'read',
  );
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
