import type { TriageTerms } from './handoffs.ts';
import type { Manifest } from './manifest.ts';
import type { Result } from './rpc.ts';

/** Why a call is looked at afterwards: it needed nobody and was sampled, or people approved it and it was among the riskiest. */
export type ReviewCause = 'sampled' | 'audited';
/** Which calls of an agent are looked at afterwards; of a manifest that was applied before it could say, the default. Pure. */
export function reviewsOf({ reviews }: { reviews?: Manifest['reviews'] }): Manifest['reviews'] {
  return reviews ?? { sample: 5, audit: 20, respondDays: 5 };
}

export const verdicts = ['fine', 'wrong', 'harmful'] as const;

/** A call that a reviewer looks at after it ran. */
export interface Review {
  /** The call's own id: each is reviewed once. */
  call: string;
  agent: string;
  workflow: string;
  tool: string;
  action: string;
  cause: ReviewCause;
  /** 0 to 100, of what it could have done; the riskiest first. */
  risk: number;
  /** Who approved it: none of them reviews it. */
  approvers: string[];
  /** Who is told when nobody looks at it in time, and who gets the case of a harmful one. */
  terms: TriageTerms;
  at: string;
  respondBy: string;
  state: 'open' | 'done';
  verdict: (typeof verdicts)[number] | null;
  by: string | null;
  note: string | null;
  doneAt: string | null;
}

/** For guards. Idempotent by the call. */
export interface ReviewIntake {
  due(reviews: Review[]): Promise<void>;
}

/** For the console. Each method checks the person itself; `input` as it was sent. */
export interface ReviewDesk {
  list(credential: string | null, filter: { workflow?: string; state?: string }): Promise<Result<Review[]>>;
  get(credential: string | null, call: string): Promise<Result<Review>>;
  /** `{ verdict, note }`. */
  record(credential: string | null, call: string, input: unknown): Promise<Result<Review>>;
}
