/** Who is put on a list and taken off it. Pure. */

/** Ids in HubSpot's order: by number, and longer than a number can hold. */
export function sorted(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort((a, b) => a.length - b.length || (a < b ? -1 : Number(a > b)));
}

/** `ids` without `others`, sorted. */
export function without(ids: readonly string[], others: readonly string[]): string[] {
  const not = new Set(others);
  return sorted(ids.filter((id) => !not.has(id)));
}

/** What it takes to make `wanted` of the members that are there now. */
export function difference(
  now: readonly string[],
  wanted: readonly string[],
): { on: string[]; off: string[] } {
  return { on: without(wanted, now), off: without(now, wanted) };
}
