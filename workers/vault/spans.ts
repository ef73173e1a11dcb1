/** Free text with what detectors find in it replaced. Pure. */
import { detect } from '../../shared/pii/detect.ts';
import type { PlaceholderClass } from '../../shared/placeholder.ts';

export interface Span {
  class: PlaceholderClass;
  /** UTF-16 offsets. */
  start: number;
  end: number;
}

/** What stands in a text that must not be told to a model, in order, without overlaps. Placeholders in it are left alone. */
export function spansIn(text: string): Span[] {
  return detect(text).map(({ class: cls, start, end }) => ({ class: cls, start, end }));
}

/** The text with each span replaced by the placeholder in its place. */
export function withSpans(text: string, spans: readonly Span[], placeholders: readonly string[]): string {
  const ends = [0, ...spans.map(({ end }) => end)];
  const starts = [...spans.map(({ start }) => start), text.length];
  const between = starts.map((start, at) => text.slice(ends[at], start));
  return between.map((part, at) => part + (placeholders[at] ?? '')).join('');
}
