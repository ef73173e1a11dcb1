/** How long a caller wants to wait for the end of its call. */
import type { Problem } from '../../shared/problems.ts';

export const MAX_WAIT_SECONDS = 30;

/** `preferred`: it was asked for by a header, which is answered by one (RFC 7240). */
export type Wait = { ok: true; seconds: number; preferred: boolean } | { ok: false; problem: Problem };

/**
 * `?wait=` in whole seconds, refused where it is no such number or above 30; else `Prefer: wait=`, which by RFC 7240 is capped, and
 * left alone where it makes no sense. Neither: no wait. Pure.
 */
export function waitOf(query: string | null, prefer: string | null): Wait {
  if (query === null) return preferredWait(prefer);
  if (/^\d{1,2}$/.test(query) && Number(query) <= MAX_WAIT_SECONDS)
    return { ok: true, seconds: Number(query), preferred: false };
  const detail = `wait is a whole number of seconds from 0 to ${MAX_WAIT_SECONDS}.`;
  return { ok: false, problem: { code: 'invalid', detail } };
}

function preferredWait(prefer: string | null): Wait {
  // The first one counts, and names are compared without case.
  const found = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i.exec((prefer ?? '').slice(0, 1_000));
  if (!found) return { ok: true, seconds: 0, preferred: false };
  return { ok: true, seconds: Math.min(Number(found[1]), MAX_WAIT_SECONDS), preferred: true };
}
