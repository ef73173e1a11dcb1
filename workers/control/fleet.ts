import type { Target } from '../../flags/targets.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type {
  Aftermath,
  DeferredEffects,
  GuardAnswer,
  GuardAsk,
  GuardAnswers,
  InFlight,
  Leases,
} from '../../shared/rpc.ts';

/**
 * How long each round waits for the guards that it asks (ms). A guard acks at once or when its calls at tools have ended,
 * P + M at the most, so those that are done are not kept waiting for those that are not. Together longer than P + M.
 */
const ROUNDS = [50, 50, 75, 120, 180, 270, 400, 600, 1_000, 1_500] as const;

/**
 * A message whose answer is later than its round by this much (ms) is taken for lost and sent again: the platform may keep
 * one that hangs for ever, and its stop would wait for the leases to run out. Long, since on a busy machine late is not lost.
 */
const LOST_MS = 1_500;

/** Guards asked in one message: each is a request of that one invocation, of which the platform allows a thousand. */
const BATCH = 250;

/** What the parts of control ask guards. */
export type Guards = Pick<Fleet, 'push' | 'aftermath' | 'ended'>;

interface Asked {
  ask: GuardAsk;
  answer: PromiseWithResolvers<GuardAnswer>;
}

/**
 * Every guard as if each could be asked by itself. The platform lets one invocation call other Workers 32 times at most, and
 * each call costs, so what is asked in one turn goes to the guards' Worker in one message, and it asks the objects.
 */
export class Fleet {
  readonly #leases: Leases;
  #asked: Asked[] = [];

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  /**
   * Tells one incarnation that an epoch passed. Resolves once that incarnation can start nothing under an older epoch;
   * `acked: false` when another incarnation lives there by now. `cancel`: calls under way that it covers are called off.
   */
  async push(
    agent: string,
    incarnation: string,
    epoch: number,
    cancel: Target | null,
  ): Promise<GuardAnswers['push']> {
    return this.#ask({ kind: 'push', agent, incarnation, epoch, cancel });
  }

  /** Deferred effects that a stop covers, cancelled for a person or only listed. */
  async aftermath(agent: string, aftermath: Aftermath): Promise<DeferredEffects> {
    return this.#ask({ kind: 'aftermath', agent, aftermath });
  }

  /** How calls that a stop found under way have ended by now; with none named, all that have not ended. */
  async ended(agent: string, calls: string[]): Promise<InFlight[]> {
    return this.#ask({ kind: 'ended', agent, calls });
  }

  async #ask<A extends GuardAsk>(ask: A): Promise<GuardAnswers[A['kind']]> {
    const answer = Promise.withResolvers<GuardAnswer>();
    this.#asked.push({ ask, answer });
    if (this.#asked.length === 1) queueMicrotask(() => this.#send());
    return answer.promise as Promise<GuardAnswers[A['kind']]>;
  }

  #send(): void {
    const all = this.#asked;
    this.#asked = [];
    for (let at = 0; at < all.length; at += BATCH) void this.#settle(all.slice(at, at + BATCH));
  }

  /** Asks until each has answered or the rounds are over. To be asked twice changes nothing at a guard. */
  async #settle(batch: Asked[]): Promise<void> {
    let left = batch;
    for (const patience of ROUNDS) {
      left = await this.#round(left, patience);
      if (left.length === 0) return;
    }
    for (const { ask, answer } of left) answer.reject(new Error(`the guard of ${ask.agent} does not answer`));
  }

  /** One message; returns those that it has no answer of. */
  async #round(batch: Asked[], patience: number): Promise<Asked[]> {
    const asks = batch.map(({ ask }) => ask);
    const sent = this.#leases.ask(asks, patience).then(released, async () => {
      // Lost as a whole: all are asked again, after as long as an answer would have taken.
      await scheduler.wait(patience);
      return null;
    });
    const answers = await within(patience + LOST_MS, sent).catch(() => null);
    return batch.filter((asked, n) => {
      const found = answers?.[n];
      if (!found) return true;
      asked.answer.resolve(found.answer);
      return false;
    });
  }
}
