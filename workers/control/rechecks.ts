import {
  answerWords,
  sameAnswer,
  type DecisionSample,
  type PolicyAnswer,
} from '../../shared/cedar/sample.ts';
import type { Policy } from '../../shared/governance.ts';
import type { CedarChecks, RecheckTally } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';

/** A decision of a guard that real Cedar makes otherwise. Holds no value of the call. */
export interface Difference {
  agent: string;
  action: string;
  version: string;
  guard: PolicyAnswer;
  cedar: PolicyAnswer;
}

/** How some samples compared. */
export interface Compared {
  agreed: number;
  unanswered: number;
  unsent: number;
  differences: Difference[];
}

/** Samples are no reason to wait for long: what is not answered by then is counted as that. */
const RECHECK_MS = 5_000;

/**
 * Has real Cedar decide again what guards decided, each sample under the policies of its own version. What cannot be asked is
 * counted and proves nothing: an agent must not be able to stop an action by sending what Cedar cannot read.
 * `policiesOf`: null for a set that was never in force here.
 */
export async function compare(
  samples: readonly DecisionSample[],
  cedar: Pick<CedarChecks, 'recheck'>,
  policiesOf: (version: string) => Promise<Policy[] | null>,
): Promise<Omit<Compared, 'unsent'>> {
  const told: Omit<Compared, 'unsent'> = { agreed: 0, unanswered: 0, differences: [] };
  for (const [version, theirs] of Map.groupBy(samples, (sample) => sample.version)) {
    const opinions = await opinionsOn(version, theirs, cedar, policiesOf);
    theirs.forEach(({ agent, action, said: guard }, index) => {
      const cedar = opinions[index] ?? null;
      if (!cedar) told.unanswered += 1;
      else if (sameAnswer(guard, cedar)) told.agreed += 1;
      else told.differences.push({ agent, action, version, guard, cedar });
    });
  }
  return told;
}

async function opinionsOn(
  version: string,
  samples: DecisionSample[],
  cedar: Pick<CedarChecks, 'recheck'>,
  policiesOf: (version: string) => Promise<Policy[] | null>,
): Promise<(PolicyAnswer | null)[]> {
  try {
    const known = await within(RECHECK_MS, cedar.recheck(version, null, samples));
    if (known !== 'send-policies') return [...known];
    const policies = await policiesOf(version);
    const answers = policies && (await within(RECHECK_MS, cedar.recheck(version, policies, samples)));
    return answers && answers !== 'send-policies' ? [...answers] : [];
  } catch {
    return []; // It does not answer: counted, and seen in the tally. The guards' evaluator goes on deciding.
  }
}

/** Why an action was stopped, for whoever looks into it. Names no value of a call. */
export function differenceWords({ agent, action, version, guard, cedar }: Difference): string {
  return (
    `The guard of ${agent} and real Cedar decided a call of ${action} differently under ${version}: ` +
    `guard ${answerWords(guard)}; Cedar ${answerWords(cedar)}. ` +
    `Find out which of the two is wrong (docs/policy.md, "When the two differ") before it is resumed.`
  );
}

export function noTally(now: number): RecheckTally {
  return { since: new Date(now).toISOString(), agreed: 0, differed: 0, unanswered: 0, unsent: 0 };
}

export function addTo(tally: RecheckTally, { agreed, unanswered, unsent, differences }: Compared): void {
  tally.agreed += agreed;
  tally.unanswered += unanswered;
  tally.unsent += unsent;
  tally.differed += differences.length;
}
