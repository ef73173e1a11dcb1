import type { Governance } from '../../shared/governance.ts';
import type { Problem } from '../../shared/problems.ts';
import type { CedarChecks } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';

/** Real Cedar as control asks it about sets. */
export type Checking = Pick<CedarChecks, 'check'>;

/** A cold start is 0.1 s and a thousand policies take a few; longer means that it hangs. */
const CHECK_MS = 15_000;

/**
 * What forbids to put a set in force, as real Cedar's Worker finds it: null: nothing. When that does not answer, nothing is
 * applied: a set that nobody checked is not in force for a second.
 */
export async function checkWith(cedar: Checking, set: Governance): Promise<Problem | null> {
  try {
    const errors = [...(await within(CHECK_MS, cedar.check(set)))];
    return errors.length > 0 ? { code: 'invalid', errors } : null;
  } catch (error) {
    console.error(JSON.stringify({ alert: 'control.cedar-unreachable', error: String(error) }));
    const detail = 'Real Cedar did not check the policy set (Worker cedar), so it was not put in force.';
    return { code: 'unavailable', detail, retryAfter: 5 };
  }
}
