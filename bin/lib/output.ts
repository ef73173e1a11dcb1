/** What a command leaves behind: for people, for machines, and for the shell. */
export interface Report {
  /** Lines for people. */
  text: string;
  /** The same for machines (`--json`). */
  json: unknown;
  exit: Exit;
}

/** 0 done, 1 failed or refused, 2 wrong usage, 3 the gate is out of reach. */
export type Exit = 0 | 1 | 2 | 3;

/** Control characters of C0 and C1, and the marks that reorder text on screen. */
// oxlint-disable-next-line no-control-regex -- They are what this is about.
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that is safe on a terminal. Reasons, notes and explanations were typed by others, agents among them: an escape
 * sequence in them could hide or fake what an approver reads.
 */
export function printable(text: string): string {
  return text.replace(unprintable, '\u{fffd}');
}

/** Any value as one short printable line. */
export function inline(value: unknown, width = 60): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = printable(text).replace(/\s+/g, ' ').trim();
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/** The last column moves no other, so that a reason or a remedy stands there whole. */
const LAST_COLUMN = 300;

/** Rows as aligned columns under their titles; `none` when there are no rows. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const all = [titles, ...rows].map((row) =>
    row.map((cell, column) => inline(cell, column === titles.length - 1 ? LAST_COLUMN : undefined)),
  );
  const widths = titles.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one a line. Values stay whole, as they are what a person decides on. */
export function facts(pairs: readonly (readonly [string, unknown])[]): string {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${inline(value, 2000)}`).join('\n');
}

/** `12 s ago`, `in 4 min`: how far a time (RFC 3339) is from `now` (Unix ms). */
export function when(time: string, now: number): string {
  const seconds = Math.round((Date.parse(time) - now) / 1000);
  if (Number.isNaN(seconds)) return inline(time);
  return seconds <= 0 ? `${span(-seconds)} ago` : `in ${span(seconds)}`;
}

function span(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
