import type { AgentGovernance } from '../../shared/governance.ts';
import type { EntryData } from '../../shared/journal.ts';
import { SlidingLog } from '../../shared/limits.ts';
import { decide, type PolicyDecision, type PolicyQuestion } from '../../shared/policy.ts';
import type { Admission } from './admit.ts';
import type { AskedCall } from './call.ts';

/** Differences that are journaled in any minute; more are counted. */
const RECORDED = { max: 60, per: 60 };
/** Decisions that wait to be judged; more are counted, so that a shadow never holds memory or time that calls need. */
const PENDING_MAX = 1_000;
/** Judged in one turn; then whatever calls wait have theirs. */
const PER_TURN = 50;

/** What was decided, as it is compared: who decided it is told, and no difference by itself. */
type Decided = Pick<PolicyDecision, 'kind' | 'policies'> & { needs: number; why?: string };

interface Pending {
  shadow: AgentGovernance;
  call: string;
  asked: AskedCall;
  question: PolicyQuestion;
  live: Decided;
}

/** What the shadow needs of its guard. */
export interface ShadowDesk {
  /** Journals. */
  note(kind: string, data: EntryData): void;
  /** Does it in a turn of its own. */
  later(work: () => void): void;
  /** Unix ms. */
  now(): number;
}

/**
 * Asks a candidate set about what the set in force has decided, and journals where they differ. It comes after the call has
 * gone on, in turns of its own, and whatever goes wrong in it is caught: it cannot change, delay or deny a call.
 */
export class Shadow {
  readonly #desk: ShadowDesk;
  readonly #recorded = new SlidingLog(RECORDED);
  #pending: Pending[] = [];
  #turn = false;
  #unrecorded = 0;
  #unjudged = 0;

  constructor(desk: ShadowDesk) {
    this.#desk = desk;
  }

  /** The column decided a call. `shadow` null: there is no candidate. */
  saw(call: string, asked: AskedCall, admission: Admission, shadow: AgentGovernance | null): void {
    if (!shadow) return;
    for (const decision of decisionsIn(admission)) {
      if (this.#pending.length < PENDING_MAX) this.#pending.push({ shadow, call, asked, ...decision });
      else this.#unjudged += 1;
    }
    this.#goOn();
  }

  #goOn(): void {
    if (this.#turn || this.#pending.length === 0) return;
    this.#turn = true;
    this.#desk.later(() => {
      this.#turn = false;
      try {
        for (const pending of this.#pending.splice(0, PER_TURN)) this.#judge(pending);
      } catch (error) {
        // Nothing of a shadow may reach a call: what it was about to say is lost, and said here.
        console.error(JSON.stringify({ alert: 'guard.shadow-failed', error: String(error) }));
      }
      this.#goOn();
    });
  }

  #judge(pending: Pending): void {
    const candidate = judged(pending);
    const { live } = pending;
    if (candidate && candidate.kind === live.kind && candidate.needs === live.needs) return;
    const now = this.#desk.now();
    if (!this.#recorded.check(now).ok) {
      this.#unrecorded += 1;
      return;
    }
    this.#recorded.admit(now);
    const beyond = {
      ...(this.#unrecorded > 0 && { unrecorded: this.#unrecorded }),
      ...(this.#unjudged > 0 && { unjudged: this.#unjudged }),
    };
    [this.#unrecorded, this.#unjudged] = [0, 0];
    this.#desk.note('policy.shadow-differed', { ...entryOf(pending, candidate), ...beyond });
  }
}

/** Null: the shadow threw. */
function judged({ shadow, question }: Pending): Decided | null {
  try {
    return decidedOf(decide(shadow, question));
  } catch {
    return null;
  }
}

/** The policy decisions that an admission holds: none when policies were not asked, two for a proposal. */
function decisionsIn(admission: Admission): Pick<Pending, 'question' | 'live'>[] {
  switch (admission.kind) {
    case 'admitted':
    case 'waits':
    case 'proposed': {
      const { question, needs, policies } = admission.ruling;
      const live: Decided = { kind: needs === 0 ? 'allow' : 'approval', needs, policies };
      if (admission.kind !== 'proposed') return [{ question, live }];
      return [
        { question, live },
        { question: { ...question, mode: 'execute' }, live: decidedOf(admission.would) },
      ];
    }
    case 'denied': {
      const { denial } = admission;
      if (denial.kind !== 'policy' || !denial.question) return [];
      const { question, policies, why } = denial;
      return [{ question, live: { kind: 'deny', needs: 0, policies, why } }];
    }
    case 'replayed':
      return [];
  }
}

function decidedOf(decision: PolicyDecision): Decided {
  const { kind, policies } = decision;
  return {
    kind,
    policies,
    needs: decision.kind === 'approval' ? decision.needs : 0,
    ...(decision.kind === 'deny' && { why: decision.why }),
  };
}

function entryOf({ shadow, call, asked, question, live }: Pending, candidate: Decided | null): EntryData {
  const { caller, workflow, action, policyVersion } = asked;
  return {
    agent: caller.agent,
    workflow,
    tool: action.tool,
    action: action.name,
    call,
    mode: question.mode,
    policyVersion,
    shadowVersion: shadow.version,
    live: told(live),
    shadow: candidate ? told(candidate) : { decision: 'failed' },
  };
}

function told({ kind, needs, policies, why }: Decided): Record<string, unknown> {
  return { decision: kind, needs, policies: policies.map(({ id }) => id), ...(why !== undefined && { why }) };
}
