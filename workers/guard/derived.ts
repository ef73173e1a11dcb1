/** Where a call's arguments come from, as it is kept with the call and told to policies. Pure. */
import type { KnownAction, SinkKind } from '../../shared/contract.ts';
import { sinkKinds } from '../../shared/marks.ts';
import { maskText } from '../../shared/mask.ts';
import type { Origins } from '../../shared/origins.ts';
import type { Argument } from '../../shared/provenance.ts';
import type { Derivation } from '../../shared/rpc.ts';
import type { WrittenLevel } from './written.ts';

/** As found when the call arrived, from what the agent typed: later it is sealed, and what it read may be forgotten. */
export interface Derived {
  /** Links in texts first, then every string and number. */
  arguments: Derivation[];
  /** Keyed hashes of what is not trusted of it, for when it was written. */
  wrote: Record<WrittenLevel, string[]>;
}

/** What was found of one argument: the newest call that told it as each, and by which the agent wrote it itself. */
export interface Found {
  trusted: string | undefined;
  untrusted: string | undefined;
  written: { level: WrittenLevel; call: string } | undefined;
}

/** Where one argument comes from. What the agent wrote itself is not trusted for having been read back. */
export function derivation(
  { pointer, exact, sink, host }: Argument,
  constants: ReadonlySet<string>,
  { trusted, untrusted, written }: Found,
): Derivation {
  const told = {
    // A name in a pointer may be data, and so may a host.
    pointer: maskText(pointer),
    ...(sink !== undefined && { sink }),
    ...(host !== undefined && { host: maskText(host) }),
  };
  if (exact.some((mark) => constants.has(mark))) return { ...told, level: 'trusted', from: null };
  if (trusted !== undefined && !written) return { ...told, level: 'trusted', from: trusted };
  if (untrusted !== undefined) return { ...told, level: 'untrusted', from: untrusted };
  return { ...told, level: written?.level ?? 'unattributed', from: written?.call ?? null };
}

/** The kinds of sinks that policies are asked about. `derived` null: nothing is known of them. */
export function sinksOf(
  { hasSinks }: Pick<KnownAction, 'hasSinks'>,
  derived: readonly Derivation[] | null,
): Pick<Origins, 'untrusted' | 'unproven'> {
  if (!hasSinks) return { untrusted: [], unproven: [] };
  if (!derived) return { untrusted: [], unproven: sinkKinds };
  const kinds = (holds: (one: Derivation) => boolean): SinkKind[] =>
    sinkKinds.filter((kind) => derived.some((one) => one.sink === kind && holds(one)));
  return {
    untrusted: kinds(({ level }) => level === 'untrusted'),
    unproven: kinds(({ level }) => level !== 'trusted'),
  };
}

/** Sinks first, those that are not trusted before all: what an approver should look at. */
export function forPeople(derived: readonly Derivation[]): Derivation[] {
  const rank = ({ sink, level }: Derivation): number =>
    (sink === undefined ? 4 : 0) + { untrusted: 0, unattributed: 1, trusted: 2 }[level];
  return derived.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * Of a call that a person edited: what they touched as it is found now, all else as it was found when the call arrived. Null: one of
 * the two is not known.
 */
export function edited(
  before: Derived | null,
  now: Derived | null,
  pointers: readonly string[],
): Derived | null {
  if (!before || !now) return null;
  const touched = ({ pointer }: Derivation): boolean =>
    pointers.some((at) => pointer === maskText(at) || pointer.startsWith(`${maskText(at)}/`));
  const was = new Map(before.arguments.map((one) => [keyOf(one), one]));
  return {
    arguments: now.arguments.map((one) => (touched(one) ? one : (was.get(keyOf(one)) ?? one))),
    wrote: {
      untrusted: [...new Set([...before.wrote.untrusted, ...now.wrote.untrusted])],
      unattributed: [...new Set([...before.wrote.unattributed, ...now.wrote.unattributed])],
    },
  };
}

function keyOf({ pointer, host }: Derivation): string {
  return JSON.stringify([pointer, host]);
}
