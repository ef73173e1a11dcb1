import type { Directory } from '../../../shared/directory.ts';
import type { Handoff, HandoffStanding } from '../../../shared/handoffs.ts';
import type { Person } from '../../../shared/people.ts';
import type { Review } from '../../../shared/reviews.ts';
import type { Result } from '../../../shared/rpc.ts';
import type { Misbehaviour, Verdict } from './review.ts';
import type { TriageAct } from './triage.ts';

/** Cases and reviews of one workflow. `person` was checked by this Worker. */
export interface TriageApi {
  file(handoff: Handoff): Promise<void>;
  /** Null: this agent has no such case here. */
  standing(agent: string, id: string): Promise<HandoffStanding | null>;
  list(filter: { state?: string; kind?: string }): Promise<Handoff[]>;
  get(id: string): Promise<Result<Handoff>>;
  act(person: Person, id: string, asked: TriageAct, directory: Directory): Promise<Result<Handoff>>;
  /** `found.id`: of the case, unless there is one of this call. */
  report(person: Person, found: Omit<Misbehaviour, 'by'>): Promise<Result<Handoff>>;
  due(reviews: Review[]): Promise<void>;
  reviews(filter: { state?: string }): Promise<Review[]>;
  reviewOf(call: string): Promise<Result<Review>>;
  /** `id`: of the case that a harmful verdict opens. */
  review(
    person: Person,
    call: string,
    said: Verdict,
    directory: Directory,
    id: string,
  ): Promise<Result<Review>>;
}

/** Which workflow a case, or a reviewed call, is of. */
export interface TriageIndexApi {
  file(ids: string[], workflow: string): Promise<void>;
  workflowOf(id: string): Promise<string | null>;
  workflows(): Promise<string[]>;
  forget(ids: string[]): Promise<void>;
}
