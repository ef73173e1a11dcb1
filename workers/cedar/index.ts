/** Real Cedar, for control alone. Stateless: what it is asked comes with all that it needs. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { DecisionSample, PolicyAnswer } from '../../shared/cedar/sample.ts';
import type { Governance, Policy } from '../../shared/governance.ts';
import type { Fault } from '../../shared/problems.ts';
import type * as rpc from '../../shared/rpc.ts';
import { catalogue } from '../tools/catalogue.ts';
import { checkSet } from './check-set.ts';
import { cedar } from './engine.ts';
import { prepare, secondOpinion } from './second-opinion.ts';

/** The version whose policies this isolate's Cedar holds parsed: parsing them costs more than asking them. */
let prepared: string | null = null;

/** For control. */
export class CedarChecks extends WorkerEntrypoint implements rpc.CedarChecks {
  async check(set: Governance): Promise<Fault[]> {
    return checkSet(set, catalogue, cedar());
  }

  async recheck(
    version: string,
    policies: Policy[] | null,
    samples: DecisionSample[],
  ): Promise<(PolicyAnswer | null)[] | 'send-policies'> {
    const engine = cedar();
    if (prepared !== version) {
      if (!policies) return 'send-policies';
      prepared = prepare(policies, engine) ? version : null;
    }
    // What it holds is another set's: it has nothing to say about this one.
    if (prepared !== version) return samples.map(() => null);
    return samples.map((sample) => secondOpinion(sample, engine));
  }
}

export default {
  /** Nothing is served over HTTP. */
  fetch: (): Response => new Response(null, { status: 404 }),
};
