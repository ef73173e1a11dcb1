import type { CallRow } from '../calls.ts';
import { deny, go, type Step } from './step.ts';

/**
 * Step 4: was this key used before? The same key with the same body leads to the earlier call, whatever its state;
 * with another body it is a conflict.
 */
export function replay(earlier: CallRow | undefined, digest: string): Step<CallRow | null> {
  if (!earlier) return go(null);
  return earlier.digest === digest ? go(earlier) : deny({ kind: 'key-reused' });
}
