/** Data of a tool as its contract knows it, in text that every reader can take, and of bounded size. Pure. */
import { Buffer } from 'node:buffer';
import type { KnownAction } from '../contract.ts';
import type { Image } from '../image.ts';

/** Bytes of JSON. A guard keeps two images for each call that can be taken back. */
const IMAGE_MAX = 128 * 1024;

/** An image with nothing in it that the contract does not know; undefined: it does not fit, or is too large to be kept. */
export function heldImage(image: Image, action: KnownAction): { image: Image } | undefined {
  const held = image === null ? null : heldFields(image, action);
  if (held === undefined || Buffer.byteLength(JSON.stringify(held)) > IMAGE_MAX) return undefined;
  return { image: held };
}

/** Fields as the contract knows them, from output or input; undefined: one of them fits neither. */
export function heldFields(
  fields: Record<string, unknown>,
  { output, input }: KnownAction,
): Record<string, unknown> | undefined {
  const held: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(wellFormed(fields) as Record<string, unknown>)) {
    const known = [output.shape, input.shape].filter((shape) => Object.hasOwn(shape, field));
    if (known.length === 0 || value === undefined) continue;
    const parsed = known.map((shape) => shape[field]?.safeParse(value)).find((one) => one?.success);
    if (value !== null && !parsed) return undefined;
    held[field] = value === null ? null : parsed?.data;
  }
  return held;
}

/**
 * JSON data with every half of a character replaced by U+FFFD, in keys too. JSON may carry such halves (`"\ud800"`),
 * but canonical JSON cannot, and the guard would throw over an answer that it has to journal.
 */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.toWellFormed(), wellFormed(item)]),
  );
}
