import { WorkerEntrypoint } from 'cloudflare:workers';
import type * as handoffs from '../../shared/handoffs.ts';
import type * as reviews from '../../shared/reviews.ts';
import type { Env } from './env.ts';

/** For guards: cases that their agents hand over. */
export class TriageIntake extends WorkerEntrypoint<Env> implements handoffs.TriageIntake {
  async file(handoff: handoffs.Handoff): Promise<void> {
    await this.env.TRIAGE_INDEX.getByName('index').file([handoff.id], handoff.workflow);
    await this.env.TRIAGE.getByName(handoff.workflow).file(handoff);
  }

  async standing(workflow: string, agent: string, id: string): Promise<handoffs.HandoffStanding | null> {
    return this.env.TRIAGE.getByName(workflow).standing(agent, id);
  }
}

/** For guards: calls that somebody has to look at afterwards. */
export class ReviewIntake extends WorkerEntrypoint<Env> implements reviews.ReviewIntake {
  async due(due: reviews.Review[]): Promise<void> {
    for (const [workflow, some] of Map.groupBy(due, (review) => review.workflow)) {
      const calls = some.map(({ call }) => call);
      await this.env.TRIAGE_INDEX.getByName('index').file(calls, workflow);
      await this.env.TRIAGE.getByName(workflow).due(some);
    }
  }
}
