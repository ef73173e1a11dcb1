import { modeRank, modes, type Mode } from '../shared/contract.ts';
import { switchesOf, type Switch } from './switches.ts';
import type { Target } from './targets.ts';
import type { Features } from './unleash.ts';

/** A switch that says no for everybody: the one thing that latches a stop. */
export interface Killed {
  switch: Switch;
  why: 'off' | 'missing';
}

/**
 * How a switch stands at its source. `off` and `missing` are kills, because it was there to be turned off or archived.
 * `never-seen` and `never-on` are closed and no kill: the source never had it, or made it and has not turned it on yet.
 */
export type Standing = 'on' | 'off' | 'missing' | 'never-on' | 'never-seen';

/** Names of switches that the source has had, as `seenIn` counts. */
export type Seen = ReadonlySet<string>;

/** How one switch stands in a document of a source that has had those of `seen`. */
export function standingOf(name: string, features: Features, seen: Seen): Standing {
  const state = features.state(name);
  if (state === 'on' || seen.has(name)) return state;
  if (state === 'missing') return 'never-seen';
  return features.isNew(name) ? 'never-on' : 'off';
}

/** The switches that a document holds, but for those that nobody turned on yet: off is a decision only after on. */
export function seenIn(features: Features, switches: readonly Switch[]): string[] {
  return switches
    .map(({ name }) => name)
    .filter((name) => features.state(name) !== 'missing' && !features.isNew(name));
}

/** Switches that are turned off in the environment, or archived. */
export function killedBy(features: Features, switches: readonly Switch[], seen: Seen): Killed[] {
  return switches.flatMap((found) => {
    const why = standingOf(found.name, features, seen);
    return why === 'off' || why === 'missing' ? [{ switch: found, why }] : [];
  });
}

/** One switch that closes some modes of one action to one agent. */
export interface Closed {
  switch: string;
  /** `on`: its strategies say no. */
  why: Standing;
  action: string;
  modes: Mode[];
}

/** Whom flags are evaluated for. */
export interface Holder {
  agent: string;
  workflow: string;
  environment: string;
  /** What the manifest grants: an action and its highest mode. */
  grants: readonly { action: string; mode: Mode }[];
}

/** Everything that flags close to an agent, among what it is granted. Costs about a microsecond a flag, action and mode. */
export function closedFor(features: Features, seen: Seen, holder: Holder, now: number): Closed[] {
  return holder.grants.flatMap(({ action, mode: highest }) => {
    const granted = modes.filter((mode) => modeRank(mode) <= modeRank(highest));
    const tool = action.split('.')[0] ?? '';
    return switchesOf({ ...holder, tool, action }).flatMap((name) => {
      const shut = granted.filter(
        (mode) => !features.isEnabled(name, contextOf(holder, tool, action, mode, now)),
      );
      const why = standingOf(name, features, seen);
      return shut.length > 0 ? [{ switch: name, why, action, modes: shut }] : [];
    });
  });
}

function contextOf(
  { agent, workflow, environment }: Holder,
  tool: string,
  action: string,
  mode: Mode,
  now: number,
): Parameters<Features['isEnabled']>[1] {
  const properties = { workflow, environment, tool, action, mode };
  return { appName: 'toolgate', userId: agent, environment, currentTime: new Date(now), properties };
}

/** What became closed and what opened, as `<switch> <agent> <action>:<mode>`. */
export interface Difference {
  narrower: string[];
  wider: string[];
}

/** Agent -> what flags close to it. */
export type ClosedTo = ReadonlyMap<string, readonly Closed[]>;

/**
 * How what is closed changed. Switches that were or are killed are left out: their stops, which are journaled themselves,
 * hold whatever the flags say.
 */
export function differenceOf(before: ClosedTo, after: ClosedTo, killed: ReadonlySet<string>): Difference {
  const was = linesOf(before, killed);
  const is = linesOf(after, killed);
  return {
    narrower: [...is].filter((line) => !was.has(line)),
    wider: [...was].filter((line) => !is.has(line)),
  };
}

function linesOf(closedTo: ClosedTo, killed: ReadonlySet<string>): Set<string> {
  const lines = new Set<string>();
  for (const [agent, closed] of closedTo) {
    for (const { switch: name, action, modes } of closed) {
      if (killed.has(name)) continue;
      for (const mode of modes) lines.add(`${name} ${agent} ${action}:${mode}`);
    }
  }
  return lines;
}

/** What a source asks to be stopped now. */
export interface Wanted {
  target: Target;
  reason: string;
}

/** Which stops of one source begin, begin anew, or become resumable. Nothing here ends one. */
export function stopsToChange(
  wanted: readonly Wanted[],
  standing: readonly { target: Target; held: boolean }[],
): { latch: Wanted[]; release: Target[] } {
  const held = new Set(standing.filter((stop) => stop.held).map(({ target }) => target));
  const asked = new Set(wanted.map(({ target }) => target));
  return {
    latch: wanted.filter(({ target }) => !held.has(target)),
    release: [...held].filter((target) => !asked.has(target)),
  };
}
