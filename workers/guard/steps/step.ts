import type { Denial } from '../denial.ts';

/** What each step of the column answers: go on with a value, or a tagged reason to stop. */
export type Step<T> = { ok: true; value: T } | { ok: false; denial: Denial };

export function go<T>(value: T): Step<T> {
  return { ok: true, value };
}

export function deny<T>(denial: Denial): Step<T> {
  return { ok: false, denial };
}
