import { z } from 'zod';
import type { FailureReason } from '../../../shared/outcome.ts';

const error = z.object({
  error: z.object({
    code: z.int(),
    error_subcode: z.int().optional(),
    is_transient: z.boolean().optional(),
  }),
});

const limited = [4, 17, 32, 341, 613];
const credentials = [3, 10, 102, 190];

/**
 * What an error of the Graph API means; it sends 400 for most
 * (https://developers.facebook.com/docs/graph-api/guides/error-handling). Undefined: the status tells.
 */
export function metaFault(body: unknown): FailureReason | undefined {
  const parsed = error.safeParse(body);
  if (!parsed.success) return undefined;
  const { code, error_subcode, is_transient } = parsed.data.error;
  if (limited.includes(code) || (code >= 80_000 && code <= 80_014)) return 'vendor-limited';
  if (credentials.includes(code) || (code >= 200 && code <= 299)) return 'credential';
  if (code === 803 || (code === 100 && error_subcode === 33)) return 'not-found';
  // Trouble of Meta's own: what it did by then it does not say.
  return code === 1 || code === 2 || is_transient === true ? 'unavailable' : undefined;
}
