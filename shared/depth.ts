/**
 * Whether JSON data is nested deeper than so many levels. Looked at level by level, so that no depth exhausts the stack: what
 * walks data by recursion may do so once this has said no. Pure.
 */
export function isDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
