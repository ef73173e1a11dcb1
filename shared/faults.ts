import type { z } from 'zod';
import type { Fault } from './problems.ts';

/** What zod found wrong, as JSON Pointers (RFC 6901). Names the places and the rules, never the values. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const at = pointer(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at, detail: plainly(issue.message) }];
    return issue.keys
      .slice(0, 20)
      .map((key) => ({ pointer: at + pointer([key.slice(0, 100)]), detail: 'is not a known field' }));
  });
}

/** A message of zod, with what is not there called missing: `is missing: expected number`. */
export function plainly(message: string): string {
  const missing = /^Invalid input: (expected .+), received undefined$/.exec(message);
  return missing ? `is missing: ${missing[1]}` : message;
}

/** A JSON Pointer (RFC 6901). */
export function pointer(path: readonly PropertyKey[]): string {
  // Well-formed, because it is journaled, and a name may hold half a character, by the caller's will or by the cut above.
  return path
    .map((part) => `/${String(part).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
