import { noClaims } from '../../../shared/claims.ts';
import { noOrigins } from '../../../shared/origins.ts';
import { noReleases } from '../../../shared/releases.ts';
import { isIrreversible, type KnownAction } from '../../../shared/contract.ts';
import type { Governance } from '../../../shared/governance.ts';
import { measure } from '../../../shared/measures.ts';
import type { PolicyQuestion } from '../../../shared/policy.ts';
import { namedTimes } from '../../../bin/lib/policy-tests.ts';
import { compileGovernance } from '../../../bin/lib/governance.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

export const root = new URL('../../..', import.meta.url).pathname;

/** In Berlin, the zone of all shipped manifests. */
export const times = {
  office: Date.parse(namedTimes.office),
  night: Date.parse(namedTimes.night),
  weekend: Date.parse(namedTimes.weekend),
};

/** The repository's own governance. */
export async function shipped(): Promise<Governance> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  return compiled.governance;
}

export { forAgent } from '../../../shared/governance.ts';

export function known(action: string): KnownAction {
  const found = catalogue.get(action);
  if (!found) throw new Error(`no action ${action}`);
  return found;
}

/** A question about a known action, of an agent that explains itself, in the sandbox, on a Tuesday at 10:00. */
export function question(agent: string, action: string, more: Partial<PolicyQuestion> = {}): PolicyQuestion {
  const { groups, sensitivity, clearance, hash, mode } = known(action);
  return {
    agent,
    user: null,
    action,
    groups,
    sensitivity,
    clearance,
    irreversible: isIrreversible(known(action)),
    contract: hash,
    mode,
    environment: 'sandbox',
    input: {},
    facts: {},
    measured: measure({}, {}, {}),
    launchWeek: false,
    claims: noClaims,
    releases: noReleases,
    origins: noOrigins,
    explained: true,
    confidence: null,
    now: times.office,
    ...more,
  };
}
