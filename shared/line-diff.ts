/** How two texts differ, line by line: `- ` gone, `+ ` new, two blanks kept. By their longest common subsequence. Pure. */
export function lineDiff(before: string, after: string): string[] {
  const [was, is] = [before.split('\n'), after.split('\n')];
  // What is longer than any policy is shown as replaced whole, so that this cannot take long.
  if (was.length * is.length > 1_000_000) return [...was.map(gone), ...is.map(fresh)];
  const common = commonLengths(was, is);
  const lines: string[] = [];
  let [a, b] = [0, 0];
  while (a < was.length || b < is.length) {
    const [old = '', next = ''] = [was[a], is[b]];
    if (a < was.length && b < is.length && old === next) {
      lines.push(`  ${old}`);
      a += 1;
      b += 1;
    } else if (b >= is.length || (a < was.length && at(common, a + 1, b) >= at(common, a, b + 1))) {
      lines.push(gone(old));
      a += 1;
    } else {
      lines.push(fresh(next));
      b += 1;
    }
  }
  return lines;
}

/** How many lines the rests from each pair of places have in common. */
function commonLengths(was: readonly string[], is: readonly string[]): number[][] {
  const lengths = Array.from({ length: was.length + 1 }, () => Array<number>(is.length + 1).fill(0));
  for (let a = was.length - 1; a >= 0; a -= 1) {
    for (let b = is.length - 1; b >= 0; b -= 1) {
      const longer = Math.max(at(lengths, a + 1, b), at(lengths, a, b + 1));
      const row = lengths[a];
      if (row) row[b] = was[a] === is[b] ? at(lengths, a + 1, b + 1) + 1 : longer;
    }
  }
  return lengths;
}

function at(lengths: readonly (readonly number[])[], a: number, b: number): number {
  return lengths[a]?.[b] ?? 0;
}

function gone(line: string): string {
  return `- ${line}`;
}

function fresh(line: string): string {
  return `+ ${line}`;
}
