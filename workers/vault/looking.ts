/** What should not stand in a text that a model wrote. Pure. */
import { classOf, holdsMangled, type Placeholder, type PlaceholderClass } from '../../shared/placeholder.ts';
import type { KnownPlaceholder, TextFault, TextSpan } from '../../shared/vault.ts';
import { spansIn } from './spans.ts';

export interface PlacedPlaceholder extends TextSpan {
  class: PlaceholderClass;
  placeholder: Placeholder;
}

/** Each place where a placeholder stands, with the check character that it must have. */
export function placed(texts: readonly string[]): PlacedPlaceholder[] {
  return texts.flatMap((body, text) =>
    [...body.matchAll(/\[\[[a-z-]{1,16}:[0-9a-z]{11}\]\]/g)].flatMap(({ 0: placeholder, index: start }) => {
      const cls = classOf(placeholder);
      return cls ? [{ text, start, end: start + placeholder.length, class: cls, placeholder }] : [];
    }),
  );
}

/**
 * People's data and secrets that stand there in clear, and placeholders that should not: unknown to this agent's vault, of a class that is not
 * allowed (`allowed` null: all are), or malformed. In order of texts and places; what has no place comes last of its text.
 */
export function faultsIn(
  texts: readonly string[],
  places: readonly PlacedPlaceholder[],
  known: ReadonlyMap<Placeholder, KnownPlaceholder | null>,
  allowed: readonly PlaceholderClass[] | null,
): TextFault[] {
  const wrong = places.flatMap(({ placeholder, ...place }): TextFault[] => {
    if (!known.get(placeholder)) return [{ ...place, kind: 'placeholder', why: 'unknown' }];
    const may = allowed === null || allowed.includes(place.class);
    return may ? [] : [{ ...place, kind: 'placeholder', why: 'not-allowed' }];
  });
  const clear = texts.flatMap((body, text) =>
    spansIn(body).map((span): TextFault => ({
      ...span,
      text,
      kind: span.class === 'secret' ? 'secret' : 'personal',
    })),
  );
  const mangled = texts.flatMap((body, text): TextFault[] =>
    holdsMangled(body) ? [{ kind: 'placeholder', text, why: 'malformed' }] : [],
  );
  return [...wrong, ...clear, ...mangled].sort((a, b) => a.text - b.text || startOf(a) - startOf(b));
}

function startOf(fault: TextFault): number {
  return 'start' in fault ? fault.start : Infinity;
}
