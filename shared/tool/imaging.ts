/** What the vendor holds of an action's record: held to the contract, and compared before something is taken back. Pure. */
import type { KnownAction } from '../contract.ts';
import { conflictsOf, type Conflict, type Image, type Imaged } from '../image.ts';
import type { Outcome } from '../outcome.ts';
import { heldImage } from './fields.ts';
import { briefly } from './outgoing.ts';

/** What a tool's `image` handler answers; an outcome when it cannot be told. */
export type Seen = { kind: 'image'; image: Image } | Outcome;

/** Holds what a handler saw to the contract. Anything that is not an image of bounded size fails closed. */
export function heldLook(seen: Seen, action: KnownAction): Imaged {
  switch (seen.kind) {
    case 'image': {
      const held = heldImage(seen.image, action);
      return held ? { kind: 'image', ...held } : unusable('what the vendor holds does not fit the contract');
    }
    case 'failed':
      return briefly(seen) as Imaged;
    case 'lapsed':
      return seen;
    case 'succeeded':
    case 'indeterminate':
      return unusable(`a look does not end ${seen.kind}`);
  }
}

/**
 * What keeps a run that takes back from being begun; undefined: the vendor holds what was expected. `gone`: fields of which it is
 * not known any more what was expected. Nothing equals that, so a person has to look.
 */
export function changedSince(
  expected: Image,
  seen: Imaged,
  gone: readonly string[] = [],
): Outcome | undefined {
  if (seen.kind !== 'image') return seen;
  const known = conflictsOf(expected, seen.image).filter(({ field }) => !gone.includes(field));
  const conflicts = [...known, ...gone.map((field) => forgotten(field, seen.image))];
  if (conflicts.length === 0) return undefined;
  const fields = conflicts.map(({ field }) => field).join(', ');
  return briefly({ kind: 'failed', reason: 'changed', detail: `changed since at: ${fields}`, conflicts });
}

function forgotten(field: string, found: Image): Conflict {
  const expected = 'not kept any more';
  return { field, expected, found: found && Object.hasOwn(found, field) ? found[field] : null };
}

function unusable(detail: string): Imaged {
  return { kind: 'failed', reason: 'contract', detail };
}
