/** What a vendor holds of a record, as far as one action would change it; and how that is compared. Pure. */
import { canonical } from './canonical.ts';
import type { FailureReason } from './outcome.ts';

/** Fields that the contract of the action knows. Null: there is no such record, or none any more. */
export type Image = Record<string, unknown> | null;

/** What a tool answers to a guard that asks what the vendor holds now. */
export type Imaged =
  | { kind: 'image'; image: Image }
  /** It cannot be told, so nothing may be taken for unchanged. */
  | { kind: 'failed'; reason: FailureReason; detail: string; retryAfter?: number }
  | { kind: 'lapsed' };

/** Where the vendor holds something else than is expected. `field` is `*` when the record as a whole is there or is not. */
export interface Conflict {
  field: string;
  expected: unknown;
  found: unknown;
}

/** The exact text of an image, for a token's digest. */
export function imageText(image: Image): string {
  return canonical(image);
}

/** The fields in which two images differ; none: the vendor holds what is expected. */
export function conflictsOf(expected: Image, found: Image): Conflict[] {
  if (expected === null || found === null)
    return expected === found ? [] : [{ field: '*', expected: shown(expected), found: shown(found) }];
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return fields
    .map((field) => ({ field, expected: own(expected, field), found: own(found, field) }))
    .filter((one) => canonical(one.expected) !== canonical(one.found));
}

/** A field that is not there is null there. */
function own(image: Record<string, unknown>, field: string): unknown {
  return Object.hasOwn(image, field) ? (image[field] ?? null) : null;
}

function shown(image: Image): string {
  return image === null ? 'no such record' : 'a record';
}
