import { mkdirSync } from 'node:fs';
import type { Applied } from '../../shared/rpc.ts';
import { writePrivate } from './dev-vars.ts';
import { localPaths, readJsonFile } from './local.ts';

/** What a checkout knows of one gate's policy sets. */
export interface Seen {
  /** The version in force when it was last told of one; null: none was. */
  inForce: string | null;
  /** What it applied last and was not in force yet: once somebody approves it, it is no news here. */
  waiting: string | null;
}

/** Nobody works with more; what tests and old ports left behind goes. */
const GATES_MAX = 20;

/** What this checkout last saw of a gate's policy sets; undefined: nothing, or the file is not readable. */
export function seenSets(at: string, gate: string): Seen | undefined {
  return (readJsonFile(localPaths(at).sets) as Record<string, Seen> | undefined)?.[gate];
}

/** Remembers what an application, approval or rollback came to. */
export function sawApplied(
  at: string,
  gate: string,
  { version, waits }: Pick<Applied, 'version' | 'waits'>,
): void {
  const before = seenSets(at, gate);
  const now = waits
    ? { inForce: before?.inForce ?? null, waiting: version }
    : { inForce: version, waiting: null };
  const { folder, sets } = localPaths(at);
  const { [gate]: _, ...others } = (readJsonFile(sets) ?? {}) as Record<string, Seen>;
  const latest = [...Object.entries(others), [gate, now] as const].slice(-GATES_MAX);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writePrivate(sets, `${JSON.stringify(Object.fromEntries(latest), null, 2)}\n`);
}

/** Over which version this checkout's files were made, given what is in force; undefined: it cannot tell. Pure. */
export function overOf(seen: Seen | undefined, inForce: string | null): string | null | undefined {
  if (inForce === null) return null;
  return seen?.waiting === inForce ? inForce : seen?.inForce;
}
