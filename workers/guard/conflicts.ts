/** What a look at the vendor says of a call, in a form that people and journals may have. Pure. */
import type { JsonSchema, KnownAction } from '../../shared/contract.ts';
import { conflictsOf, type Conflict, type Image } from '../../shared/image.ts';
import { mask } from '../../shared/mask.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import type { Look } from '../../shared/taking-back.ts';

/** Conflicts with every personal value masked as the contract of the compensating action classes it. */
export function maskedConflicts(conflicts: readonly Conflict[], action: KnownAction): Conflict[] {
  return conflicts.map(({ field, expected, found }) => ({
    field,
    expected: maskedValue(field, expected, action),
    found: maskedValue(field, found, action),
  }));
}

/** As input and output class it: what either says is personal is. A field that neither knows is not shown. */
function maskedValue(field: string, value: unknown, action: KnownAction): unknown {
  // Of the record as a whole, in our own words.
  if (field === '*') return value;
  const known = [action.inputSchema, action.outputSchema].map((schema) => propertyOf(schema, field));
  const schemas = known.filter((schema) => schema !== undefined);
  if (schemas.length === 0) return value === null ? null : '[unknown]';
  return schemas.reduce((masked, schema) => mask(masked, schema), value);
}

function propertyOf(schema: JsonSchema, field: string): JsonSchema | undefined {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  return Object.hasOwn(properties, field) ? properties[field] : undefined;
}

/** What was seen at the vendor, named by a keyed digest that says nothing else; or why it cannot be seen. */
export type Sight = { ok: true; image: Image; digest: string } | { ok: false; detail: string };

/** What a person says to force an undo that cannot be compared with anything, where the vendor cannot be looked at either. */
export const UNSEEN = 'unseen';

/** How what the vendor holds stands to what the call found and left there. */
export function lookOf(
  call: string,
  { images }: Pick<UndoPlan, 'images'>,
  action: KnownAction,
  sight: Sight,
): Look {
  if (!sight.ok) {
    // Without images there is nothing that a person could be shown before forcing it.
    const found = images ? null : UNSEEN;
    return { call, state: 'unknown', conflicts: [], found, detail: sight.detail };
  }
  const { image, digest: found } = sight;
  if (!images) return { call, state: 'unknown', conflicts: [], found, detail: notComparable };
  const conflicts = conflictsOf(images.after, image);
  if (conflicts.length === 0) return { call, state: 'as-left', conflicts: [], found, detail: null };
  if (conflictsOf(images.before, image).length === 0)
    return { call, state: 'as-before', conflicts: [], found, detail: null };
  return { call, state: 'changed', conflicts: maskedConflicts(conflicts, action), found, detail: null };
}

/** Why a call without images is not undone just so. */
export const notComparable =
  'Nothing was kept to compare with, so a later change by somebody else would not be seen.';
