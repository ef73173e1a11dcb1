import { MAX_DEPTH } from '../../../shared/canonical.ts';
import { pointer } from '../../../shared/faults.ts';
import { holdsMangled } from '../../../shared/placeholder.ts';
import type { Fault } from '../../../shared/problems.ts';

/** More places than that tell nothing more. */
const TOLD_MAX = 20;
const detail =
  'holds a placeholder that is not whole: pass it on exactly as you were given it, or write the value itself';
const tooDeep = `is nested deeper than ${MAX_DEPTH} levels`;

/**
 * Part of step 2: every place of a body, names of members included, where something is no placeholder and looks like one. A tool
 * would pass it on as it stands, and a reader would see it. What is nested deeper than an input can be is refused, and not walked:
 * thousands of levels would end the stack. Pure.
 */
export function mangledFaults(body: unknown): Fault[] {
  const found: Fault[] = [];
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (found.length >= TOLD_MAX) return;
    if (typeof value === 'string') {
      if (mayHold(value) && holdsMangled(value)) found.push({ pointer: pointer(path), detail });
    } else if (path.length > MAX_DEPTH + 1) {
      found.push({ pointer: pointer(path.slice(0, 2)), detail: tooDeep }); // The body itself is one level.
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) visit(name, path);
        visit(inner, [...path, name]);
      }
    }
  };
  visit(body, []);
  return found;
}

/** Whether there is anything to look at more closely: a bracket, as it is, encoded or as another script has it. */
function mayHold(text: string): boolean {
  return /[^\w\s.,'"-]/.test(text);
}
