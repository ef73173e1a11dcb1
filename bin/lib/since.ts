const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span such as `30d`, `12h` or `90m` in milliseconds; undefined when it is none. */
function spanOf(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const factor = units[unit];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}

/** A time (RFC 3339) that is so long ago (`30d`), or the one that is given; undefined when it is neither. */
export function sinceOf(text: string, now: number): string | undefined {
  const span = spanOf(text);
  return span === undefined ? timeOf(text) : new Date(now - span).toISOString();
}

/** The same, ahead of now. */
export function untilOf(text: string, now: number): string | undefined {
  const span = spanOf(text);
  return span === undefined ? timeOf(text) : new Date(now + span).toISOString();
}

function timeOf(text: string): string | undefined {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
