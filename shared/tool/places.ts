import type { z } from 'zod';

/** Issues that are named; the first few tell what is wrong, and a vendor may send thousands. */
const ISSUES_MAX = 5;
const ours = /^[A-Za-z0-9_]{1,40}$/;

/**
 * Where data does not fit, for a detail in the journal: `/results/0/id`. Keys can be of the vendor's choosing and hold
 * anything, so whatever does not look like a field name is `*`.
 */
export function placesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, ISSUES_MAX)
    .map(({ path }) => `/${path.map(named).join('/')}`)
    .join(' ');
}

function named(part: PropertyKey): string {
  const name = String(part);
  return ours.test(name) ? name : '*';
}
