import { modeRank, type Mode } from '../../../shared/contract.ts';
import type { AutonomyGrant } from '../../../shared/rpc.ts';
import { deny, go, type Step } from './step.ts';

/**
 * Between replay and policy: may the agent use this mode now? What the manifest grants was looked at in step 2; this is what
 * its record, and the people who answer for it, let it use of that.
 */
export function autonomy({ mode }: { mode: Mode }, allowed: AutonomyGrant): Step<null> {
  if (modeRank(mode) <= modeRank(allowed.mode)) return go(null);
  return deny({ kind: 'autonomy', mode: allowed.mode, asked: mode, why: allowed.why });
}
