/** Free text with what detectors find in it replaced. Pure. */
import type { PlaceholderClass } from '../../shared/placeholder.ts';

export interface Span {
  class: PlaceholderClass;
  /** UTF-16 offsets. */
  start: number;
  end: number;
}

/** What stands in a text that must not be told to a model, in order, without overlaps. */
export function spansIn(text: string): Span[] {
  const mails = text.matchAll(
    /[^\s@<>"'(),;:[\]]{1,64}@[^\s@<>"'(),;:[\]]{1,255}\.[^\s@<>"'(),;:.[\]]{2,63}/gu,
  );
  return [...mails].map((found) => ({
    class: 'email' as const,
    start: found.index,
    end: found.index + found[0].length,
  }));
}

/** The text with each span replaced by the placeholder in its place. */
export function withSpans(text: string, spans: readonly Span[], placeholders: readonly string[]): string {
  const ends = [0, ...spans.map(({ end }) => end)];
  const starts = [...spans.map(({ start }) => start), text.length];
  const between = starts.map((start, at) => text.slice(ends[at], start));
  return between.map((part, at) => part + (placeholders[at] ?? '')).join('');
}
