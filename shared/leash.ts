import type { Manifest } from './manifest.ts';

const DAY_MS = 86_400_000;

/** A maximum under a leash: that percent of it, rounded down, and at least 1 where it was not 0. Pure. */
export function leashed(max: number, percent: number): number {
  return max === 0 ? 0 : Math.max(1, Math.floor((max * percent) / 100));
}

/** A manifest with its limits, budgets and blast radius at that percent; null: as they are. Pure. */
export function onLeash(manifest: Manifest, percent: number | null): Manifest {
  if (percent === null) return manifest;
  const short = <T extends { max: number }>(bound: T): T => ({ ...bound, max: leashed(bound.max, percent) });
  return {
    ...manifest,
    limits: manifest.limits.map(short),
    budgets: manifest.budgets.map(short),
    radius: manifest.radius.map(short),
  };
}

/**
 * The percent of its limits and budgets that an agent has now; null: all of them. Counts from when it was first let execute
 * (RFC 3339), and in production only: nowhere else does a new agent reach anybody. A time that is no time holds for ever. Pure.
 */
export function leashNow(
  { days, percent }: Manifest['leash'],
  environment: string,
  executeSince: string | null,
  now: number,
): number | null {
  if (environment !== 'production' || executeSince === null) return null;
  const over = now >= Date.parse(executeSince) + days * DAY_MS;
  return over ? null : percent;
}
