import * as fc from 'fast-check';
import { authorize, compilePolicy } from '../../../shared/cedar/evaluate.ts';
import { cases } from './generate.ts';
import { askCedar, type Case, type Finding } from './real-cedar.ts';

/** How many generated pairs of a policy set and a request ended how, by real Cedar's word. */
export interface Tally {
  allow: number;
  deny: number;
  failed: number;
}

/** What our evaluator says, in the form of `askCedar`. */
export function askOurs({ policies, request }: Case): Finding {
  const compiled = Object.entries(policies).map(([id, json]) => compilePolicy(id, json));
  const { decision, determining, failed } = authorize(compiled, request);
  return { decision, determining: determining.sort(), failed: failed.sort() };
}

/**
 * Asks both evaluators `pairs` generated questions and compares decision, deciding policies and failing policies. Returns the
 * tally, or the smallest difference that shrinking finds, in words.
 */
export function compare(pairs: number, seed: number): { tally: Tally; difference: string | null } {
  const tally: Tally = { allow: 0, deny: 0, failed: 0 };
  const found = fc.check(
    fc.property(cases, (one) => {
      const theirs = askCedar(one);
      tally[theirs.failed.length > 0 ? 'failed' : theirs.decision] += 1;
      return JSON.stringify(askOurs(one)) === JSON.stringify(theirs);
    }),
    { numRuns: pairs, seed },
  );
  return { tally, difference: found.failed ? described(found.counterexample?.[0]) : null };
}

function described(one: Case | undefined): string {
  if (!one) return 'the generator failed before it made a pair';
  const { policies, request } = one;
  const shown = {
    policies,
    principal: request.principal.key,
    action: request.action.key,
    context: request.context,
  };
  const [ours, theirs] = [askOurs, askCedar].map((ask) => JSON.stringify(ask(one)));
  return `${JSON.stringify(shown, null, 2)}\nours:   ${ours}\nCedar:  ${theirs}`;
}

/** A generator that only ever denied or failed would prove little: the share of the rarest ending. */
export function rarest({ allow, deny, failed }: Tally): number {
  return Math.min(allow, deny, failed) / (allow + deny + failed);
}
