/** In which order calls are taken back. Pure. */
import type { Takeable } from '../taking-back.ts';

/** A call in its place: what has to be taken back before it. */
export interface Placed {
  of: Takeable;
  /** See `Step`. */
  record: string | null;
  after: string | null;
  creates: boolean;
}

/**
 * Calls in the order in which they are taken back: latest first. Calls about one record stay in reverse whatever their clocks say,
 * and the one that created the record comes last of them. The same calls give the same order, however they arrive; a call that is
 * given twice stands once. O(n log n).
 */
export function ordered(calls: readonly Takeable[], creates: (action: string) => boolean): Placed[] {
  const once = [...new Map(calls.map((of) => [of.call, of])).values()];
  const chains = Map.groupBy(once, (of) => recordOf(of) ?? `(call) ${of.call}`);
  return [...chains.values()]
    .flatMap((chain) => inChain(chain, creates))
    .sort((a, b) => b.time - a.time || a.place - b.place || compare(b.of.call, a.of.call))
    .map(({ of, record, after, creates: made }) => ({ of, record, after, creates: made }));
}

/** The record at its vendor: two tools may use the same word and the same id. */
export function recordOf({ action, about }: Pick<Takeable, 'action' | 'about'>): string | null {
  return about && `${action.slice(0, action.indexOf('.'))} ${about.record} ${about.id}`;
}

interface Timed extends Placed {
  /** Not before anything that must come first: clocks of two guards may differ. */
  time: number;
  place: number;
}

function inChain(chain: readonly Takeable[], creates: (action: string) => boolean): Timed[] {
  const made = (of: Takeable): boolean => of.about !== null && creates(of.action);
  const reverse = [...chain].sort(
    (a, b) => Number(made(a)) - Number(made(b)) || timeOf(b) - timeOf(a) || compare(b.call, a.call),
  );
  let time = Infinity;
  return reverse.map((of, place) => {
    time = Math.min(time, timeOf(of));
    const after = reverse[place - 1]?.call ?? null;
    return { of, record: recordOf(of), after, creates: made(of), time, place };
  });
}

/** A time that is none is taken for the oldest: such a call is taken back last, and still is. */
function timeOf({ at }: Takeable): number {
  const time = Date.parse(at);
  return Number.isNaN(time) ? -Infinity : time;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
