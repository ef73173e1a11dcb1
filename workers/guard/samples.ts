import { sampleOf, type DecisionSample } from '../../shared/cedar/sample.ts';
import { decide, type Decide, type PolicyDecision, type PolicyQuestion } from '../../shared/policy.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import type { Rechecks } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';

/** One decision in so many is sampled: a wrong evaluator that is used shows within minutes, at a hundredth of the work. */
const ONE_IN = 100;
/** A flood of calls is no reason for a flood of samples: control serves every guard. */
const PER_SECOND = 2;
/** What is sampled goes out together after this long, and so never in the turn of a call. */
const GATHER_MS = 1_000;
/** Nobody waits for an answer, but a hanging control must not keep samples, which hold inputs, in memory. */
const SEND_MS = 5_000;

/** What a sampler needs of its object. */
export interface Sampling {
  rechecks: Rechecks;
  waitUntil(work: Promise<unknown>): void;
  now(): number;
  /** From 0 to just below 1. */
  chance(): number;
  decide: Decide;
}

interface Decided {
  governance: AgentGovernance;
  question: PolicyQuestion;
  decision: PolicyDecision;
}

/**
 * Decides as `decide` does, and has real Cedar decide a sample of it again, off the call's path: about one in a hundred, and
 * the first of each kind of answer on each action under a new policy set. A sample that cannot be sent is dropped and
 * counted; a call never waits for it and is never answered otherwise because of it.
 */
export class Samples {
  readonly #with: Sampling;
  #gathered: Decided[] = [];
  #version = '';
  /** What was sampled under this version already: bounded by the actions and kinds of answers there are. */
  readonly #seen = new Set<string>();
  #second = 0;
  #inSecond = 0;
  #unsent = 0;
  #sending = false;

  constructor(sampling: Sampling) {
    this.#with = sampling;
  }

  readonly decide: Decide = (governance, question) => {
    const decision = this.#with.decide(governance, question);
    this.#consider({ governance, question, decision });
    return decision;
  };

  #consider(decided: Decided): void {
    const { governance, question, decision } = decided;
    if (governance.version !== this.#version) this.#seen.clear();
    this.#version = governance.version;
    const kind = `${question.action} ${question.mode} ${decision.kind}`;
    const first = !this.#seen.has(kind);
    if ((!first && this.#with.chance() >= 1 / ONE_IN) || !this.#room()) return;
    // Only now: a first that found no room is still to come.
    this.#seen.add(kind);
    this.#gathered.push(decided);
    if (!this.#sending) this.#with.waitUntil(this.#send());
  }

  #room(): boolean {
    const second = Math.floor(this.#with.now() / 1_000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    this.#inSecond += 1;
    return this.#inSecond <= PER_SECOND;
  }

  async #send(): Promise<void> {
    this.#sending = true;
    await scheduler.wait(GATHER_MS);
    this.#sending = false;
    const decided = this.#gathered;
    this.#gathered = [];
    const unsent = this.#unsent;
    try {
      const samples = decided.map(sampled).filter((sample) => sample !== null);
      if (samples.length === 0) return;
      await within(SEND_MS, this.#with.rechecks.samples(samples, unsent));
      this.#unsent -= unsent;
    } catch {
      this.#unsent += decided.length;
    }
  }
}

function sampled({ governance, question, decision }: Decided): DecisionSample | null {
  return sampleOf(governance, question, decision);
}

/** A guard's own sampler. */
export function samplesOf(ctx: Pick<DurableObjectState, 'waitUntil'>, rechecks: Rechecks): Samples {
  return new Samples({
    rechecks,
    waitUntil: (work) => ctx.waitUntil(work),
    now: Date.now,
    chance: Math.random,
    decide,
  });
}
