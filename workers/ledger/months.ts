import { decodeTime } from 'ulid';
import { isId } from '../../shared/ids.ts';

/** The month of a time, `YYYY-MM` in UTC. */
export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

const shape = /^\{"at":"(\d{4}-(?:0[1-9]|1[0-2]))-/;

/**
 * The month that an entry is filed in: that of its own time, but never one that has not begun, so that a source whose
 * clock is wrong cannot move its chain into the far future. An entry without a readable time is filed now, where it is
 * refused.
 */
export function fileMonth(body: string, now: number): string {
  const present = monthOf(now);
  const own = shape.exec(body)?.[1];
  return own !== undefined && own < present ? own : present;
}

/** Splits a source's entries into runs of the same month, in order. */
export function runs(bodies: readonly string[], now: number): { month: string; bodies: string[] }[] {
  const out: { month: string; bodies: string[] }[] = [];
  for (const body of bodies) {
    const month = fileMonth(body, now);
    const run = out.at(-1);
    if (run?.month === month) run.bodies.push(body);
    else out.push({ month, bodies: [body] });
  }
  return out;
}

function shift(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number);
  return monthOf(Date.UTC(year ?? 0, (number ?? 1) - 1 + by, 1));
}

/**
 * The months, newest first, that may hold entries of a span of time. One month more on either side: a clock that ran
 * a little ahead or was set back files an entry next door.
 */
export function monthsBetween(months: readonly string[], since?: string, until?: string): string[] {
  const from = since === undefined ? '' : shift(since.slice(0, 7), -1);
  const to = until === undefined ? '~' : shift(until.slice(0, 7), 1);
  return months.filter((month) => month >= from && month <= to).reverse();
}

/** When a call began, by its id, in Unix ms; 0 for what is not the id of a call. */
export function timeOfCall(call: string): number {
  const id = call.slice(0, CALL_ID_LENGTH);
  return isId('call', id) ? decodeTime(id.slice('call_'.length)) : 0;
}

/** The month in which a call began. */
export function monthOfCall(call: string): string {
  return monthOf(timeOfCall(call));
}

/** A cursor may carry something after the id. */
const CALL_ID_LENGTH = 'call_'.length + 26;
