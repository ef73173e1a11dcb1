import type { KnownAction } from '../../shared/contract.ts';
import type { Entry } from '../../shared/journal.ts';
import { recordedQuestion } from '../../shared/recorded.ts';
import { byCount, counted, Differences, grouped, type Difference } from './differences.ts';
import { maskedIn } from './masked.ts';
import type { Judged } from './policy-judge.ts';
import { decisionsOf, type RecordedDecision } from './recorded-decisions.ts';
import type { PolicyQuestion } from '../../shared/policy.ts';
import type { IsMasked } from './masked.ts';

/** Decisions that cannot be judged surely, and why. */
export interface Unsure {
  why: string;
  agent: string;
  count: number;
  calls: string[];
}

export interface Backtest {
  /** Decisions in the journal. */
  decisions: number;
  same: number;
  different: number;
  unsure: number;
  differences: Difference[];
  uncertain: Unsure[];
  /** Policy version -> decisions that it made. */
  versions: Record<string, number>;
}

/** What a backtest asks. */
export interface Asking {
  judge(question: PolicyQuestion, isMasked: IsMasked): Judged;
  /** The action by its contract of today; undefined: no tool has it. */
  action(name: string): KnownAction | undefined;
  /** Hash of an action's contract under a policy version; null: that version cannot be read. */
  pinned(version: string, action: string): Promise<string | undefined | null>;
}

/**
 * Judges recorded decisions anew, one entry after the other; memory is bounded whatever the journal holds. What cannot be judged
 * surely is listed as such. `seen` is told how many decisions were judged.
 */
export async function backtest(
  entries: AsyncIterable<Entry>,
  asking: Asking,
  seen: (decisions: number) => void = () => undefined,
): Promise<Backtest> {
  const tally = new Tally();
  for await (const entry of entries) {
    for (const decision of decisionsOf(entry)) {
      const verdict = await judged(decision, asking);
      tally.add(decision, verdict);
      seen(tally.decisions);
    }
  }
  return tally.result();
}

type Verdict = Judged | { kind: 'not-judged'; why: string };

async function judged(recorded: RecordedDecision, asking: Asking): Promise<Verdict> {
  const action = asking.action(recorded.action);
  if (!action) return notJudged('no tool has this action any more');
  const pinned = await asking.pinned(recorded.version, recorded.action);
  if (pinned === null)
    return notJudged('the policy set of that time cannot be read, so nobody knows its contracts');
  if (pinned !== action.hash) return notJudged('the contract of the action changed since');
  const read = recordedQuestion(recorded.data, action, Date.parse(recorded.at));
  if (!read.ok) return notJudged(unaskable[read.why]);
  const question = { ...read.question, mode: recorded.mode };
  return asking.judge(question, maskedIn(action, question));
}

const unaskable = {
  'no-context': 'recorded before what was asked was journaled whole',
  unreadable: 'the entry cannot be read',
} as const;

function notJudged(why: string): Verdict {
  return { kind: 'not-judged', why };
}

class Tally {
  decisions = 0;
  #same = 0;
  #different = 0;
  #unsure = 0;
  readonly #differences = new Differences();
  readonly #uncertain = new Map<string, Unsure>();
  readonly #versions = new Map<string, number>();

  add(recorded: RecordedDecision, verdict: Verdict): void {
    this.decisions += 1;
    this.#versions.set(recorded.version, (this.#versions.get(recorded.version) ?? 0) + 1);
    switch (verdict.kind) {
      case 'sure':
        return verdict.outcome === recorded.outcome
          ? void (this.#same += 1)
          : this.#differs(recorded, verdict);
      case 'unsure': {
        const range = verdict.between.join(' to ');
        return this.#unsureOf(recorded, `${verdict.policies.join(', ')} read masked fields: ${range}`);
      }
      case 'not-judged':
        return this.#unsureOf(recorded, verdict.why);
    }
  }

  #differs(recorded: RecordedDecision, { outcome, policies, why }: Judged & { kind: 'sure' }): void {
    this.#different += 1;
    const { agent, action, call, outcome: was } = recorded;
    const live = { policies: recorded.policies, why: recorded.why };
    this.#differences.add({ agent, action, call, was, would: outcome, live, candidate: { policies, why } });
  }

  #unsureOf({ agent, call }: RecordedDecision, why: string): void {
    this.#unsure += 1;
    const group = grouped(this.#uncertain, JSON.stringify([why, agent]), { why, agent, count: 0, calls: [] });
    if (group) counted(group, call);
  }

  result(): Backtest {
    return {
      decisions: this.decisions,
      same: this.#same,
      different: this.#different,
      unsure: this.#unsure,
      differences: this.#differences.list(),
      uncertain: byCount(this.#uncertain),
      versions: Object.fromEntries(this.#versions),
    };
  }
}
